"""One truck has one load: by whichever plate it is named, and as long as it stays.

Revision ID: 0064_one_truck
Revises: 0062_vouched_for
"""

from __future__ import annotations

from alembic import op

from migrations.function_text import RECORDED, STAYS, UNNAMED, function_before

revision = "0064_one_truck"
down_revision = "0062_vouched_for"
branch_labels = None
depends_on = None

# A port has some thousands of trucks, each declared a few times a week: the index is made within
# the lock's patience.
INDEX = """
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_vehicles_foreign_plate_folded_valid_until
    ON vehicles (foreign_plate_folded, valid_until)
"""


def upgrade() -> None:
    """What the version before takes is of the loads that its lots say, and gives those back."""
    op.execute(INDEX)
    op.execute(function_before("lot_leave", RECORDED, UNNAMED))


def downgrade() -> None:
    """Lots that are of several days' loads give their own day's back."""
    op.execute(function_before("lot_leave", RECORDED, UNNAMED, STAYS))
    op.execute("DROP INDEX ix_vehicles_foreign_plate_folded_valid_until")
