"""Quotes by tiers: up to which volume a bank, and the market, deals at which bid and ask. A factory
takes its order back.

Revision ID: 0025_returns
Revises: 0024_seals
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0025_returns"
down_revision = "0024_seals"
branch_labels = None
depends_on = None

SEED = Path(__file__).parents[1] / "seeds" / "0025_returns.sql"

PRICES = (
    # Quotes and prices are some hundreds a day: they are checked within the lock's patience.
    "-- squawk-ignore-file constraint-missing-not-valid\n"
    """
    ALTER TABLE bank_quotes
        ADD COLUMN tier_volumes numeric(20, 2)[],
        ADD COLUMN tier_bids numeric(20, 10)[],
        ADD COLUMN tier_asks numeric(20, 10)[],
        ADD COLUMN rota_bids numeric(20, 10)[],
        ADD COLUMN rota_asks numeric(20, 10)[],
        ADD CONSTRAINT ck_bank_quotes_tiers CHECK (
            num_nulls(tier_volumes, tier_bids, tier_asks, rota_bids, rota_asks) IN (0, 5)
            AND (tier_volumes IS NULL OR (
                cardinality(tier_volumes) BETWEEN 2 AND 5
                AND cardinality(tier_bids) = cardinality(tier_volumes)
                AND cardinality(tier_asks) = cardinality(tier_volumes)
                AND cardinality(rota_bids) = cardinality(tier_volumes)
                AND cardinality(rota_asks) = cardinality(tier_volumes)
                AND volume = tier_volumes[cardinality(tier_volumes)]
                AND rota_bid = rota_bids[1] AND rota_ask = rota_asks[1])))
    """,
    """
    ALTER TABLE pooled_prices
        ADD COLUMN tier_volumes numeric(20, 2)[],
        ADD COLUMN tier_bids numeric(20, 10)[],
        ADD COLUMN tier_asks numeric(20, 10)[],
        ADD COLUMN quoted_since timestamptz,
        ADD CONSTRAINT ck_pooled_prices_tiers CHECK (
            num_nulls(tier_volumes, tier_bids, tier_asks) IN (0, 3)
            AND (tier_volumes IS NULL OR (
                cardinality(tier_volumes) BETWEEN 2 AND 5
                AND cardinality(tier_bids) = cardinality(tier_volumes)
                AND cardinality(tier_asks) = cardinality(tier_volumes)
                AND volume = tier_volumes[cardinality(tier_volumes)]
                AND bid = tier_bids[1] AND ask = tier_asks[1])))
    """,
)

ORDERS = "ALTER TABLE factory_orders ADD COLUMN cancelled_at timestamptz"

BACK = (
    "DROP VIEW IF EXISTS v_prices, v_factory_orders CASCADE",
    # The version before knows no such end: it would sell under the order again.
    """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM factory_orders WHERE cancelled_at IS NOT NULL) THEN
            RAISE EXCEPTION 'an order was taken back, which the version before does not know';
        END IF;
    END $$
    """,
    "ALTER TABLE factory_orders DROP COLUMN cancelled_at",
    """
    ALTER TABLE pooled_prices
        DROP COLUMN tier_volumes, DROP COLUMN tier_bids, DROP COLUMN tier_asks,
        DROP COLUMN quoted_since
    """,
    """
    ALTER TABLE bank_quotes
        DROP COLUMN tier_volumes, DROP COLUMN tier_bids, DROP COLUMN tier_asks,
        DROP COLUMN rota_bids, DROP COLUMN rota_asks
    """,
)


def upgrade() -> None:
    """File the new parameters, then widen the tables."""
    for statement in SEED.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)
    for statement in (*PRICES, ORDERS):
        op.execute(statement)


def downgrade() -> None:
    """The way back. Approved parameters are never deleted."""
    for statement in BACK:
        op.execute(statement)
