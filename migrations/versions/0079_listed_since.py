"""A payment is held after it was offered, when somebody in it was listed since.

Revision ID: 0079_listed_since
Revises: 0078_desks
"""

from __future__ import annotations

from alembic import op

revision = "0079_listed_since"
down_revision = "0078_desks"
branch_labels = None
depends_on = None

COLUMN = "ALTER TABLE settlement_instructions ADD COLUMN first_offered_at timestamptz"
# Entries are some thousand, filings some a day: each index is built within the lock's patience.
INDEXES = (
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_screening_entries_added_at ON screening_entries (added_at)
    WHERE ended_at IS NULL
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_register_changes_decided_at ON register_changes (decided_at)
    WHERE state = 'CONFIRMED'
    """,
)
BACK = (
    """
    DO $$ BEGIN
        IF EXISTS (
            SELECT FROM settlement_instructions
            WHERE first_offered_at IS NOT NULL AND state = 'HELD'
        ) THEN
            RAISE EXCEPTION 'a payment is held whose funds are reserved, which the version before'
                ' would reserve again';
        END IF;
    END $$
    """,
    "DROP INDEX ix_screening_entries_added_at",
    "DROP INDEX ix_register_changes_decided_at",
    "DROP VIEW IF EXISTS v_names_filed",
    "DROP VIEW IF EXISTS v_settlements_as_instructed CASCADE",
    "DROP VIEW IF EXISTS v_settlements CASCADE",
    "ALTER TABLE settlement_instructions DROP COLUMN first_offered_at",
)


def upgrade() -> None:
    """A column without a value: none was held after it had been offered yet."""
    op.execute(COLUMN)
    for index in INDEXES:
        op.execute(index)


def downgrade() -> None:
    """As before, while none is held that had been offered."""
    for statement in BACK:
        op.execute(statement)
