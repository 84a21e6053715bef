"""What was lost on its way is published for the statement of a factory's period.

Revision ID: 0068_lost_on_paper
Revises: 0066_two_change
"""

from __future__ import annotations

revision = "0068_lost_on_paper"
down_revision = "0066_two_change"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No table changes: views are published anew with every version."""


def downgrade() -> None:
    """Nor is one to be changed back."""
