"""A truck's lots of one entry weigh together no more than it is rated for: an account of that.

Revision ID: 0056_truck_loads
Revises: 0055_manifests_amended
"""

from __future__ import annotations

from alembic import op

from migrations.function_text import RECORDED, STAYS, TRUCK_LOADS, UNNAMED, function_before

revision = "0056_truck_loads"
down_revision = "0055_manifests_amended"
branch_labels = None
depends_on = None

LOADS = """
CREATE TABLE truck_loads (
    plate_key text NOT NULL,
    port text NOT NULL,
    entered_at timestamptz NOT NULL,
    rated_kg numeric(18, 3) NOT NULL,
    loaded_kg numeric(18, 3) NOT NULL,
    CONSTRAINT pk_truck_loads PRIMARY KEY (plate_key, port, entered_at),
    CONSTRAINT ck_truck_loads_loaded CHECK (loaded_kg >= 0 AND loaded_kg <= rated_kg)
)
"""
# What the version before takes is of no load, and gives none back.
LOADED = """
ALTER TABLE lots ADD COLUMN loaded_plates text[], ADD COLUMN loaded_entries timestamptz[],
    ADD CONSTRAINT ck_lots_loaded CHECK (cardinality(loaded_plates) = cardinality(loaded_entries))
    NOT VALID
"""


def upgrade() -> None:
    """Lots that were declared before it are of no truck's load."""
    for statement in (LOADS, LOADED, function_before("lot_leave", RECORDED, UNNAMED)):
        op.execute(statement)


def downgrade() -> None:
    """Drop them: each lot is judged by itself."""
    op.execute(function_before("lot_leave", RECORDED, UNNAMED, STAYS, TRUCK_LOADS))
    op.execute("ALTER TABLE lots DROP COLUMN loaded_plates, DROP COLUMN loaded_entries")
    op.execute("DROP TABLE truck_loads")
