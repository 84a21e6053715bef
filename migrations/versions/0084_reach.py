"""A lot is reached by who carries it or is to buy it; what was found since answers a control.

Revision ID: 0084_reach
Revises: 0082_sealed_messages
"""

from __future__ import annotations

from alembic import op

from migrations.function_text import (
    ANSWERED,
    HAULED,
    OFFERED,
    ONE_DEFINITION,
    WANTED,
    function_as_now,
    function_before,
)

revision = "0084_reach"
down_revision = "0082_sealed_messages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The functions anew; publishing says of an inspection what was found how and when."""
    for name in ("lot_reached", "lot_kept_in"):
        op.execute(function_as_now(name))


def downgrade() -> None:
    """As before; publishing makes the view anew."""
    op.execute(function_before("lot_kept_in", WANTED, ANSWERED))
    op.execute(function_before("lot_reached", ONE_DEFINITION, HAULED, OFFERED))
    op.execute("DROP VIEW IF EXISTS v_inspection_orders CASCADE")
