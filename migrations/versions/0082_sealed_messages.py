"""Of a bank's message that is sealed, what is kept is compared with the log.

Revision ID: 0082_sealed_messages
Revises: 0081_market
"""

from __future__ import annotations

revision = "0082_sealed_messages"
down_revision = "0081_market"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No table changes: the view of messages is published anew with every version."""


def downgrade() -> None:
    """Of the view no more than the version before reads is left."""
