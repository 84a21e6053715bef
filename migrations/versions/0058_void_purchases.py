"""A purchase whose goods never come gives its weight back to its order and to its factory's year.

Revision ID: 0058_void_purchases
Revises: 0057_names_at_the_market
"""

from __future__ import annotations

from alembic import op

from migrations.function_text import function_as_now

revision = "0058_void_purchases"
down_revision = "0057_names_at_the_market"
branch_labels = None
depends_on = None

COLUMNS = """
    ALTER TABLE purchases ADD COLUMN voided_at timestamptz, ADD COLUMN hs_prefix text
"""
BACK = (
    "DROP VIEW IF EXISTS v_purchases, v_factory_orders, v_resident_incomes CASCADE",
    # The version before counts every purchase: of an order it would find another sum than is kept.
    """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM purchases WHERE voided_at IS NOT NULL) THEN
            RAISE EXCEPTION 'a purchase is void, which the version before does not know';
        END IF;
    END $$
    """,
    "DROP FUNCTION purchase_void",
    "ALTER TABLE purchases DROP COLUMN voided_at, DROP COLUMN hs_prefix",
)


def upgrade() -> None:
    """The columns; what is void already is given back once the views are there (``voided.py``)."""
    op.execute(COLUMNS)
    op.execute(function_as_now("purchase_void"))
    op.execute("REVOKE ALL ON FUNCTION purchase_void FROM PUBLIC")


def downgrade() -> None:
    """There is a way back while nothing was given back."""
    for statement in BACK:
        op.execute(statement)
