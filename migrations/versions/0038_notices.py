"""Notices (通知): what parties are told, by which channels it leaves, how far the log was judged.

Revision ID: 0038_notices
Revises: 0037_figures
"""

from __future__ import annotations

from alembic import op

revision = "0038_notices"
down_revision = "0037_figures"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE notice_places (
    log text NOT NULL,
    after_xid bigint NOT NULL,
    after_number bigint NOT NULL,
    CONSTRAINT pk_notice_places PRIMARY KEY (log),
    CONSTRAINT ck_notice_places_log CHECK (log = 'events'),
    CONSTRAINT ck_notice_places_after CHECK (after_xid >= 0 AND after_number >= 0)
)
""",
    """
CREATE TABLE notices (
    number bigint GENERATED ALWAYS AS IDENTITY,
    notice_id uuid NOT NULL,
    party text NOT NULL,
    kind text NOT NULL,
    case_id uuid NOT NULL,
    case_kind text NOT NULL,
    event_seq integer NOT NULL,
    as_reader boolean NOT NULL,
    facts text NOT NULL,
    happened_at timestamptz NOT NULL,
    CONSTRAINT pk_notices PRIMARY KEY (number),
    CONSTRAINT uq_notices_notice_id UNIQUE (notice_id),
    CONSTRAINT uq_notices_case_id_event_seq_party_kind UNIQUE (case_id, event_seq, party, kind),
    CONSTRAINT ck_notices_facts CHECK (facts IS JSON OBJECT)
)
""",
    "CREATE INDEX ix_notices_party_number ON notices (party, number)",
    """
CREATE TABLE notice_people (
    party text NOT NULL,
    subject text NOT NULL,
    read_up_to bigint NOT NULL DEFAULT 0,
    language text,
    quiet_begins integer,
    quiet_ends integer,
    CONSTRAINT pk_notice_people PRIMARY KEY (party, subject),
    CONSTRAINT ck_notice_people_language CHECK (language IN ('en', 'zh-CN', 'vi')),
    CONSTRAINT ck_notice_people_quiet CHECK (
        num_nonnulls(quiet_begins, quiet_ends) IN (0, 2) AND quiet_begins <> quiet_ends
        AND quiet_begins BETWEEN 0 AND 1439 AND quiet_ends BETWEEN 0 AND 1439
    )
)
""",
    """
CREATE TABLE notice_reads (
    party text NOT NULL,
    subject text NOT NULL,
    number bigint NOT NULL,
    CONSTRAINT pk_notice_reads PRIMARY KEY (party, subject, number),
    CONSTRAINT fk_notice_reads_number FOREIGN KEY (number) REFERENCES notices (number)
)
""",
    """
CREATE TABLE notice_codes (
    code_id uuid NOT NULL,
    party text NOT NULL,
    subject text NOT NULL,
    channel text NOT NULL,
    contact_sealed bytea NOT NULL,
    contact_hash bytea NOT NULL,
    masked text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    state text NOT NULL,
    asked_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    CONSTRAINT pk_notice_codes PRIMARY KEY (code_id),
    CONSTRAINT ck_notice_codes_channel CHECK (channel IN ('EMAIL', 'SMS')),
    CONSTRAINT ck_notice_codes_state CHECK (state IN ('OPEN', 'USED', 'OVER')),
    CONSTRAINT ck_notice_codes_tries CHECK (tries >= 0)
)
""",
    "CREATE INDEX ix_notice_codes_party_subject_channel_asked_at"
    " ON notice_codes (party, subject, channel, asked_at)",
    "CREATE INDEX ix_notice_codes_contact_hash_asked_at ON notice_codes (contact_hash, asked_at)",
    "CREATE INDEX ix_notice_codes_open ON notice_codes (ends_at) WHERE state = 'OPEN'",
    "CREATE INDEX ix_notice_codes_counted ON notice_codes (asked_at) WHERE contact_hash <> ''",
    """
CREATE TABLE notice_contacts (
    party text NOT NULL,
    subject text NOT NULL,
    channel text NOT NULL,
    contact_sealed bytea NOT NULL,
    masked text NOT NULL,
    consented_at timestamptz NOT NULL,
    confirmed_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    rests_until timestamptz NOT NULL,
    CONSTRAINT pk_notice_contacts PRIMARY KEY (party, subject, channel),
    CONSTRAINT ck_notice_contacts_channel CHECK (channel IN ('EMAIL', 'SMS')),
    CONSTRAINT ck_notice_contacts_withdrawn CHECK (
        (withdrawn_at IS NOT NULL) = (contact_sealed = ''::bytea)
    )
)
""",
    """
CREATE TABLE notice_deliveries (
    delivery_id uuid NOT NULL,
    number bigint,
    code_id uuid,
    party text NOT NULL,
    subject text NOT NULL,
    channel text NOT NULL,
    state text NOT NULL,
    message_id uuid,
    attempts integer NOT NULL DEFAULT 0,
    queued_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    leased_until timestamptz NOT NULL,
    ended_at timestamptz,
    last_error text,
    CONSTRAINT pk_notice_deliveries PRIMARY KEY (delivery_id),
    CONSTRAINT uq_notice_deliveries_code_id UNIQUE (code_id),
    CONSTRAINT uq_notice_deliveries_number_party_subject_channel
        UNIQUE (number, party, subject, channel),
    CONSTRAINT fk_notice_deliveries_number FOREIGN KEY (number) REFERENCES notices (number),
    CONSTRAINT fk_notice_deliveries_code_id FOREIGN KEY (code_id) REFERENCES notice_codes (code_id),
    CONSTRAINT ck_notice_deliveries_what CHECK (num_nonnulls(number, code_id) = 1),
    CONSTRAINT ck_notice_deliveries_channel CHECK (channel IN ('EMAIL', 'SMS')),
    CONSTRAINT ck_notice_deliveries_state
        CHECK (state IN ('QUEUED', 'FAILED', 'SENT', 'GIVEN_UP', 'DROPPED')),
    CONSTRAINT ck_notice_deliveries_ended
        CHECK ((state IN ('QUEUED', 'FAILED')) = (ended_at IS NULL)),
    CONSTRAINT ck_notice_deliveries_attempts CHECK (attempts >= 0)
)
""",
    "CREATE INDEX ix_notice_deliveries_due ON notice_deliveries (due_at)"
    " WHERE state IN ('QUEUED', 'FAILED')",
    "CREATE INDEX ix_notice_deliveries_given_up ON notice_deliveries (ended_at)"
    " WHERE state = 'GIVEN_UP'",
    "CREATE INDEX ix_notice_deliveries_person ON notice_deliveries (party, subject, channel)"
    " WHERE state IN ('QUEUED', 'FAILED')",
)
# Whoever is told from now on is told of what happens from now on.
BEGINNING = """
INSERT INTO notice_places (log, after_xid, after_number)
SELECT 'events', pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1, 4611686018427387904
"""


def upgrade() -> None:
    """Tables beside what there is; the version before goes on without them."""
    for statement in (*TABLES, BEGINNING):
        op.execute(statement)


def downgrade() -> None:
    """The way back: what was told is told, and what waits to leave does not."""
    op.execute("DROP VIEW IF EXISTS v_notice_deliveries_waiting CASCADE")
    op.execute("DROP VIEW IF EXISTS v_notice_places CASCADE")
    op.execute("DROP VIEW IF EXISTS v_concerned CASCADE")
    for name in ("deliveries", "contacts", "codes", "reads", "people"):
        op.execute(f"DROP TABLE notice_{name}")
    op.execute("DROP TABLE notices")
    op.execute("DROP TABLE notice_places")
