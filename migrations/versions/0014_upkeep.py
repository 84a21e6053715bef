"""What the running window does for itself: the coming months' partitions, and forgetting old keys.

Both are functions of the schema's owner that take no say in what is made or deleted, so the relay
may call them without a right to create or to delete anything itself.

Revision ID: 0014_upkeep
Revises: 0013_webhooks
"""

from __future__ import annotations

from alembic import op

revision = "0014_upkeep"
down_revision = "0013_webhooks"
branch_labels = None
depends_on = None

FIRST_UUID = """
CREATE FUNCTION first_uuid(p_day date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT CAST(lpad(to_hex(CAST(extract(epoch FROM p_day) * 1000 AS bigint)), 12, '0')
        || repeat('0', 20) AS uuid)
$$
"""
MONTH_NAME = """
CREATE FUNCTION month_name(p_table text, p_month date) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT p_table || to_char(p_month, '_YYYY_MM')
$$
"""
MONTH_MAKE = """
CREATE FUNCTION month_make(p_table text, p_month date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
        month_name(p_table, p_month), p_table,
        first_uuid(p_month), first_uuid(CAST(p_month + interval '1 month' AS date))
    );
END $$
"""
# Months that the default partition holds rows of and that have no partition yet. A month long past
# or far off is a clock that was wrong; its rows stay where they are.
MONTHS_GATHERED = """
CREATE FUNCTION months_gathered(p_table text) RETURNS SETOF date LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_this date := date_trunc('month', now() AT TIME ZONE 'UTC');
    v_key text := CASE p_table WHEN 'events' THEN 'case_id' ELSE 'lot_id' END;
    v_month date;
    v_found boolean;
BEGIN
    FOR v_ahead IN -24..6 LOOP
        v_month := v_this + make_interval(months => v_ahead);
        CONTINUE WHEN to_regclass(month_name(p_table, v_month)) IS NOT NULL;
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM %I WHERE %I >= %L AND %I < %L)',
            p_table || '_default',
            v_key, first_uuid(v_month),
            v_key, first_uuid(CAST(v_month + interval '1 month' AS date))
        ) INTO v_found;
        IF v_found THEN
            RETURN NEXT v_month;
        END IF;
    END LOOP;
END $$
"""
MONTHS_PREPARE = """
CREATE FUNCTION months_prepare() RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
    v_this date := date_trunc('month', now() AT TIME ZONE 'UTC');
    v_month date;
    v_table text;
    v_made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7209);
    FOREACH v_table IN ARRAY ARRAY['events', 'tickets'] LOOP
        -- A new partition is checked against every row of the default one while all wait. That is
        -- nothing while the default is empty; once rows have gathered there it is migrate's work.
        CONTINUE WHEN EXISTS (SELECT FROM months_gathered(v_table));
        FOR v_ahead IN 0..6 LOOP
            v_month := v_this + make_interval(months => v_ahead);
            IF to_regclass(month_name(v_table, v_month)) IS NULL THEN
                PERFORM month_make(v_table, v_month);
                v_made := v_made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN v_made;
END $$
"""
MONTHS_PREPARED = """
CREATE FUNCTION months_prepared(p_table text) RETURNS integer LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_this date := date_trunc('month', now() AT TIME ZONE 'UTC');
    v_ahead integer := 0;
BEGIN
    WHILE to_regclass(month_name(
        p_table, CAST(v_this + make_interval(months => v_ahead) AS date)
    )) IS NOT NULL LOOP
        v_ahead := v_ahead + 1;
    END LOOP;
    RETURN greatest(v_ahead - 1, 0);
END $$
"""
# A few times a day, so it reads through the table: an index on the age would cost every request.
ANSWERS_FORGET = """
CREATE FUNCTION answers_forget() RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_today date := CAST(now() AT TIME ZONE 'Asia/Shanghai' AS date);
    v_days integer;
    v_forgotten integer;
BEGIN
    SELECT CAST(value AS integer) INTO v_days FROM policy_parameters
    WHERE key = 'platform.idempotency_keep_days' AND scope = '' AND approved_at IS NOT NULL
        AND effective_from <= v_today AND (effective_to IS NULL OR v_today < effective_to);
    IF v_days IS NULL OR v_days < 1 THEN
        RETURN 0;
    END IF;
    DELETE FROM stored_answers WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM stored_answers
        WHERE created_at < now() - make_interval(days => v_days)
        LIMIT 1000 FOR UPDATE SKIP LOCKED
    ));
    GET DIAGNOSTICS v_forgotten = ROW_COUNT;
    RETURN v_forgotten;
END $$
"""
FUNCTIONS = {
    "first_uuid(date)": FIRST_UUID,
    "month_name(text, date)": MONTH_NAME,
    "month_make(text, date)": MONTH_MAKE,
    "months_gathered(text)": MONTHS_GATHERED,
    "months_prepare()": MONTHS_PREPARE,
    "months_prepared(text)": MONTHS_PREPARED,
    "answers_forget()": ANSWERS_FORGET,
}
POLICY = """
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
VALUES
    ('019b76da-a800-7e01-8c01-2d4b8f6a0001', 'platform.idempotency_keep_days', '', '90',
     'DA: far longer than any caller repeats a request, to be confirmed by the operator',
     '2020-01-01', 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08')
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Create the functions, nobody's to call unless granted, and say how long keys are kept."""
    for name, statement in FUNCTIONS.items():
        op.execute(statement)
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
    op.execute(POLICY)


def downgrade() -> None:
    """Drop them. The legal parameter stays: an approved one is never deleted."""
    for name in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {name}")
