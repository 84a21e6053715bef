"""Since when the oldest of each kind has waited is read from an index, and not from all that waits.

Revision ID: 0088_waits
Revises: 0087_wanted
"""

from __future__ import annotations

from alembic import op

revision = "0088_waits"
down_revision = "0087_wanted"
branch_labels = None
depends_on = None


# Of what waits for offices, and of entries that are to end: some hundreds of rows, found by reading
# the tables once, within the lock's patience. Of lots, which are most of what waits, none is taken.
INDEXED = (
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_case_waits_since ON case_waits (kind, code, since) WHERE kind <> 'lot'",
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_screening_entries_ending ON screening_entries (ending_at)"
    " WHERE ending_at IS NOT NULL AND ended_at IS NULL",
)


def upgrade() -> None:
    """Build the indexes; publishing shows when an entry's end was proposed, and a level's facts."""
    for statement in INDEXED:
        op.execute(statement)


def downgrade() -> None:
    """As before; publishing makes the views anew."""
    op.execute("DROP VIEW IF EXISTS v_screening_entries CASCADE")
    op.execute("DROP VIEW IF EXISTS v_credit_decisions CASCADE")
    op.execute("DROP INDEX ix_screening_entries_ending")
    op.execute("DROP INDEX ix_case_waits_since")
