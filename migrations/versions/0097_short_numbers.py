"""A case is found by the end of its number, which is what the screens show.

Revision ID: 0097_short_numbers
Revises: 0096_entry_keeps
"""

from __future__ import annotations

from alembic import op

revision = "0097_short_numbers"
down_revision = "0096_entry_keeps"
branch_labels = None
depends_on = None

# The number of a case never changes, so that no act writes this index again; of some hundred
# thousand cases it is built within a second.
INDEX = """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_cases_short_number ON cases (right(CAST(case_id AS text), 8))
"""


def upgrade() -> None:
    """The last eight signs; the first ones are when it was opened, which many share."""
    op.execute(INDEX)


def downgrade() -> None:
    """It is found by the whole number alone."""
    op.execute("DROP INDEX ix_cases_short_number")
