"""The open orders of a port in one state, and an officer's own, are read in their order at once.

Revision ID: 0049_orders_by_state
Revises: 0048_bank_takings
"""

from __future__ import annotations

from alembic import op

revision = "0049_orders_by_state"
down_revision = "0048_bank_takings"
branch_labels = None
depends_on = None

# Of open orders alone, some hundred at a port: each index is built within the lock's patience, and
# an order leaves it when it is concluded.
OF = {"port": "port", "first": "(officers[1])", "second": "(officers[2])"}
INDEX = """
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_inspection_orders_{name}_state ON inspection_orders (
    {of}, state, (NOT perishable), coalesce(due_at, 'infinity'), order_id
) WHERE concluded_at IS NULL
"""


def upgrade() -> None:
    """Beside the queues of all states, which are read in the same order."""
    for name, of in OF.items():
        op.execute(INDEX.format(name=name, of=of))


def downgrade() -> None:
    """One state is looked for along the whole queue again."""
    for name in OF:
        op.execute(f"DROP INDEX ix_inspection_orders_{name}_state")
