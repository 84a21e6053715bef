"""Who has a part in a lot is published to inspection, and a conflict may name any of them.

Revision ID: 0085_selected
Revises: 0084_reach
"""

from __future__ import annotations

revision = "0085_selected"
down_revision = "0084_reach"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No table changes: views and their grants are published anew with every version."""


def downgrade() -> None:
    """Nor is one to be changed back."""
