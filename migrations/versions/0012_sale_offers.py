"""The residents' agreement to sell a lot to a factory's order.

Revision ID: 0012_sale_offers
Revises: 0009_one_wording
"""

from __future__ import annotations

from alembic import op

revision = "0012_sale_offers"
down_revision = "0009_one_wording"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        CREATE TABLE sale_offers (
            lot_id uuid NOT NULL,
            order_id uuid NOT NULL,
            offer_id uuid NOT NULL,
            offered_by text NOT NULL,
            unit_price numeric(20, 10) NOT NULL,
            offered_at timestamptz NOT NULL,
            CONSTRAINT pk_sale_offers PRIMARY KEY (lot_id, order_id),
            CONSTRAINT uq_sale_offers_offer_id UNIQUE (offer_id),
            CONSTRAINT fk_sale_offers_order_id_factory_orders FOREIGN KEY (order_id)
                REFERENCES factory_orders (order_id),
            CONSTRAINT ck_sale_offers_unit_price CHECK (unit_price > 0)
        )
        """
    )
    op.execute("CREATE INDEX ix_sale_offers_order_id ON sale_offers (order_id)")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE sale_offers")
