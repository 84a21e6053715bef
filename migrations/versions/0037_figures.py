"""What residents use of their quota is read by days, and the leaders' figures read the prices.

Revision ID: 0037_figures
Revises: 0036_lots_and_duties
"""

from __future__ import annotations

from alembic import op

revision = "0037_figures"
down_revision = "0036_lots_and_duties"
branch_labels = None
depends_on = None

INDEX = (
    # Rows come day by day, so that a few bytes for each range of pages find a day; it is read
    # through once, within the lock's patience, and costs an insert nothing.
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_quota_days_business_on ON quota_days USING brin (business_on)"
)
BACK = (
    "DROP VIEW IF EXISTS v_quota_days CASCADE",
    "DROP INDEX ix_quota_days_business_on",
)


def upgrade() -> None:
    """Index the days; the views are made anew after every migration."""
    op.execute(INDEX)


def downgrade() -> None:
    """The way back: the view without the limit."""
    for statement in BACK:
        op.execute(statement)
