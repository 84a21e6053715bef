"""More of the record is published to be compared with the log.

Revision ID: 0052_compared
Revises: 0051_counted_books_receive
"""

from __future__ import annotations

revision = "0052_compared"
down_revision = "0051_counted_books_receive"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No table changes: views are published anew with every version."""


def downgrade() -> None:
    """Nor is one to be changed back."""
