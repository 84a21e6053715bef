"""A bank's new key is seen by the bank before it is agreed to, and a payer hears later of a hold.

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
# Null and nought of what was instructed before: it is told as it was then.
TOLD = """
ALTER TABLE settlement_instructions
    ADD COLUMN promised_at timestamptz,
    ADD COLUMN hold_told_at timestamptz,
    ADD COLUMN untold integer NOT NULL DEFAULT 0,
    ADD COLUMN as_taken_at timestamptz
"""
BACK = (
    "DROP VIEW IF EXISTS v_settlements CASCADE",
    "ALTER TABLE settlement_instructions DROP COLUMN promised_at, DROP COLUMN hold_told_at,"
    " DROP COLUMN untold, DROP COLUMN as_taken_at",
    "ALTER TABLE bank_keys DROP COLUMN confirm_from",
)


def upgrade() -> None:
    """Columns beside what there is, and for how long a key is seen and a hold is kept back."""
    op.execute(COLUMN)
    op.execute(TOLD)
    op.execute(SEED.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Take the columns away. An approved parameter is never deleted; nobody asks for it then."""
    for statement in BACK:
        op.execute(statement)
