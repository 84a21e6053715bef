"""An inspection order says by what name the register knows the group that declared.

Revision ID: 0096_declarants_named
Revises: 0095_entry_keeps
"""

from __future__ import annotations

revision = "0096_declarants_named"
down_revision = "0095_entry_keeps"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Grants alone: who lists orders reads the groups' names, which publishing brings."""


def downgrade() -> None:
    """Grants alone."""
