"""Carriers list their own trucks.

Revision ID: 0039_own_trucks
Revises: 0038_notices
"""

from __future__ import annotations

from alembic import op

revision = "0039_own_trucks"
down_revision = "0038_notices"
branch_labels = None
depends_on = None

# Declarations are some hundred a day; as in 0030, their index is built within the lock's patience.
TRUCKS = """
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_vehicles_carrier_plate_key ON vehicles (carrier, plate_key)
"""


def upgrade() -> None:
    """A carrier's trucks are found by an index."""
    op.execute(TRUCKS)


def downgrade() -> None:
    """The way back: the list is the same, and slower."""
    op.execute("DROP INDEX ix_vehicles_carrier_plate_key")
