"""The ledger is read by days, in the order in which it was booked.

Revision ID: 0028_ledger_reads
Revises: 0027_close_names
"""

from __future__ import annotations

from alembic import op

revision = "0028_ledger_reads"
down_revision = "0027_close_names"
branch_labels = None
depends_on = None

INDEX = (
    # Two rows a payment: it is built within the lock's patience.
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_ledger_transactions_booked_at"
    " ON ledger_transactions (booked_at, transaction_id)"
)


def upgrade() -> None:
    """Index transactions by when they were booked."""
    op.execute(INDEX)


def downgrade() -> None:
    """The way back."""
    op.execute("DROP INDEX ix_ledger_transactions_booked_at")
