"""What wants a lot inspected is one list: controls, call-ins, levels and prohibitions.

Revision ID: 0087_wanted
Revises: 0086_compared
"""

from __future__ import annotations

from alembic import op

from migrations.function_text import ONE_DEFINITION, WANTED, function_as_now, function_before

revision = "0087_wanted"
down_revision = "0086_compared"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The functions anew, and a new one that the others read; publishing makes the views."""
    for name in ("lot_reached", "lot_wanted", "lot_kept_in", "buyer_kept_off"):
        op.execute(function_as_now(name))


def downgrade() -> None:
    """As before; publishing makes the views anew."""
    op.execute(function_before("lot_kept_in", WANTED))
    op.execute(function_before("lot_reached", ONE_DEFINITION))
    op.execute("DROP FUNCTION lot_wanted(uuid, date)")
    op.execute("DROP FUNCTION buyer_kept_off(text, date)")
    for view in ("v_lot_parties", "v_credit_levels", "v_goods_restrictions"):
        op.execute(f"DROP VIEW IF EXISTS {view} CASCADE")
