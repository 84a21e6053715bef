"""A payment and a report of a factory are looked up by the key of the party's own reference.

Revision ID: 0069_references
Revises: 0068_lost_on_paper
"""

from __future__ import annotations

from alembic import op

revision = "0069_references"
down_revision = "0068_lost_on_paper"
branch_labels = None
depends_on = None

# As ``reference_key_of`` of ``services/platform/columns.py`` asks for it.
KEY = "(TRIM(BOTH '-' FROM LOWER(REGEXP_REPLACE({column}, '[^A-Za-z0-9]+', '-', 'g'))))"
INDEXED = (
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_settlement_instructions_reference_key"
    f" ON settlement_instructions (instructed_by, {KEY.format(column='client_reference')})",
    "-- squawk-ignore require-concurrent-index-creation\n"
    f"CREATE INDEX ix_outputs_reference_key ON outputs (book_id, {KEY.format(column='reference')})"
    " WHERE reference IS NOT NULL",
)


def upgrade() -> None:
    """Build the indexes: payers and factories wait for moments meanwhile."""
    for statement in INDEXED:
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP INDEX ix_settlement_instructions_reference_key")
    op.execute("DROP INDEX ix_outputs_reference_key")
