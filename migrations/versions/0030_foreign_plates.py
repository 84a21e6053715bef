"""A truck is found by its foreign plate as by its own: by a key, however many there are.

Revision ID: 0030_foreign_plates
Revises: 0029_declined
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

from migrations.function_text import (
    HAULED,
    OFFERED,
    ONE_DEFINITION,
    PLATES_ON_FILE,
    function_before,
)

revision = "0030_foreign_plates"
down_revision = "0029_declined"
branch_labels = None
depends_on = None

# Generated, so that what the version before files beside this one is found as well. A port has some
# thousands of trucks, each declared a few times a week: table and index are made within the lock's
# patience.
INDEXED = (
    "-- squawk-ignore adding-field-with-default\n"
    "ALTER TABLE vehicles ADD COLUMN foreign_plate_folded text"
    " GENERATED ALWAYS AS (reach_key(foreign_plate)) STORED",
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_vehicles_foreign_plate_folded_plate_key"
    " ON vehicles (foreign_plate_folded, plate_key)",
    # Two columns of each lot: of a million, submits wait for some seconds while it is built.
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_lots_foreign_plate_key_lot_id ON lots (foreign_plate_key, lot_id)"
    " WHERE foreign_plate_key IS NOT NULL",
)
FILES = Path(__file__).parents[1] / "functions"
KNOWN_AS = (FILES / "truck_known_as.sql").read_text(encoding="utf-8")


def upgrade() -> None:
    """Add the column with its index, and have control reach a truck under all its plates."""
    for statement in INDEXED:
        op.execute(statement)
    op.execute(KNOWN_AS)
    op.execute("REVOKE ALL ON FUNCTION truck_known_as FROM PUBLIC")
    op.execute(function_before("lot_reached", ONE_DEFINITION, HAULED, OFFERED))


def downgrade() -> None:
    """Drop them; control reaches a truck by what the lot says."""
    op.execute(function_before("lot_reached", ONE_DEFINITION, HAULED, OFFERED, PLATES_ON_FILE))
    op.execute("DROP FUNCTION truck_known_as")
    op.execute("DROP INDEX ix_lots_foreign_plate_key_lot_id")
    op.execute("ALTER TABLE vehicles DROP COLUMN foreign_plate_folded")
