"""A judgement keeps, of each rule by which a lot was chosen, the facts that the rule saw.

Revision ID: 0089_seen
Revises: 0088_waits
"""

from __future__ import annotations

from alembic import op

revision = "0089_seen"
down_revision = "0088_waits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of judgements before this version nothing was kept, which is none, and not an empty list."""
    op.execute("ALTER TABLE screenings ADD COLUMN seen JSONB")


def downgrade() -> None:
    """What rules saw is shown and decides nothing: without it the record stands as it did."""
    op.execute("ALTER TABLE screenings DROP COLUMN seen")
