"""A lot is reached by whoever carries it, manifest or none.

Revision ID: 0084_reach
Revises: 0081_market
"""

from __future__ import annotations

from alembic import op

from migrations.function_text import HAULED, function_as_now, function_before

revision = "0084_reach"
down_revision = "0081_market"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The function anew; publishing lets risk read whose trucks are on file."""
    op.execute(function_as_now("lot_reached"))


def downgrade() -> None:
    """As before."""
    op.execute(function_before("lot_reached", HAULED))
