"""A bank's new key is seen by the bank before it is agreed to.

Revision ID: 0042_cooling
Revises: 0041_filed_records
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0042_cooling"
down_revision = "0041_filed_records"
branch_labels = None
depends_on = None

SEED = Path(__file__).parents[1] / "seeds" / "0042_cooling.sql"
# Null of what an earlier version proposed, which may be agreed to at once, as it was then.
COLUMN = "ALTER TABLE bank_keys ADD COLUMN confirm_from timestamptz"
BACK = "ALTER TABLE bank_keys DROP COLUMN confirm_from"


def upgrade() -> None:
    """A column beside what there is, and for how long a key is seen."""
    op.execute(COLUMN)
    op.execute(SEED.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Take the column away. An approved parameter is never deleted; nobody asks for it then."""
    op.execute(BACK)
