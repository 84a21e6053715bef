"""Firm quotes, instructions, draw-downs, screening and the banks' messages.

Revision ID: 0005_settlement
Revises: 0005_market
"""

from pathlib import Path

from alembic import op

revision = "0005_settlement"
down_revision = "0005_market"
branch_labels = None
depends_on = None

SEED = Path(__file__).parent.parent / "seeds" / "0005_settlement.sql"

QUOTES = (
    """
    CREATE TABLE firm_quotes (
        quote_id uuid NOT NULL,
        party text NOT NULL,
        pair text NOT NULL,
        price_id uuid,
        source text NOT NULL,
        bank_bic text NOT NULL,
        mid numeric(20, 10) NOT NULL,
        rate numeric(20, 10) NOT NULL,
        gives_minor bigint NOT NULL,
        gives_currency char(3) NOT NULL,
        gets_minor bigint NOT NULL,
        at_mid_minor bigint NOT NULL,
        gets_currency char(3) NOT NULL,
        locked_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_by uuid,
        CONSTRAINT pk_firm_quotes PRIMARY KEY (quote_id),
        CONSTRAINT uq_firm_quotes_used_by UNIQUE (used_by),
        CONSTRAINT ck_firm_quotes_source CHECK (source IN ('POOLED', 'ROTA')),
        CONSTRAINT ck_firm_quotes_sums CHECK (
            gives_minor > 0 AND gets_minor > 0 AND at_mid_minor >= gets_minor
            AND gives_currency <> gets_currency
        )
    )
    """,
    "CREATE INDEX ix_firm_quotes_party ON firm_quotes (party, quote_id)",
)

INSTRUCTIONS = (
    # Released value is drawn once: the check is the last guard under a race.
    """
    CREATE TABLE drawdowns (
        lot_id uuid NOT NULL,
        currency char(3) NOT NULL,
        released_minor bigint NOT NULL,
        reserved_minor bigint NOT NULL DEFAULT 0,
        paid_minor bigint NOT NULL DEFAULT 0,
        CONSTRAINT pk_drawdowns PRIMARY KEY (lot_id),
        CONSTRAINT ck_drawdowns_never_negative CHECK (reserved_minor >= 0 AND paid_minor >= 0),
        CONSTRAINT ck_drawdowns_never_exceeded
            CHECK (reserved_minor + paid_minor <= released_minor)
    )
    """,
    """
    CREATE TABLE settlement_instructions (
        instruction_id uuid NOT NULL,
        client_reference text NOT NULL,
        instructed_by text NOT NULL,
        lot_id uuid NOT NULL,
        buyer text NOT NULL,
        seller_code text NOT NULL,
        seller_bank_bic text NOT NULL,
        seller_account text NOT NULL,
        seller_country char(2) NOT NULL,
        bank_bic text NOT NULL,
        amount_minor bigint NOT NULL,
        currency char(3) NOT NULL,
        paid_minor bigint NOT NULL,
        paid_currency char(3) NOT NULL,
        purpose_code text NOT NULL,
        firm_quote_id uuid,
        state text NOT NULL,
        held_for text[] NOT NULL DEFAULT '{}',
        drawn_minor bigint NOT NULL DEFAULT 0,
        requested_at timestamptz NOT NULL,
        offered_at timestamptz,
        escalated_at timestamptz,
        ended_at timestamptz,
        bank_status text,
        bank_reason text,
        bank_reference text,
        CONSTRAINT pk_settlement_instructions PRIMARY KEY (instruction_id),
        CONSTRAINT uq_settlement_instructions_instructed_by_client_reference
            UNIQUE (instructed_by, client_reference),
        CONSTRAINT fk_settlement_instructions_firm_quote_id
            FOREIGN KEY (firm_quote_id) REFERENCES firm_quotes,
        CONSTRAINT ck_settlement_instructions_sums CHECK (amount_minor > 0 AND paid_minor > 0),
        CONSTRAINT ck_settlement_instructions_exchange CHECK (
            (firm_quote_id IS NULL AND currency = paid_currency AND amount_minor = paid_minor)
            OR (firm_quote_id IS NOT NULL AND currency <> paid_currency)
        ),
        CONSTRAINT ck_settlement_instructions_state CHECK (state IN (
            'HELD', 'OFFERED', 'IN_PROGRESS', 'SETTLED', 'REJECTED', 'REFUSED'
        )),
        CONSTRAINT ck_settlement_instructions_ended CHECK (
            (ended_at IS NOT NULL) = (state IN ('SETTLED', 'REJECTED', 'REFUSED'))
        )
    )
    """,
    # One open instruction per lot: a second one is a duplicate, however parallel.
    """
    CREATE UNIQUE INDEX uq_settlement_instructions_open_lot_id
        ON settlement_instructions (lot_id)
        WHERE state IN ('HELD', 'OFFERED', 'IN_PROGRESS')
    """,
    "CREATE INDEX ix_settlement_instructions_lot_id ON settlement_instructions (lot_id)",
    """
    CREATE INDEX ix_settlement_instructions_held ON settlement_instructions (instruction_id)
        WHERE state = 'HELD'
    """,
    """
    CREATE INDEX ix_settlement_instructions_bank_bic
        ON settlement_instructions (bank_bic, instruction_id)
    """,
    """
    CREATE INDEX ix_settlement_instructions_buyer
        ON settlement_instructions (buyer, instruction_id)
    """,
    """
    CREATE TABLE screening_entries (
        entry_id uuid NOT NULL,
        list_name text NOT NULL,
        reference text NOT NULL,
        kind text NOT NULL,
        match_hash bytea NOT NULL,
        sample boolean NOT NULL DEFAULT false,
        added_by text NOT NULL,
        added_at timestamptz NOT NULL,
        CONSTRAINT pk_screening_entries PRIMARY KEY (entry_id),
        CONSTRAINT uq_screening_entries_list_name_reference_match_hash
            UNIQUE (list_name, reference, match_hash),
        CONSTRAINT ck_screening_entries_kind CHECK (kind IN ('NAME', 'RESIDENT')),
        CONSTRAINT ck_screening_entries_hash CHECK (length(match_hash) = 32)
    )
    """,
    "CREATE INDEX ix_screening_entries_match_hash ON screening_entries (match_hash)",
    """
    CREATE TABLE screening_hits (
        instruction_id uuid NOT NULL,
        role text NOT NULL,
        list_name text NOT NULL,
        reference text NOT NULL,
        found_at timestamptz NOT NULL,
        CONSTRAINT pk_screening_hits
            PRIMARY KEY (instruction_id, role, list_name, reference),
        CONSTRAINT fk_screening_hits_instruction_id
            FOREIGN KEY (instruction_id) REFERENCES settlement_instructions
    )
    """,
    # A person signs each act once: the second signature of a release is another person's, and
    # who signed a release may still refuse, which is a signature of its own.
    """
    CREATE TABLE compliance_signatures (
        instruction_id uuid NOT NULL,
        person text NOT NULL,
        act text NOT NULL,
        remark text NOT NULL,
        signed_at timestamptz NOT NULL,
        CONSTRAINT pk_compliance_signatures PRIMARY KEY (instruction_id, person, act),
        CONSTRAINT fk_compliance_signatures_instruction_id
            FOREIGN KEY (instruction_id) REFERENCES settlement_instructions,
        CONSTRAINT ck_compliance_signatures_act CHECK (act IN ('release', 'refuse'))
    )
    """,
)

MESSAGES = (
    """
    CREATE TABLE bank_messages (
        message_id uuid NOT NULL,
        instruction_id uuid NOT NULL,
        bank_bic text NOT NULL,
        name text NOT NULL,
        body bytea NOT NULL,
        digest bytea NOT NULL,
        offered_at timestamptz NOT NULL,
        fetched_at timestamptz,
        asked_count integer NOT NULL DEFAULT 0,
        asked_at timestamptz,
        closed_at timestamptz,
        CONSTRAINT pk_bank_messages PRIMARY KEY (message_id),
        CONSTRAINT uq_bank_messages_instruction_id UNIQUE (instruction_id),
        CONSTRAINT fk_bank_messages_instruction_id
            FOREIGN KEY (instruction_id) REFERENCES settlement_instructions
    )
    """,
    """
    CREATE INDEX ix_bank_messages_waiting ON bank_messages (bank_bic, message_id)
        WHERE closed_at IS NULL
    """,
    # What a bank sent, word for word, before anything is made of it; and when that was done.
    """
    CREATE TABLE bank_reports (
        report_id uuid NOT NULL,
        bank_bic text NOT NULL,
        message_ref text NOT NULL,
        sent_by text NOT NULL,
        body bytea NOT NULL,
        digest bytea NOT NULL,
        received_at timestamptz NOT NULL,
        carried_out_at timestamptz,
        CONSTRAINT pk_bank_reports PRIMARY KEY (report_id),
        CONSTRAINT uq_bank_reports_bank_bic_message_ref UNIQUE (bank_bic, message_ref)
    )
    """,
    "CREATE INDEX ix_bank_reports_left ON bank_reports (received_at) WHERE carried_out_at IS NULL",
    """
    CREATE TABLE bank_statuses (
        report_id uuid NOT NULL,
        line_no integer NOT NULL,
        message_id uuid,
        instruction_id uuid,
        original_message text NOT NULL,
        code text NOT NULL,
        amount_minor bigint,
        currency char(3),
        reason text,
        bank_reference text,
        disposition text NOT NULL,
        CONSTRAINT pk_bank_statuses PRIMARY KEY (report_id, line_no),
        CONSTRAINT fk_bank_statuses_report_id FOREIGN KEY (report_id) REFERENCES bank_reports,
        CONSTRAINT fk_bank_statuses_message_id FOREIGN KEY (message_id) REFERENCES bank_messages,
        CONSTRAINT ck_bank_statuses_disposition CHECK (disposition IN (
            'RECORDED', 'REPEATED', 'LATE', 'AMOUNT_DIFFERS', 'CONTRADICTORY', 'NOT_BOOKED',
            'UNKNOWN_REFERENCE'
        )),
        CONSTRAINT ck_bank_statuses_amount CHECK ((amount_minor IS NULL) = (currency IS NULL))
    )
    """,
    # One word of each kind counts for a message; the second of two that race is a repetition.
    """
    CREATE UNIQUE INDEX uq_bank_statuses_recorded_code ON bank_statuses (message_id, code)
        WHERE disposition = 'RECORDED'
    """,
    """
    CREATE TABLE payment_reports (
        instruction_id uuid NOT NULL,
        kind text NOT NULL,
        bop_code text,
        purpose_code text NOT NULL,
        paid_minor bigint NOT NULL,
        currency char(3) NOT NULL,
        counter_country char(2) NOT NULL,
        value_on date NOT NULL,
        due_on date NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT pk_payment_reports PRIMARY KEY (instruction_id, kind),
        CONSTRAINT fk_payment_reports_instruction_id
            FOREIGN KEY (instruction_id) REFERENCES settlement_instructions,
        CONSTRAINT ck_payment_reports_kind
            CHECK (kind IN ('BALANCE_OF_PAYMENTS', 'LARGE_VALUE')),
        CONSTRAINT ck_payment_reports_bop_code
            CHECK ((kind = 'BALANCE_OF_PAYMENTS') = (bop_code IS NOT NULL))
    )
    """,
    """
    CREATE TABLE settlement_advices (
        advice_id uuid NOT NULL,
        instruction_id uuid NOT NULL,
        party text NOT NULL,
        kind text NOT NULL,
        amount_minor bigint NOT NULL,
        currency char(3) NOT NULL,
        issued_at timestamptz NOT NULL,
        CONSTRAINT pk_settlement_advices PRIMARY KEY (advice_id),
        CONSTRAINT uq_settlement_advices_instruction_id_party UNIQUE (instruction_id, party),
        CONSTRAINT fk_settlement_advices_instruction_id
            FOREIGN KEY (instruction_id) REFERENCES settlement_instructions,
        CONSTRAINT ck_settlement_advices_kind CHECK (kind IN ('DEBIT', 'CREDIT', 'RETURN'))
    )
    """,
)

VIEWS = ("v_settlements", "v_bank_reports_left")

TABLES = (
    "settlement_advices",
    "payment_reports",
    "bank_statuses",
    "bank_reports",
    "bank_messages",
    "compliance_signatures",
    "screening_hits",
    "screening_entries",
    "settlement_instructions",
    "drawdowns",
    "firm_quotes",
)


def upgrade() -> None:
    """Create the tables and file the sample screening list."""
    for statement in (*QUOTES, *INSTRUCTIONS, *MESSAGES):
        op.execute(statement)
    for statement in SEED.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Drop them; the views over them are dropped first."""
    for view in VIEWS:
        op.execute(f"DROP VIEW IF EXISTS {view}")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
