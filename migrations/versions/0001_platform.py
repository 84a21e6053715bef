"""Event log, outbox and stored answers: what every service stands on."""

from pathlib import Path

from alembic import op

revision = "0001_platform"
down_revision = None
branch_labels = None
depends_on = None

FILES = Path(__file__).parents[1] / "functions"
CASES = """
CREATE TABLE cases (
    case_id uuid NOT NULL,
    kind text NOT NULL,
    seq integer NOT NULL,
    head bytea NOT NULL,
    xid xid8 NOT NULL,
    version integer NOT NULL,
    opened_at timestamptz NOT NULL,
    ended_at timestamptz,
    state text,
    holder text,
    reference text,
    port text,
    lot_id uuid,
    readers text[] NOT NULL DEFAULT '{}',
    clock text,
    clock_started_at timestamptz,
    due_at timestamptz,
    due_strictly boolean NOT NULL DEFAULT false,
    clock_stopped_at timestamptz,
    escalated_at timestamptz,
    CONSTRAINT pk_cases PRIMARY KEY (case_id),
    CONSTRAINT ck_cases_standing CHECK ((state IS NULL) = (holder IS NULL)),
    CONSTRAINT ck_cases_clock CHECK (
        (clock IS NULL) = (due_at IS NULL) AND (clock IS NULL) = (clock_started_at IS NULL)
    ),
    CONSTRAINT ck_cases_clock_stopped_at CHECK (clock_stopped_at IS NULL OR clock IS NOT NULL),
    CONSTRAINT ck_cases_seq CHECK (seq > 0),
    CONSTRAINT ck_cases_version CHECK (version BETWEEN 1 AND seq),
    CONSTRAINT ck_cases_head CHECK (length(head) = 32)
)
"""
CASE_WAITS = """
CREATE TABLE case_waits (
    case_id uuid NOT NULL,
    code text NOT NULL,
    desk text NOT NULL,
    kind text NOT NULL,
    since timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT pk_case_waits PRIMARY KEY (case_id, code, desk),
    CONSTRAINT ck_case_waits_desk CHECK (desk LIKE '%_:_%')
)
"""
CASE_LINKS = """
CREATE TABLE case_links (
    case_id uuid NOT NULL,
    linked_id uuid NOT NULL,
    CONSTRAINT pk_case_links PRIMARY KEY (case_id, linked_id),
    CONSTRAINT ck_case_links_linked_id CHECK (linked_id <> case_id)
)
"""
EVENTS = """
CREATE TABLE events (
    case_id uuid NOT NULL,
    seq integer NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL,
    type text NOT NULL,
    step text NOT NULL,
    actor text NOT NULL,
    body text NOT NULL,
    occurred_at timestamptz NOT NULL,
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY (case_id, seq),
    CONSTRAINT uq_events_case_id_step UNIQUE (case_id, step)
) PARTITION BY RANGE (case_id)
"""
# What a role may append, and whom it may tell (a type without a role is a note, which the owner of
# a case appends there, whatever its kind); written from the services' own code by every
# migration run (migrations/grants.py).
EVENT_TYPES = """
CREATE TABLE event_types (
    type text NOT NULL,
    role name,
    changes boolean NOT NULL,
    ends boolean NOT NULL,
    CONSTRAINT pk_event_types PRIMARY KEY (type)
)
"""
CASE_KINDS = """
CREATE TABLE case_kinds (
    kind text NOT NULL,
    role name NOT NULL,
    told_by name[] NOT NULL,
    noted_by name[] NOT NULL,
    CONSTRAINT pk_case_kinds PRIMARY KEY (kind)
)
"""
# An event's place in the log is (xid, position). A transaction gets its number before it waits for
# the case, so the case keeps the highest number of those before and an event never takes a lower
# one: the log gives a case's events in the case's own order, whatever their transactions' numbers.
APPEND_EVENT = """
CREATE FUNCTION append_event(
    p_case uuid, p_kind text, p_type text, p_step text, p_actor text,
    p_body text, p_at timestamptz, p_header jsonb DEFAULT NULL, p_role name DEFAULT session_user,
    p_noted boolean DEFAULT false
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_type event_types;
    v_case cases;
    v_seq integer := 1;
    v_prev bytea := decode(repeat('00', 32), 'hex');
    v_xid xid8 := pg_current_xact_id();
    v_hash bytea;
    v_owner name;
    v_changes integer;
BEGIN
    SELECT * INTO v_type FROM event_types WHERE type = p_type;
    IF NOT FOUND
        OR (v_type.role IS NOT NULL AND NOT pg_has_role(p_role, v_type.role, 'MEMBER')) THEN
        RAISE EXCEPTION '% appends no event %', p_role, p_type
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO v_case FROM cases WHERE case_id = p_case FOR UPDATE;
    IF FOUND THEN
        v_seq := v_case.seq + 1;
        v_prev := v_case.head;
        v_xid := greatest(v_xid, v_case.xid);
    END IF;
    -- A case of a kind that nobody states is its opener's.
    v_owner := coalesce(
        (SELECT role FROM case_kinds WHERE kind = p_kind),
        (
            SELECT t.role FROM events AS e JOIN event_types AS t USING (type)
            WHERE e.case_id = p_case AND e.seq = 1
        ),
        v_type.role
    );
    IF v_case.kind <> p_kind
        OR (v_seq = 1 AND NOT pg_has_role(p_role, v_owner, 'MEMBER')) THEN
        RAISE EXCEPTION '% opens no case of kind %', p_role, p_kind
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- p_noted: a note that keep_refusal has judged; nobody else passes it.
    IF v_type.role IS NULL AND NOT p_noted
        AND (v_seq = 1 OR NOT pg_has_role(p_role, v_owner, 'MEMBER')) THEN
        RAISE EXCEPTION '% appends no event % to this case', p_role, p_type
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    v_hash := sha256(v_prev || convert_to(concat_ws(
        E'\\x1f', p_case::text, v_seq::text, p_type, p_step, p_actor,
        to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), p_body
    ), 'UTF8'));
    -- The version counts what changes the case and comes from its owner.
    v_changes := CASE WHEN v_type.changes AND v_type.role = v_owner THEN 1 ELSE 0 END;
    -- Where a case stands is its owner's to say.
    IF p_header IS NOT NULL AND NOT pg_has_role(p_role, v_owner, 'MEMBER') THEN
        RAISE EXCEPTION '% keeps no header of kind %', p_role, p_kind
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF v_seq = 1 THEN
        INSERT INTO cases (
            case_id, kind, seq, head, xid, version, opened_at, ended_at, state, holder, reference,
            port, lot_id, readers, clock, clock_started_at, due_at, due_strictly
        ) VALUES (
            p_case, p_kind, 1, v_hash, v_xid, 1, p_at, CASE WHEN v_type.ends THEN p_at END,
            p_header ->> 'state', p_header ->> 'holder', p_header ->> 'reference',
            p_header ->> 'port', (p_header ->> 'lot')::uuid,
            ARRAY(SELECT jsonb_array_elements_text(p_header -> 'readers')),
            p_header ->> 'clock', (p_header ->> 'started_at')::timestamptz,
            (p_header ->> 'due_at')::timestamptz,
            coalesce((p_header ->> 'strictly')::boolean, false)
        );
    ELSIF p_header IS NOT NULL THEN
        UPDATE cases SET seq = v_seq, head = v_hash, xid = v_xid, version = version + v_changes,
            ended_at = CASE WHEN v_type.ends AND v_changes = 1 THEN p_at ELSE ended_at END,
            state = coalesce(p_header ->> 'state', state),
            holder = coalesce(p_header ->> 'holder', holder),
            clock = coalesce(p_header ->> 'clock', clock),
            clock_started_at
                = coalesce((p_header ->> 'started_at')::timestamptz, clock_started_at),
            due_at = coalesce((p_header ->> 'due_at')::timestamptz, due_at),
            due_strictly = coalesce((p_header ->> 'strictly')::boolean, due_strictly),
            clock_stopped_at = CASE
                WHEN clock IS NOT NULL OR p_header ? 'clock' THEN
                    coalesce(clock_stopped_at, (p_header ->> 'stopped_at')::timestamptz)
            END,
            escalated_at = coalesce((p_header ->> 'escalated_at')::timestamptz, escalated_at)
        WHERE case_id = p_case;
    ELSE
        UPDATE cases SET seq = v_seq, head = v_hash, xid = v_xid, version = version + v_changes,
            ended_at = CASE WHEN v_type.ends AND v_changes = 1 THEN p_at ELSE ended_at END
        WHERE case_id = p_case;
    END IF;
    INSERT INTO events (
        case_id, seq, xid, type, step, actor, body, occurred_at, prev_hash, hash
    ) VALUES (
        p_case, v_seq, v_xid, p_type, p_step, p_actor, p_body, p_at, v_prev, v_hash
    );
    RETURN v_seq;
END
$$
"""
# The first lock of every act: the lot's turn, where services decide about one lot and none may lock
# another's row; then the case's header, whose version is read under it.
LOCK_CASE = """
CREATE FUNCTION lock_case(p_lot uuid, p_case uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_version integer;
BEGIN
    IF p_lot IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('lot ' || p_lot::text, 0));
    END IF;
    SELECT version INTO v_version FROM cases WHERE case_id = p_case FOR UPDATE;
    RETURN v_version;
END
$$
"""
# What a case waits for, its links and further readers: by its owner, or by whoever may tell such a
# case. What is still waited for as before keeps since when.
OWNS_KIND = (FILES / "owns_kind.sql").read_text(encoding="utf-8")
MARK_CASES = (FILES / "mark_cases.sql").read_text(encoding="utf-8")
KEEP_REFUSAL = (FILES / "keep_refusal.sql").read_text(encoding="utf-8")
OUTBOX = """
CREATE TABLE outbox (
    outbox_id bigint GENERATED BY DEFAULT AS IDENTITY,
    told text NOT NULL,
    opens boolean NOT NULL,
    source text NOT NULL,
    place integer NOT NULL,
    attributes text NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    CONSTRAINT pk_outbox PRIMARY KEY (outbox_id)
)
"""
STORED_ANSWERS = """
CREATE TABLE stored_answers (
    receipt bytea NOT NULL,
    role name NOT NULL,
    fingerprint text NOT NULL,
    status integer NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_stored_answers PRIMARY KEY (receipt, role),
    CONSTRAINT ck_stored_answers_status CHECK (status BETWEEN 200 AND 428)
)
"""
# A request's answer is kept once, by the role that gave it; the key's own uniqueness is the claim.
KEEP_ANSWER = """
CREATE FUNCTION keep_answer(
    p_receipt bytea, p_fingerprint text, p_status integer, p_body text
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO stored_answers (receipt, role, fingerprint, status, body)
    VALUES (p_receipt, session_user, p_fingerprint, p_status, p_body)
$$
"""
# The end of every act and step, in one statement: its events with what they leave on the headers
# of their cases, whom they concern, and the answer.
# Each told case is told by the event before it; p_told_by is that event's number in p_cases.
RECORD_ACT = """
CREATE FUNCTION record_act(
    p_actor text, p_at timestamptz,
    p_cases uuid[], p_kinds text[], p_types text[], p_steps text[], p_bodies text[],
    p_told text[], p_told_by integer[], p_opens boolean[], p_attributes text[],
    p_receipt bytea, p_fingerprint text, p_status integer, p_answer text,
    p_headers text[] DEFAULT NULL, p_marks text DEFAULT NULL
) RETURNS integer[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_seqs integer[] := '{}';
    v_kind text;
BEGIN
    FOR i IN 1..cardinality(p_cases) LOOP
        v_seqs := v_seqs || append_event(
            p_cases[i], p_kinds[i], p_types[i], p_steps[i], p_actor, p_bodies[i], p_at,
            p_headers[i]::jsonb
        );
    END LOOP;
    IF p_marks IS NOT NULL THEN
        PERFORM mark_cases(p_marks::jsonb, p_at);
    END IF;
    FOR i IN 1..cardinality(p_told) LOOP
        v_kind := left(p_told[i], 3);
        IF NOT EXISTS (
            SELECT FROM case_kinds, unnest(told_by) AS teller
            WHERE kind = v_kind AND pg_has_role(session_user, teller, 'MEMBER')
        ) THEN
            RAISE EXCEPTION '% tells no case of kind %', session_user, v_kind
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        INSERT INTO outbox (told, opens, source, place, attributes)
        VALUES (
            p_told[i], p_opens[i],
            p_kinds[p_told_by[i]] || '_' || replace(p_cases[p_told_by[i]]::text, '-', ''),
            v_seqs[p_told_by[i]], p_attributes[i]
        );
    END LOOP;
    IF p_receipt IS NOT NULL THEN
        PERFORM keep_answer(p_receipt, p_fingerprint, p_status, p_answer);
    END IF;
    RETURN v_seqs;
END
$$
"""
# For the auditor's program: of these receipts, each at an event of a type, those for which the
# service that alone appends the type keeps no answer. One copied from another's event is missing;
# a type of the past is nobody's any more, and any answer will do; a note answers to a refusal.
RECEIPTS_MISSING = """
CREATE FUNCTION receipts_missing(p_receipts bytea[], p_types text[])
RETURNS TABLE (receipt bytea, type text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT asked.receipt, asked.type FROM unnest(p_receipts, p_types) AS asked (receipt, type)
    WHERE NOT EXISTS (
        SELECT FROM stored_answers AS s LEFT JOIN event_types AS t ON t.type = asked.type
        WHERE s.receipt = asked.receipt AND s.role = coalesce(t.role, s.role)
            AND (s.status >= 400 OR t.type IS NULL OR t.role IS NOT NULL)
    )
$$
"""
APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$
"""


TABLES = (CASES, CASE_WAITS, CASE_LINKS, EVENTS, EVENT_TYPES, CASE_KINDS, OUTBOX, STORED_ANSWERS)
FUNCTIONS = (
    OWNS_KIND,
    APPEND_EVENT,
    LOCK_CASE,
    KEEP_ANSWER,
    MARK_CASES,
    RECORD_ACT,
    KEEP_REFUSAL,
    RECEIPTS_MISSING,
)
NAMES = (
    "owns_kind",
    "append_event",
    "lock_case",
    "keep_answer",
    "mark_cases",
    "record_act",
    "keep_refusal",
    "receipts_missing",
)
# A look-up by reference; the clocks of a port that run; each desk's work, by kind and due day.
INDEXES = (
    "CREATE INDEX ix_cases_open ON cases (kind, case_id) WHERE ended_at IS NULL",
    "CREATE INDEX ix_cases_reference ON cases (reference) WHERE reference IS NOT NULL",
    "CREATE INDEX ix_cases_clock_runs ON cases (port, case_id)"
    " WHERE clock IS NOT NULL AND clock_stopped_at IS NULL AND ended_at IS NULL",
    "CREATE INDEX ix_case_waits_desk ON case_waits (desk, kind, due_at, case_id, code)",
)


def upgrade() -> None:
    """Create tables, functions and what keeps the log append-only."""
    for table in TABLES:
        op.execute(table)
    for function in (*FUNCTIONS, APPEND_ONLY):
        op.execute(function)
    op.execute("CREATE TABLE events_default PARTITION OF events DEFAULT")
    op.execute("CREATE INDEX ix_events_xid_position ON events (xid, position)")
    for index in INDEXES:
        op.execute(index)
    op.execute(
        "CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE ON events"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER events_are_not_truncated BEFORE TRUNCATE ON events"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("ALTER TABLE stored_answers ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY own ON stored_answers FOR SELECT USING (role = session_user)")
    for function in NAMES:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")


def downgrade() -> None:
    """Drop all of it."""
    op.execute(f"DROP FUNCTION {', '.join(reversed(NAMES))}")
    op.execute("DROP TABLE stored_answers, outbox, case_kinds, event_types, events")
    op.execute("DROP TABLE case_links, case_waits, cases")
    op.execute("DROP FUNCTION refuse_change")
