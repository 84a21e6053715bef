"""The second market: orders, offers, purchases, what residents earn, and capacity that is bought.

Revision ID: 0006_secondmarket
Revises: 0005_settlement
"""

from __future__ import annotations

from alembic import op

revision = "0006_secondmarket"
down_revision = "0005_settlement"
branch_labels = None
depends_on = None

BUYING = (
    """
    CREATE TABLE factory_orders (
        order_id uuid PRIMARY KEY,
        enterprise_code char(10) NOT NULL,
        reference text NOT NULL,
        hs_code text NOT NULL CHECK (hs_code ~ '^[0-9]{4}([0-9]{2}){0,3}([0-9]{3})?$'),
        wanted_kg numeric(18, 3) NOT NULL CHECK (wanted_kg > 0),
        bought_kg numeric(18, 3) NOT NULL DEFAULT 0 CHECK (bought_kg >= 0),
        unit_price numeric(20, 10) NOT NULL CHECK (unit_price > 0),
        currency char(3) NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT uq_factory_orders_enterprise_code_reference UNIQUE (enterprise_code, reference)
    )
    """,
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
    """,
    "CREATE INDEX ix_sale_offers_order_id ON sale_offers (order_id)",
    """
    CREATE TABLE purchases (
        purchase_id uuid PRIMARY KEY,
        order_id uuid NOT NULL REFERENCES factory_orders,
        lot_id uuid NOT NULL,
        enterprise_code char(10) NOT NULL,
        hs_code text NOT NULL,
        net_kg numeric(18, 3) NOT NULL CHECK (net_kg > 0),
        price_minor bigint NOT NULL CHECK (price_minor > 0),
        currency char(3) NOT NULL,
        bought_at timestamptz NOT NULL,
        CONSTRAINT uq_purchases_lot_id UNIQUE (lot_id)
    )
    """,
    "CREATE INDEX ix_purchases_order_id ON purchases (order_id)",
    """
    CREATE TABLE purchase_incomes (
        purchase_id uuid NOT NULL REFERENCES purchases,
        ticket_id uuid NOT NULL,
        resident_id uuid NOT NULL,
        net_kg numeric(18, 3) NOT NULL CHECK (net_kg > 0),
        proceeds_minor bigint NOT NULL CHECK (proceeds_minor >= 0),
        cost_minor bigint NOT NULL CHECK (cost_minor >= 0),
        currency char(3) NOT NULL,
        PRIMARY KEY (purchase_id, ticket_id)
    )
    """,
    "CREATE INDEX ix_purchase_incomes_resident_id ON purchase_incomes (resident_id)",
    # The price is split over the residents to the last unit, and their weights make the lot.
    """
    CREATE FUNCTION purchase_is_split() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        proceeds bigint;
        weight numeric;
    BEGIN
        SELECT sum(proceeds_minor), sum(net_kg) INTO proceeds, weight
        FROM purchase_incomes WHERE purchase_id = NEW.purchase_id;
        IF proceeds IS DISTINCT FROM NEW.price_minor OR weight IS DISTINCT FROM NEW.net_kg THEN
            RAISE EXCEPTION 'purchase % is not split over its tickets exactly', NEW.purchase_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER purchases_split AFTER INSERT OR UPDATE ON purchases
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION purchase_is_split()
    """,
    """
    CREATE TABLE capacity_years (
        enterprise_code char(10) NOT NULL,
        hs_prefix text NOT NULL,
        year integer NOT NULL,
        bought_kg numeric(18, 3) NOT NULL CHECK (bought_kg >= 0),
        capacity_kg numeric(18, 3) NOT NULL,
        PRIMARY KEY (enterprise_code, hs_prefix, year),
        CONSTRAINT capacity_years_kept CHECK (bought_kg <= capacity_kg)
    )
    """,
    """
    CREATE TRIGGER purchase_incomes_are_append_only BEFORE UPDATE OR DELETE ON purchase_incomes
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
)
VIEWS = ("v_purchases", "v_resident_incomes", "v_factory_orders")


def upgrade() -> None:
    """Create the tables and their guards."""
    for statement in BUYING:
        op.execute(statement)


def downgrade() -> None:
    """Drop them; the views over them are dropped first."""
    for view in VIEWS:
        op.execute(f"DROP VIEW IF EXISTS {view} CASCADE")
    op.execute(
        "DROP TABLE capacity_years, purchase_incomes, purchases, sale_offers, factory_orders"
    )
    op.execute("DROP FUNCTION purchase_is_split()")
