"""A bank's persons answer and quote by hand: two signatories in place of its system's signature.

Revision ID: 0040_hand_answers
Revises: 0039_own_trucks
"""

from __future__ import annotations

from alembic import op

revision = "0040_hand_answers"
down_revision = "0039_own_trucks"
branch_labels = None
depends_on = None

ANSWERS = """
CREATE TABLE hand_answers (
    answer_id uuid NOT NULL,
    bank_bic text NOT NULL,
    message_ref text NOT NULL,
    body bytea NOT NULL,
    digest bytea NOT NULL,
    by_file boolean NOT NULL,
    statuses jsonb NOT NULL,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    state text NOT NULL,
    ended_by text,
    ended_at timestamptz,
    report_id uuid,
    CONSTRAINT pk_hand_answers PRIMARY KEY (answer_id),
    CONSTRAINT fk_hand_answers_report_id FOREIGN KEY (report_id) REFERENCES bank_reports,
    CONSTRAINT ck_hand_answers_state CHECK (state IN ('ENTERED', 'CONFIRMED', 'WITHDRAWN')),
    CONSTRAINT ck_hand_answers_digest CHECK (digest = sha256(body)),
    CONSTRAINT ck_hand_answers_ended CHECK (
        num_nonnulls(ended_by, ended_at) IN (0, 2) AND (state = 'ENTERED') = (ended_at IS NULL)
    ),
    CONSTRAINT ck_hand_answers_two CHECK (
        (state = 'CONFIRMED') = (report_id IS NOT NULL)
        AND (state <> 'CONFIRMED' OR ended_by <> entered_by)
    )
)
"""
PAYMENTS = """
CREATE TABLE hand_answer_payments (
    answer_id uuid NOT NULL,
    instruction_id uuid NOT NULL,
    waits boolean NOT NULL,
    CONSTRAINT pk_hand_answer_payments PRIMARY KEY (answer_id, instruction_id),
    CONSTRAINT fk_hand_answer_payments_answer_id
    FOREIGN KEY (answer_id) REFERENCES hand_answers,
    CONSTRAINT fk_hand_answer_payments_instruction_id
    FOREIGN KEY (instruction_id) REFERENCES settlement_instructions
)
"""
INDEXES = (
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_hand_answers_bank_bic ON hand_answers (bank_bic, answer_id)
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_hand_answers_waiting ON hand_answers (bank_bic, answer_id)
    WHERE state = 'ENTERED'
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_hand_answer_payments_instruction_id
    ON hand_answer_payments (instruction_id, answer_id)
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE UNIQUE INDEX uq_hand_answer_payments_waits ON hand_answer_payments (instruction_id)
    WHERE waits
    """,
)
# What a person has entered is what another confirms: it is ended once, and else never changed.
KEPT = """
CREATE FUNCTION hand_answers_end_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ends constant text[] = '{state,ended_by,ended_at,report_id,statuses}';
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'ENTERED' AND NEW.state <> 'ENTERED'
        AND to_jsonb(OLD) - ends = to_jsonb(NEW) - ends THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an answer by hand is entered and ended, and nothing else'
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""
GUARDED = """
CREATE TRIGGER hand_answers_end_once BEFORE UPDATE OR DELETE ON hand_answers
FOR EACH ROW EXECUTE FUNCTION hand_answers_end_once()
"""
# The duties of those on file are among the new ones, and a bank has a few persons: what stands is
# looked through at once.
DUTIES = (
    """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE signatories DROP CONSTRAINT signatories_duty_check
    """,
    """
    -- squawk-ignore constraint-missing-not-valid
    ALTER TABLE signatories ADD CONSTRAINT signatories_duty_check CHECK (duty IN ({known}))
    """,
)
BACK = (
    "DROP VIEW IF EXISTS v_hand_answers",
    "DROP TABLE hand_answer_payments",
    "DROP TABLE hand_answers",
    "DROP FUNCTION hand_answers_end_once()",
    "DELETE FROM signatories WHERE duty IN ('answers', 'quotes')",
)


def upgrade() -> None:
    """Two tables beside what there is, and two duties more; nobody has them until filed."""
    for statement in (ANSWERS, PAYMENTS, *INDEXES, KEPT, GUARDED):
        op.execute(statement)
    for statement in DUTIES:
        op.execute(statement.format(known="'compliance', 'answers', 'quotes'"))


def downgrade() -> None:
    """The way back: reports that were confirmed stay reports."""
    for statement in BACK:
        op.execute(statement)
    for statement in DUTIES:
        op.execute(statement.format(known="'compliance'"))
