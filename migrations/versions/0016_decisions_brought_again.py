"""A decision that was carried out is brought to its case once more.

A worker that dies between a decision's commit and the engine's note of it leaves a case that does
not know what was decided. The decision's own transaction puts it into the outbox.

Revision ID: 0016_decisions_brought_again
Revises: 0015_decimals
"""

from __future__ import annotations

from alembic import op

revision = "0016_decisions_brought_again"
down_revision = "0015_decimals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the decision."""
    op.execute("ALTER TABLE outbox ADD COLUMN decision text")


def downgrade() -> None:
    """Take it away with the decisions that wait; those are made, and their cases mostly know."""
    op.execute("DELETE FROM outbox WHERE decision IS NOT NULL")
    op.execute("ALTER TABLE outbox DROP COLUMN decision")
