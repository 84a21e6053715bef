"""A receipt bears the factory's own reference: sent twice, it is entered once.

Revision ID: 0031_receipt_reference
Revises: 0030_foreign_plates
"""

from __future__ import annotations

from alembic import op

revision = "0031_receipt_reference"
down_revision = "0030_foreign_plates"
branch_labels = None
depends_on = None

REFERENCE = "ALTER TABLE receipts ADD COLUMN reference text"
ONCE = """
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX uq_receipts_book_id_reference ON receipts (book_id, reference)
WHERE reference IS NOT NULL
"""
BACK = (
    "DROP VIEW IF EXISTS v_receipts CASCADE",
    "ALTER TABLE receipts DROP COLUMN reference",
)


def upgrade() -> None:
    """Add the column; of two receipts of a book under one reference there is none yet."""
    op.execute(REFERENCE)
    op.execute(ONCE)


def downgrade() -> None:
    """The way back; the log keeps which reference was given."""
    for statement in BACK:
        op.execute(statement)
