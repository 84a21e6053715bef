"""An officer's notices leave by his own contact as long as he is in service at the port.

Revision ID: 0092_officers_told
Revises: 0090_unnamed
"""

from __future__ import annotations

revision = "0092_officers_told"
down_revision = "0090_unnamed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Grants alone: who sends notices reads who is in service, which publishing brings."""


def downgrade() -> None:
    """Grants alone."""
