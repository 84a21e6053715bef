"""Tables of the inspection service."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Date, Index, Integer, Numeric, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.platform.columns import INSTANT, TEXTS
from services.platform.database import metadata

OWNER: Final = {"owner": "inspection"}

inspection_orders = Table(
    "inspection_orders",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("lot_id", Uuid, nullable=False),
    Column("port", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("method_ordered", Text, nullable=False),
    Column("perishable", Boolean, nullable=False),
    Column("business_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("draw_no", Integer, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("officers", TEXTS, nullable=False),
    Column("bay", Text),
    Column("unstaffed_reason", Text),
    Column("author", Text),
    Column("let_go_by", Text),
    Column("let_go_grounds", Text),
    Column("results", TEXTS),
    Column("disposal", Text),
    Column("lot_move", Text),
    Column("opened_at", INSTANT, nullable=False),
    Column("staffed_at", INSTANT),
    Column("concluded_at", INSTANT),
    Column("due_at", INSTANT),
    Index(None, "lot_id"),
    info=OWNER,
)
"""Inspection orders (查验单): what screening asks for, and officers who call a lot in."""

findings = Table(
    "findings",
    metadata,
    Column("order_id", Uuid, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("author", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("results", TEXTS, nullable=False),
    Column("disposal", Text, nullable=False),
    Column("found_kg", Numeric(18, 3)),
    Column("items", JSONB, nullable=False),
    Column("remark", Text, nullable=False),
    Column("recorded_at", INSTANT, nullable=False),
    Column("signer", Text),
    Column("agreed", Boolean),
    Column("signer_remark", Text),
    Column("signed_at", INSTANT),
    info=OWNER,
)
"""Findings per round, each signed or sent back by the other drawn officer."""
