"""Whoever reads a payment is told the name of whom it pays; a key's work item names its bank.

Revision ID: 0078_desks
Revises: 0077_screened_anew
"""

from __future__ import annotations

revision = "0078_desks"
down_revision = "0077_screened_anew"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No table changes: views and their grants are published anew with every version."""


def downgrade() -> None:
    """Nor is one to be changed back."""
