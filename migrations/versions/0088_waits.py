"""Since when the oldest of each kind has waited is read from an index, and not from all that waits.

Revision ID: 0088_waits
Revises: 0086_compared
"""

from __future__ import annotations

from alembic import op

revision = "0088_waits"
down_revision = "0086_compared"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of lots, of which most waits are and none for an office, no line is kept."""
    op.execute(
        "CREATE INDEX ix_case_waits_since ON case_waits (kind, code, since) WHERE kind <> 'lot'"
    )
    op.execute(
        "CREATE INDEX ix_screening_entries_ending ON screening_entries (ending_at)"
        " WHERE ending_at IS NOT NULL AND ended_at IS NULL"
    )


def downgrade() -> None:
    """As before; publishing makes the views anew."""
    op.execute("DROP VIEW IF EXISTS v_screening_entries CASCADE")
    op.execute("DROP VIEW IF EXISTS v_credit_decisions CASCADE")
    op.execute("DROP INDEX ix_screening_entries_ending")
    op.execute("DROP INDEX ix_case_waits_since")
