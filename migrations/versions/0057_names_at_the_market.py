"""Whoever offers and whoever orders is named to the other side of the market.

Two views have another reader; no table changes.

Revision ID: 0057_names_at_the_market
Revises: 0056_truck_loads
"""

from __future__ import annotations

revision = "0057_names_at_the_market"
down_revision = "0056_truck_loads"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No table changes: views are published anew with every version."""


def downgrade() -> None:
    """Nor is one to be changed back."""
