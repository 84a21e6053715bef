"""The market: bank quotes, pooled prices, absences from the rota, and the limits of a price's move.

Revision ID: 0005_market
Revises: 0005_ledger
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005_market"
down_revision = "0005_ledger"
branch_labels = None
depends_on = None

SEED = Path(__file__).parent.parent / "seeds" / "0005_market.sql"

PRICES = (
    """
    CREATE TABLE bank_quotes (
        quote_id uuid NOT NULL,
        bank_bic text NOT NULL,
        pair text NOT NULL,
        bid numeric(20, 10),
        ask numeric(20, 10),
        mid numeric(20, 10) NOT NULL,
        volume numeric(20, 2) NOT NULL,
        quoted_at timestamptz NOT NULL,
        valid_until timestamptz NOT NULL,
        rota_mid numeric(20, 10) NOT NULL,
        rota_bid numeric(20, 10) NOT NULL,
        rota_ask numeric(20, 10) NOT NULL,
        last_mid numeric(20, 10),
        moved_bp numeric(20, 10),
        max_bp numeric(20, 10),
        CONSTRAINT pk_bank_quotes PRIMARY KEY (quote_id),
        CONSTRAINT ck_bank_quotes_mid CHECK (mid > 0 AND volume > 0),
        CONSTRAINT ck_bank_quotes_sides CHECK (bid <= mid AND mid <= ask),
        CONSTRAINT ck_bank_quotes_rota
            CHECK (0 <= rota_bid AND rota_bid <= rota_mid AND rota_mid <= rota_ask),
        CONSTRAINT ck_bank_quotes_moved CHECK (num_nulls(last_mid, moved_bp, max_bp) IN (0, 3)),
        CONSTRAINT ck_bank_quotes_period CHECK (valid_until > quoted_at)
    )
    """,
    "CREATE INDEX ix_bank_quotes_pair_quoted_at ON bank_quotes (pair, quoted_at)",
    "CREATE INDEX ix_bank_quotes_pair_valid_until ON bank_quotes (pair, valid_until)",
    """
    CREATE TABLE pooled_prices (
        price_id uuid NOT NULL,
        pair text NOT NULL,
        version integer NOT NULL,
        mid numeric(20, 10) NOT NULL,
        bid numeric(20, 10) NOT NULL,
        ask numeric(20, 10) NOT NULL,
        used text[] NOT NULL,
        dropped text[] NOT NULL,
        valid_from timestamptz NOT NULL,
        valid_until timestamptz NOT NULL,
        CONSTRAINT pk_pooled_prices PRIMARY KEY (price_id),
        CONSTRAINT uq_pooled_prices_pair_version UNIQUE (pair, version),
        CONSTRAINT ck_pooled_prices_rates CHECK (0 < bid AND bid <= mid AND mid <= ask),
        CONSTRAINT ck_pooled_prices_period CHECK (valid_until > valid_from)
    )
    """,
    "CREATE INDEX ix_pooled_prices_pair_valid_until ON pooled_prices (pair, valid_until)",
    """
    CREATE TABLE bank_absences (
        absence_id uuid NOT NULL,
        bank_bic text NOT NULL,
        absent_on date NOT NULL,
        announced_by text NOT NULL,
        announced_at timestamptz NOT NULL,
        CONSTRAINT pk_bank_absences PRIMARY KEY (absence_id),
        CONSTRAINT uq_bank_absences_bank_bic_absent_on UNIQUE (bank_bic, absent_on)
    )
    """,
)


def upgrade() -> None:
    """Create the tables and file the legal parameters of the market."""
    for statement in PRICES:
        op.execute(statement)
    for statement in SEED.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Drop them; the views over them are dropped first. Approved parameters are never deleted."""
    op.execute("DROP VIEW IF EXISTS v_prices, v_bank_absences")
    op.execute("DROP TABLE bank_absences, pooled_prices, bank_quotes")
