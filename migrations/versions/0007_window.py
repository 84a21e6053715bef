"""Look-up of cases by the reference their maker gave them.

The window owns no table. Its one index stands on declaration's table, because only the window
looks lots up by reference alone: an officer is told one over the telephone, without the party.

Revision ID: 0007_window
Revises: 0006_processing
"""

from __future__ import annotations

from alembic import op

revision = "0007_window"
down_revision = "0006_processing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.execute("CREATE INDEX ix_lots_reference ON lots (reference)")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX ix_lots_reference")
