"""Seeds of draws and the draws of persons and places."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Date, Integer, LargeBinary, Table, Text, Uuid

from services.platform.columns import INSTANT, TEXTS
from services.platform.database import metadata

OWNER: Final = {"owner": "platform"}

draw_seeds = Table(
    "draw_seeds",
    metadata,
    Column("seed_id", Uuid, primary_key=True),
    Column("port", Text, nullable=False),
    Column("business_on", Date, nullable=False),
    Column("round", Integer, nullable=False),
    Column("commitment", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("committed_at", INSTANT, nullable=False),
    Column("closed_by", Text),
    Column("closed_at", INSTANT),
    Column("revealed", LargeBinary),
    info=OWNER,
)
"""Secret seeds of draws, one open per port and day; a later round follows a closed one.

``draw_seed_commit`` is the way in; who reveals closes a day."""

case_draws = Table(
    "case_draws",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("draw_no", Integer, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("seed_id", Uuid, nullable=False),
    Column("subject", Text, nullable=False),
    Column("eligible", TEXTS, nullable=False),
    Column("drawn", TEXTS, nullable=False),
    Column("drawn_at", INSTANT, nullable=False),
    info=OWNER,
)
"""Draws of officers, examiners and bays, with everyone who could have been drawn. Append-only;
``case_draws_keep`` is the way in."""
