"""A proposed legal parameter is declined by a second officer; an approved one that has not begun is
revoked by two, and its predecessor holds on.

What is revoked loses its approval, so that whoever reads approved rows, the version before too,
does not read it; who approved it stays in the log.

Revision ID: 0029_declined
Revises: 0028_ledger_reads
"""

from __future__ import annotations

from alembic import op

revision = "0029_declined"
down_revision = "0028_ledger_reads"
branch_labels = None
depends_on = None

COLUMNS = (
    # Legal parameters are some hundreds: they are checked within the lock's patience.
    "-- squawk-ignore-file constraint-missing-not-valid\n"
    """
    ALTER TABLE policy_parameters
        ADD COLUMN declined_by text,
        ADD COLUMN declined_at timestamptz,
        ADD COLUMN declined_for text,
        ADD COLUMN revocation_no integer NOT NULL DEFAULT 0,
        ADD COLUMN revocation_asked_by text,
        ADD COLUMN revocation_grounds text,
        ADD COLUMN revoked_by text,
        ADD COLUMN revoked_at timestamptz,
        ADD CONSTRAINT ck_policy_parameters_declined CHECK (
            num_nonnulls(declined_by, declined_at, declined_for) IN (0, 3)
            AND declined_by <> proposed_by
            AND num_nonnulls(approved_at, declined_at, revoked_at) <= 1),
        ADD CONSTRAINT ck_policy_parameters_revoked CHECK (
            (revocation_asked_by IS NULL) = (revocation_grounds IS NULL)
            AND (revoked_by IS NULL) = (revoked_at IS NULL)
            AND (revoked_by IS NULL OR revocation_asked_by IS NOT NULL)
            AND revoked_by <> revocation_asked_by
            AND (revoked_at AT TIME ZONE 'Asia/Shanghai')::date < effective_from)
    """,
)

KEPT = """
CREATE OR REPLACE FUNCTION policy_approved_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_today date := CAST(now() AT TIME ZONE 'Asia/Shanghai' AS date);
    v_old jsonb;
    v_new jsonb;
    v_changed text[];
BEGIN
    IF num_nonnulls(OLD.approved_at, OLD.declined_at, OLD.revoked_at) = 0 THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.approved_at IS NOT NULL THEN
        -- What is generated is not yet there.
        v_old := to_jsonb(OLD) - 'in_force';
        v_new := to_jsonb(NEW) - 'in_force';
        v_changed := ARRAY(SELECT key FROM jsonb_each(v_new) WHERE value <> v_old -> key);
        IF v_changed <@ ARRAY['effective_to'] AND (
            OLD.effective_to IS NULL
            -- Whoever took its place is revoked before its day: it holds on.
            OR OLD.effective_to > v_today
               AND (NEW.effective_to IS NULL OR NEW.effective_to > OLD.effective_to)
               AND EXISTS (
                   SELECT FROM policy_parameters AS s
                   WHERE s.key = OLD.key AND s.scope = OLD.scope AND s.revoked_at IS NOT NULL
                       AND s.effective_from = OLD.effective_to)
        ) THEN
            RETURN NEW;
        END IF;
        -- A revocation is asked for, or turned down: nothing is decided by it.
        IF v_changed <@ ARRAY['revocation_no', 'revocation_asked_by', 'revocation_grounds'] THEN
            RETURN NEW;
        END IF;
        IF v_changed <@ ARRAY['approved_by', 'approved_at', 'revoked_by', 'revoked_at']
           AND NEW.revoked_at IS NOT NULL AND OLD.effective_from > v_today THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a legal parameter once decided is ended or, before its day, revoked, never'
        ' changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

KEPT_BEFORE = """
CREATE OR REPLACE FUNCTION policy_approved_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.approved_at IS NULL THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.effective_to IS NULL
       -- What is generated is not yet there.
       AND to_jsonb(NEW) - ARRAY['effective_to', 'in_force']
           = to_jsonb(OLD) - ARRAY['effective_to', 'in_force'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an approved legal parameter is only ended, never changed or deleted'
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""

BACK = (
    "DROP VIEW IF EXISTS v_policy_history CASCADE",
    # The version before knows neither end: what was declined or revoked waits as a proposal there.
    """
    ALTER TABLE policy_parameters
        DROP COLUMN declined_by, DROP COLUMN declined_at, DROP COLUMN declined_for,
        DROP COLUMN revocation_no,
        DROP COLUMN revocation_asked_by, DROP COLUMN revocation_grounds,
        DROP COLUMN revoked_by, DROP COLUMN revoked_at
    """,
    KEPT_BEFORE,
)


def upgrade() -> None:
    """Widen the table, then say anew what of a decided row may still change."""
    for statement in (*COLUMNS, KEPT):
        op.execute(statement)


def downgrade() -> None:
    """The way back."""
    for statement in BACK:
        op.execute(statement)
