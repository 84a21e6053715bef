"""What banks say, taken as they write it: every reference of a message, and all that they add.

Revision ID: 0019_bank_words
Revises: 0018_control
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0019_bank_words"
down_revision = "0018_control"
branch_labels = None
depends_on = None

# By which numbers a message was written. The end-to-end reference (UETR) is made from the
# instruction's id: the first 16 bytes of SHA-256('uetr:' and the id), shaped like a UUIDv4. A
# message of before names its payment by the same number everywhere: it needs no other InstrId.
NUMBERS = (
    """
    ALTER TABLE bank_messages
        ADD COLUMN instruction_ref text, ADD COLUMN uetr uuid, ADD COLUMN settle_on date
    """,
    """
    UPDATE bank_messages AS m SET
        uetr = encode(
            set_byte(
                set_byte(d.digest, 6, (get_byte(d.digest, 6) & 15) | 64),
                8, (get_byte(d.digest, 8) & 63) | 128
            ), 'hex'
        )::uuid,
        settle_on = substring(
            convert_from(m.body, 'UTF8') FROM '<IntrBkSttlmDt>([0-9]{4}-[0-9]{2}-[0-9]{2})'
        )::date
    FROM bank_messages AS o, LATERAL (
        SELECT substring(sha256('uetr:'::bytea || uuid_send(o.instruction_id)) FROM 1 FOR 16)
            AS digest
    ) AS d
    WHERE o.message_id = m.message_id
    """,
    # Messages are a few a minute: an index on them is built in a moment.
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE UNIQUE INDEX uq_bank_messages_instruction_ref ON bank_messages (instruction_ref)",
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE UNIQUE INDEX uq_bank_messages_uetr ON bank_messages (uetr)",
)
# Rows of before keep what they were held to, which is less: nothing is left to validate.
DISPOSITIONS = """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE bank_statuses DROP CONSTRAINT ck_bank_statuses_disposition,
        ADD CONSTRAINT ck_bank_statuses_disposition CHECK (disposition IN ({known})) NOT VALID
"""
BEFORE = (
    "'RECORDED', 'REPEATED', 'LATE', 'AMOUNT_DIFFERS', 'CONTRADICTORY', 'NOT_BOOKED',"
    " 'UNKNOWN_REFERENCE'"
)
WORDS = (
    """
    -- squawk-ignore ban-drop-not-null
    ALTER TABLE bank_statuses ALTER COLUMN original_message DROP NOT NULL,
        ADD COLUMN value_on date,
        ADD COLUMN said jsonb NOT NULL DEFAULT '{}'
    """,
    DISPOSITIONS.format(known=f"{BEFORE}, 'PAID_AGAIN', 'NOT_YET'"),
    "ALTER TABLE settlement_instructions ADD COLUMN value_on date",
)
PROFILE = """
    ALTER TABLE banks ADD COLUMN time_offsets text NOT NULL DEFAULT 'ANY'
        CONSTRAINT ck_banks_time_offsets CHECK (time_offsets IN ('ANY', 'NUMERIC'))
"""
# A bank's key changes by two persons; two may be in force for a while.
KEYS = (
    "ALTER TABLE banks ADD COLUMN key_until timestamptz",
    """
    CREATE TABLE bank_keys (
        key_id uuid NOT NULL,
        bic text NOT NULL,
        public_key jsonb NOT NULL,
        overlap_hours integer NOT NULL,
        wished_from timestamptz,
        state text NOT NULL,
        proposed_by text NOT NULL,
        proposed_at timestamptz NOT NULL,
        decided_by text,
        decided_at timestamptz,
        valid_from timestamptz,
        valid_until timestamptz,
        CONSTRAINT pk_bank_keys PRIMARY KEY (key_id),
        CONSTRAINT fk_bank_keys_bic FOREIGN KEY (bic) REFERENCES banks,
        CONSTRAINT ck_bank_keys_state CHECK (state IN ('PROPOSED', 'APPROVED', 'REJECTED')),
        CONSTRAINT ck_bank_keys_two_persons CHECK (decided_by <> proposed_by),
        CONSTRAINT ck_bank_keys_decided CHECK ((state = 'PROPOSED') = (decided_at IS NULL)),
        CONSTRAINT ck_bank_keys_in_force CHECK ((state = 'APPROVED') = (valid_from IS NOT NULL)),
        CONSTRAINT ck_bank_keys_overlap CHECK (overlap_hours >= 0)
    )
    """,
    "CREATE INDEX ix_bank_keys_bic ON bank_keys (bic)",
)
# A payer takes back what its bank has not taken. The state is text, and closed by these checks.
STATES = """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE settlement_instructions DROP CONSTRAINT ck_settlement_instructions_state,
        -- squawk-ignore ban-drop-constraint
        DROP CONSTRAINT ck_settlement_instructions_ended,
        ADD CONSTRAINT ck_settlement_instructions_state CHECK (state IN (
            'HELD', 'OFFERED', 'IN_PROGRESS', 'SETTLED', 'REJECTED', 'REFUSED'{more}
        )) NOT VALID,
        ADD CONSTRAINT ck_settlement_instructions_ended CHECK (
            (ended_at IS NOT NULL) = (state IN ('SETTLED', 'REJECTED', 'REFUSED'{more}))
        ) NOT VALID
"""
CANCELLATION = (
    "ALTER TABLE bank_messages ADD COLUMN withdrawn_at timestamptz",
    STATES.format(more=", 'CANCELLED'"),
)
# Disputes of before are disputes still: nobody was asked to find out.
DISPUTES = (
    """
    CREATE TABLE bank_disputes (
        dispute_id uuid NOT NULL,
        report_id uuid NOT NULL,
        line_no integer NOT NULL,
        instruction_id uuid NOT NULL,
        bank_bic text NOT NULL,
        disposition text NOT NULL,
        opened_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        finding text,
        remark text,
        signed_by text,
        signed_at timestamptz,
        resolved_by text,
        resolved_at timestamptz,
        CONSTRAINT pk_bank_disputes PRIMARY KEY (dispute_id),
        CONSTRAINT uq_bank_disputes_report_id_line_no UNIQUE (report_id, line_no),
        CONSTRAINT fk_bank_disputes_report_id FOREIGN KEY (report_id, line_no)
            REFERENCES bank_statuses,
        CONSTRAINT fk_bank_disputes_instruction_id FOREIGN KEY (instruction_id)
            REFERENCES settlement_instructions,
        CONSTRAINT ck_bank_disputes_finding
            CHECK (finding IN ('RECORD_STANDS', 'MONEY_RETURNED', 'PAID_OUTSIDE')),
        CONSTRAINT ck_bank_disputes_signed CHECK (
            (finding IS NULL) = (signed_at IS NULL) AND (finding IS NULL) = (remark IS NULL)
            AND (finding IS NULL) = (signed_by IS NULL)
        ),
        CONSTRAINT ck_bank_disputes_two_persons CHECK (
            (resolved_by IS NULL) = (resolved_at IS NULL)
            AND (resolved_at IS NULL OR (signed_at IS NOT NULL AND resolved_by <> signed_by))
        )
    )
    """,
    "CREATE INDEX ix_bank_disputes_instruction_id ON bank_disputes (instruction_id)",
    """
    CREATE INDEX ix_bank_disputes_open ON bank_disputes (bank_bic, dispute_id)
        WHERE resolved_at IS NULL
    """,
    """
    INSERT INTO bank_disputes (dispute_id, report_id, line_no, instruction_id, bank_bic,
        disposition, opened_at, due_at)
    SELECT uuidv7(), s.report_id, s.line_no, s.instruction_id, i.bank_bic, s.disposition,
        r.received_at, now() + interval '48 hours'
    FROM bank_statuses AS s
    JOIN bank_reports AS r USING (report_id)
    JOIN settlement_instructions AS i ON i.instruction_id = s.instruction_id
    WHERE s.disposition IN ('AMOUNT_DIFFERS', 'CONTRADICTORY', 'NOT_BOOKED')
        OR (s.disposition = 'LATE' AND i.state = 'REJECTED' AND s.code IN ('ACSC', 'ACCC'))
        OR (s.disposition = 'LATE' AND i.state = 'SETTLED' AND s.code = 'RJCT')
    """,
    """
    INSERT INTO case_waits (case_id, code, desk, kind, since, due_at)
    SELECT DISTINCT ON (d.instruction_id) d.instruction_id, 'BANK_DISPUTE',
        'bank_compliance:' || d.bank_bic, c.kind, d.opened_at, d.due_at
    FROM bank_disputes AS d JOIN cases AS c ON c.case_id = d.instruction_id
    ORDER BY d.instruction_id, d.due_at
    ON CONFLICT DO NOTHING
    """,
    """
    UPDATE cases AS c SET holder = 'bank_compliance'
    FROM bank_disputes AS d JOIN settlement_instructions AS i USING (instruction_id)
    WHERE c.case_id = d.instruction_id AND i.state IN ('SETTLED', 'REJECTED', 'REFUSED')
    """,
)
SEED = Path(__file__).parent.parent / "seeds" / "0019_bank_words.sql"
BACK = (
    "DROP VIEW IF EXISTS v_bank_disputes",
    """
    UPDATE cases AS c SET holder = 'nobody'
    FROM bank_disputes AS d JOIN settlement_instructions AS i USING (instruction_id)
    WHERE c.case_id = d.instruction_id AND i.state IN ('SETTLED', 'REJECTED', 'REFUSED')
    """,
    "DELETE FROM case_waits WHERE code = 'BANK_DISPUTE'",
    "DROP TABLE bank_disputes",
    # To the version before, a payment that nothing was drawn for was refused.
    "UPDATE settlement_instructions SET state = 'REFUSED' WHERE state = 'CANCELLED'",
    "UPDATE cases SET state = 'REFUSED' WHERE kind = 'stl' AND state = 'CANCELLED'",
    STATES.format(more=""),
    "DROP VIEW IF EXISTS v_bank_keys",
    # The version before knows one key a bank: the one that came last.
    """
    UPDATE banks AS b SET public_key = k.public_key FROM (
        SELECT DISTINCT ON (bic) bic, public_key FROM bank_keys WHERE state = 'APPROVED'
        ORDER BY bic, valid_from DESC
    ) AS k WHERE k.bic = b.bic
    """,
    "DROP TABLE bank_keys",
    "DROP VIEW IF EXISTS v_banks CASCADE",
    "ALTER TABLE banks DROP COLUMN time_offsets, DROP COLUMN key_until",
    "ALTER TABLE settlement_instructions DROP COLUMN value_on",
    "UPDATE bank_statuses SET disposition = 'REPEATED' WHERE disposition = 'NOT_YET'",
    "UPDATE bank_statuses SET disposition = 'NOT_BOOKED' WHERE disposition = 'PAID_AGAIN'",
    DISPOSITIONS.format(known=BEFORE),
    "UPDATE bank_statuses SET original_message = '' WHERE original_message IS NULL",
    """
    ALTER TABLE bank_statuses ALTER COLUMN original_message SET NOT NULL,
        DROP COLUMN value_on, DROP COLUMN said
    """,
    """
    ALTER TABLE bank_messages
        DROP COLUMN instruction_ref, DROP COLUMN uetr, DROP COLUMN settle_on,
        DROP COLUMN withdrawn_at
    """,
)


def upgrade() -> None:
    """Add what was not kept, and fill what follows from what was."""
    for statement in (*NUMBERS, *WORDS, PROFILE, *KEYS, *CANCELLATION, *DISPUTES):
        op.execute(statement)
    op.execute(SEED.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Take it away; statuses of kinds that the version before does not know become near ones."""
    for statement in BACK:
        op.execute(statement)
