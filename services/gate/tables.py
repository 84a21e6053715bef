"""The gate's tables."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Computed, Index, Table, Text, Uuid, text

from services.platform.columns import INSTANT, KG
from services.platform.database import metadata

OWNER: Final = {"owner": "gate"}

vehicles = Table(
    "vehicles",
    metadata,
    Column("plate_key", Text, primary_key=True),
    Column("declared_at", INSTANT, primary_key=True),
    Column("carrier", Text),
    Column("domestic_plate", Text, nullable=False),
    Column("foreign_plate", Text, nullable=False),
    Column("foreign_plate_folded", Text, Computed("reach_key(foreign_plate)", persisted=True)),
    Column("port", Text, nullable=False),
    Column("valid_until", INSTANT, nullable=False),
    Column("rated_load_kg", KG, nullable=False),
    Column("tare_kg", KG, nullable=False),
    Index(None, "foreign_plate_folded", "plate_key"),
    Index(None, "foreign_plate_folded", "valid_until"),
    Index(None, "carrier", "plate_key"),
    info=OWNER,
)
"""Vehicle entry declarations with their validity (W29). ``carrier``: the party whose truck it is,
None of one that the registrar filed for nobody yet. ``foreign_plate_folded``: by what a truck is
found that is called by its foreign plate."""

gate_passes = Table(
    "gate_passes",
    metadata,
    Column("lot_id", Uuid, primary_key=True),
    Column("vehicle_plate", Text, nullable=False),
    Column("gross_kg", KG, nullable=False),
    Column("passed_at", INSTANT, nullable=False),
    Column("passed_by", Text, nullable=False),
    Index(None, "passed_at"),
    info=OWNER,
)
"""The exit of a lot's truck from the supervised place (过卡)."""

gate_entries = Table(
    "gate_entries",
    metadata,
    Column("entry_id", Uuid, primary_key=True),
    Column("port", Text, nullable=False),
    Column("vehicle_plate", Text),
    Column("plate_key", Text),
    Column("resident_id", Uuid),
    Column("entered_at", INSTANT, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Index(None, "plate_key", "entered_at", postgresql_where=text("plate_key IS NOT NULL")),
    Index(None, "resident_id", "entered_at", postgresql_where=text("resident_id IS NOT NULL")),
    Index(None, "port", "entered_at"),
    info=OWNER,
)
"""What the gate saw come in (进卡): a truck, or a resident on foot."""
