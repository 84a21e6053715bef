"""An inspection order says by what name the register knows the group that declared.

Revision ID: 0095_declarants_named
Revises: 0094_fetched
"""

from __future__ import annotations

revision = "0095_declarants_named"
down_revision = "0094_fetched"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Grants alone: who lists orders reads the groups' names, which publishing brings."""


def downgrade() -> None:
    """Grants alone."""
