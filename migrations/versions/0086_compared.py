"""What is compared with the log of messages to banks, of orders, of controls and of lists is shown.

Revision ID: 0086_compared
Revises: 0085_selected
"""

from __future__ import annotations

revision = "0086_compared"
down_revision = "0085_selected"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No table changes: views and their grants are published anew with every version."""


def downgrade() -> None:
    """Nor is one to be changed back."""
