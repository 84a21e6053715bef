"""What leaves for a bank is whole: the payer's account, and the form that the bank takes.

Revision ID: 0022_payer_accounts
Revises: 0021_own_names
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0022_payer_accounts"
down_revision = "0021_own_names"
branch_labels = None
depends_on = None

ACCOUNTS = """
    CREATE TABLE payer_accounts (
        party_key text NOT NULL,
        bank_bic text NOT NULL,
        party text NOT NULL,
        sealed bytea NOT NULL,
        account_hash bytea NOT NULL,
        CONSTRAINT pk_payer_accounts PRIMARY KEY (party_key, bank_bic),
        CONSTRAINT uq_payer_accounts_party_bank_bic UNIQUE (party, bank_bic),
        CONSTRAINT fk_payer_accounts_bank_bic FOREIGN KEY (bank_bic) REFERENCES banks,
        CONSTRAINT ex_payer_accounts_account_hash EXCLUDE USING gist (
            account_hash WITH =, party_key WITH <>)
    )
"""
KINDS = """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE register_changes DROP CONSTRAINT ck_register_changes_kind,
        ADD CONSTRAINT ck_register_changes_kind CHECK (kind IN ({known})) NOT VALID
"""
CHANGED = "'sellers', 'officers'"
# Bound when a payment is instructed; a message with a resident's name in it is sealed.
BOUND = (
    "ALTER TABLE settlement_instructions ADD COLUMN payer_account bytea",
    "ALTER TABLE bank_messages ADD COLUMN sealed boolean NOT NULL DEFAULT false",
)
# Rows of before keep what they were held to, which is less: nothing is left to validate.
DISPOSITIONS = """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE bank_statuses DROP CONSTRAINT ck_bank_statuses_disposition,
        ADD CONSTRAINT ck_bank_statuses_disposition CHECK (disposition IN ({known})) NOT VALID
"""
BEFORE = (
    "'RECORDED', 'REPEATED', 'LATE', 'AMOUNT_DIFFERS', 'CONTRADICTORY', 'NOT_BOOKED',"
    " 'UNKNOWN_REFERENCE', 'PAID_AGAIN', 'NOT_YET'"
)
SEED = Path(__file__).parents[1] / "seeds" / "0022_reasons.sql"
BACK = (
    """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM bank_messages WHERE sealed) THEN
            RAISE EXCEPTION 'a message is sealed, and the version before opens none';
        END IF;
        IF EXISTS (
            SELECT FROM register_changes WHERE kind = 'payer_accounts' AND state <> 'PROPOSED'
        ) THEN
            RAISE EXCEPTION 'the account of a payer was changed by two';
        END IF;
    END $$
    """,
    "DROP VIEW IF EXISTS v_payer_accounts, v_settlements_as_instructed",
    "ALTER TABLE bank_messages DROP COLUMN sealed",
    "ALTER TABLE settlement_instructions DROP COLUMN payer_account",
    # The version before knows no such change: one that is open ends here.
    "DELETE FROM register_changes WHERE kind = 'payer_accounts'",
    KINDS.format(known=CHANGED),
    "DROP TABLE payer_accounts",
    "UPDATE bank_disputes SET disposition = 'NOT_BOOKED' WHERE disposition = 'REASON_UNKNOWN'",
    "UPDATE bank_statuses SET disposition = 'NOT_BOOKED' WHERE disposition = 'REASON_UNKNOWN'",
    DISPOSITIONS.format(known=BEFORE),
)


def upgrade() -> None:
    """Add what was not kept; nothing that is there changes."""
    op.execute(ACCOUNTS)
    op.execute(KINDS.format(known=f"{CHANGED}, 'payer_accounts'"))
    for statement in BOUND:
        op.execute(statement)
    op.execute(DISPOSITIONS.format(known=f"{BEFORE}, 'REASON_UNKNOWN'"))
    op.execute(SEED.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Take it away. Once a message was sealed, which a bank may fetch again, or an account changed
    by two, the way back is closed: the version before knows neither.
    """
    for statement in BACK:
        op.execute(statement)
