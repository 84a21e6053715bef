"""A port's queue of open orders, and an officer's own, are read in their order and no further.

Revision ID: 0044_order_queue
Revises: 0043_law_lists
"""

from __future__ import annotations

from alembic import op

from migrations.function_text import DUE, function_as_now, function_before

revision = "0044_order_queue"
down_revision = "0043_law_lists"
branch_labels = None
depends_on = None

# Until when the lot is to be released: it stands before an order is opened, and never moves. Orders
# are some hundred a day, so that they are filled within the lock's patience.
FILLED = (
    "ALTER TABLE inspection_orders ADD COLUMN due_at timestamptz",
    "UPDATE inspection_orders AS o SET due_at = l.release_due_at FROM lots AS l"
    " WHERE l.lot_id = o.lot_id",
)
_QUEUED = "(NOT perishable), coalesce(due_at, 'infinity'), order_id) WHERE concluded_at IS NULL"
INDEXES = (
    f"""
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_inspection_orders_queue ON inspection_orders (port, {_QUEUED}
    """,
    f"""
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_inspection_orders_first ON inspection_orders ((officers[1]), {_QUEUED}
    """,
    f"""
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_inspection_orders_second ON inspection_orders ((officers[2]), {_QUEUED}
    """,
)


def upgrade() -> None:
    """A column that the newest function writes, filled, and the queues in their order."""
    for statement in (*FILLED, *INDEXES):
        op.execute(statement)
    op.execute(function_as_now("inspection_order_open"))


def downgrade() -> None:
    """Take them away: the queues are the same, and are sorted at each reading."""
    op.execute(function_before("inspection_order_open", DUE))
    op.execute("ALTER TABLE inspection_orders DROP COLUMN due_at")
