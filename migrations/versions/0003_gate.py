"""Vehicles' entry declarations and the passes of lots.

Revision ID: 0003_gate
Revises: 0002_registry
"""

from alembic import op

revision = "0003_gate"
down_revision = "0002_registry"
branch_labels = None
depends_on = None

VEHICLES = """
CREATE TABLE vehicles (
    plate_key text NOT NULL,
    domestic_plate text NOT NULL,
    foreign_plate text NOT NULL,
    port text NOT NULL,
    declared_at timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    rated_load_kg numeric(18, 3) NOT NULL CHECK (rated_load_kg > 0),
    tare_kg numeric(18, 3) NOT NULL CHECK (tare_kg > 0),
    PRIMARY KEY (plate_key, declared_at),
    CONSTRAINT vehicles_period CHECK (valid_until > declared_at)
)
"""
GATE_PASSES = """
CREATE TABLE gate_passes (
    lot_id uuid NOT NULL,
    vehicle_plate text NOT NULL,
    gross_kg numeric(18, 3) NOT NULL,
    passed_at timestamptz NOT NULL,
    passed_by text NOT NULL,
    CONSTRAINT pk_gate_passes PRIMARY KEY (lot_id),
    CONSTRAINT ck_gate_passes_weight CHECK (gross_kg > 0)
)
"""


def upgrade() -> None:
    for statement in (VEHICLES, GATE_PASSES):
        op.execute(statement)
    op.execute("CREATE INDEX ix_gate_passes_passed_at ON gate_passes (passed_at)")


def downgrade() -> None:
    op.execute("DROP VIEW IF EXISTS v_gate_passes CASCADE")
    op.execute("DROP TABLE gate_passes, vehicles")
