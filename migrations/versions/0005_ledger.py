"""The ledger: accounts, two-phase transactions and their legs.

Revision ID: 0005_ledger
Revises: 0004_inspection
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005_ledger"
down_revision = "0004_inspection"
branch_labels = None
depends_on = None

FUNCTIONS = Path(__file__).parent.parent / "functions"

LEDGER = (
    """
    CREATE TABLE ledger_accounts (
        account_id uuid NOT NULL,
        code text NOT NULL,
        currency char(3) NOT NULL,
        CONSTRAINT pk_ledger_accounts PRIMARY KEY (account_id),
        CONSTRAINT uq_ledger_accounts_code_currency UNIQUE (code, currency),
        CONSTRAINT uq_ledger_accounts_account_id_currency UNIQUE (account_id, currency)
    )
    """,
    # A reservation is resolved once, by a posting or by a voiding for the same case. A new case's
    # header is written at the end of the act that books for it: the key to it is checked at commit.
    """
    CREATE TABLE ledger_transactions (
        transaction_id uuid NOT NULL,
        kind text NOT NULL,
        case_id uuid NOT NULL,
        resolves uuid,
        booked_at timestamptz NOT NULL,
        CONSTRAINT pk_ledger_transactions PRIMARY KEY (transaction_id),
        CONSTRAINT uq_ledger_transactions_resolves UNIQUE (resolves),
        CONSTRAINT uq_ledger_transactions_case_id_transaction_id
            UNIQUE (case_id, transaction_id),
        CONSTRAINT fk_ledger_transactions_case_id_resolves
            FOREIGN KEY (case_id, resolves)
            REFERENCES ledger_transactions (case_id, transaction_id),
        CONSTRAINT fk_ledger_transactions_case_id
            FOREIGN KEY (case_id) REFERENCES cases DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT ck_ledger_transactions_kind CHECK (kind IN ('RESERVE', 'POST', 'VOID')),
        CONSTRAINT ck_ledger_transactions_resolves
            CHECK ((kind = 'RESERVE') = (resolves IS NULL))
    )
    """,
    """
    CREATE TABLE ledger_postings (
        transaction_id uuid NOT NULL,
        line_no integer NOT NULL,
        account_id uuid NOT NULL,
        layer text NOT NULL,
        amount_minor bigint NOT NULL,
        currency char(3) NOT NULL,
        purpose text NOT NULL,
        CONSTRAINT pk_ledger_postings PRIMARY KEY (transaction_id, line_no),
        CONSTRAINT fk_ledger_postings_transaction_id
            FOREIGN KEY (transaction_id) REFERENCES ledger_transactions,
        CONSTRAINT fk_ledger_postings_account_id_currency
            FOREIGN KEY (account_id, currency) REFERENCES ledger_accounts (account_id, currency),
        CONSTRAINT ck_ledger_postings_layer CHECK (layer IN ('PENDING', 'POSTED')),
        CONSTRAINT ck_ledger_postings_amount CHECK (amount_minor <> 0)
    )
    """,
    # A balance is the sum of an account's postings, read from this index alone: no row that all
    # share is ever updated.
    """
    CREATE INDEX ix_ledger_postings_account_id_layer
        ON ledger_postings (account_id, layer) INCLUDE (amount_minor)
    """,
    (FUNCTIONS / "ledger_sums_to_zero.sql").read_text(encoding="utf-8"),
    """
    CREATE TRIGGER ledger_sums_to_zero AFTER INSERT ON ledger_postings
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_sums_to_zero()
    """,
    (FUNCTIONS / "ledger_book.sql").read_text(encoding="utf-8"),
    *(
        f"CREATE TRIGGER {table}_are_append_only BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for table in ("ledger_accounts", "ledger_transactions", "ledger_postings")
    ),
    *(
        f"CREATE TRIGGER {table}_are_not_truncated BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        for table in ("ledger_accounts", "ledger_transactions", "ledger_postings")
    ),
)


def upgrade() -> None:
    """Create the tables, the one way in, and what keeps them append-only and balanced."""
    for statement in LEDGER:
        op.execute(statement)
    op.execute("REVOKE ALL ON FUNCTION ledger_book FROM PUBLIC")


def downgrade() -> None:
    """Drop all of it."""
    op.execute("DROP TABLE ledger_postings, ledger_transactions, ledger_accounts")
    op.execute("DROP FUNCTION ledger_book")
    op.execute("DROP FUNCTION ledger_sums_to_zero()")
