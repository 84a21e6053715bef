"""Levels are earned by their own procedure: waits before credit is repaired, both examiners' word.

A report on site is made in rounds, each agreed to or sent back by the other examiner; a certificate
rests from a day on, also while its holder is examined again. Risk rules are retired by two, and say
what is odd about them.

Revision ID: 0018_control
Revises: 0017_reach
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0018_control"
down_revision = "0017_reach"
branch_labels = None
depends_on = None

SEED = Path(__file__).parent.parent / "seeds" / "0018_control.sql"


STATES = (
    "'APPLIED', 'ACCEPTED', 'SELF_ASSESSED', 'ON_SITE', {scored}'REPORTED', 'CERTIFIED',"
    " 'SUSPENDED', 'UNDER_REVIEW', 'DECLINED', 'WITHDRAWN', 'FAILED', 'DOWNGRADED'"
)
SCORED = "'SCORED', "
# Rows of before keep what they were held to, which is less: nothing is left to validate.
AEO_UP = (
    "-- squawk-ignore ban-drop-constraint\n"
    "ALTER TABLE accreditations ADD COLUMN concurring text,"
    " ADD COLUMN round integer NOT NULL DEFAULT 0, ADD COLUMN suspended_on date,"
    " DROP CONSTRAINT ck_accreditations_state",
    "ALTER TABLE accreditations ADD CONSTRAINT ck_accreditations_state"
    f" CHECK (state IN ({STATES.format(scored=SCORED)})) NOT VALID",
    "ALTER TABLE accreditations ADD CONSTRAINT ck_accreditations_concurring"
    " CHECK (concurring <> reporter) NOT VALID",
    "UPDATE accreditations SET round = 1 WHERE reporter IS NOT NULL",
    """
    UPDATE accreditations AS a SET suspended_on = c.effective_from FROM credit_decisions AS c
    WHERE c.aeo_id = a.aeo_id AND c.state = 'IN_FORCE' AND c.grounds = 'SUSPEND'
        AND a.ended_on IS NULL
    """,
    # Examinations are a few a week: their key is built anew in a moment.
    "-- squawk-ignore ban-drop-constraint\n"
    "ALTER TABLE on_site_reports ADD COLUMN round integer NOT NULL DEFAULT 1,"
    " ADD COLUMN signer text, ADD COLUMN agreed boolean, ADD COLUMN signer_remark text,"
    " ADD COLUMN signed_at timestamptz, DROP CONSTRAINT pk_on_site_reports",
    "-- squawk-ignore constraint-missing-not-valid, adding-serial-primary-key-field\n"
    "ALTER TABLE on_site_reports ADD CONSTRAINT pk_on_site_reports"
    " PRIMARY KEY (aeo_id, cycle, round)",
    "ALTER TABLE on_site_reports ADD CONSTRAINT ck_on_site_reports_second_person"
    " CHECK (signer <> author) NOT VALID",
)
# Who stays is not drawn again: one alone is drawn to stand beside him.
DRAWS_UP = (
    "-- squawk-ignore ban-drop-constraint\n"
    "ALTER TABLE case_draws DROP CONSTRAINT ck_case_draws_drawn",
    "ALTER TABLE case_draws ADD CONSTRAINT ck_case_draws_drawn CHECK (drawn <@ eligible"
    " AND cardinality(drawn) BETWEEN 1 AND CASE purpose WHEN 'bay' THEN 1 ELSE 2 END) NOT VALID",
)
DRAWS_DOWN = (
    "ALTER TABLE case_draws DROP CONSTRAINT ck_case_draws_drawn",
    # Draws are never deleted, so those of one alone stay.
    "ALTER TABLE case_draws ADD CONSTRAINT ck_case_draws_drawn CHECK (drawn <@ eligible"
    " AND cardinality(drawn) = CASE purpose WHEN 'bay' THEN 1 ELSE 2 END) NOT VALID",
)
RULES_UP = (
    "ALTER TABLE risk_rules ADD COLUMN warnings text[] NOT NULL DEFAULT '{}',"
    " ADD COLUMN retires_on date, ADD COLUMN retirement_grounds text,"
    " ADD COLUMN retired_by text, ADD COLUMN retirement_asked_by text,"
    " ADD COLUMN retirement_no integer NOT NULL DEFAULT 0",
    "ALTER TABLE risk_rules ADD CONSTRAINT ck_risk_rules_retirement CHECK ("
    "(retires_on IS NULL) = (retirement_asked_by IS NULL)"
    " AND (retired_by IS NULL OR retirement_asked_by IS NOT NULL)"
    " AND retired_by <> retirement_asked_by) NOT VALID",
)
RULES_DOWN = (
    "ALTER TABLE risk_rules DROP COLUMN warnings, DROP COLUMN retires_on,"
    " DROP COLUMN retirement_grounds, DROP COLUMN retired_by, DROP COLUMN retirement_asked_by,"
    " DROP COLUMN retirement_no",
)
LATE_UP = (
    # Of a million cases it is built in about a second; those decided late are few.
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_cases_decided_late ON cases (port, case_id)"
    " WHERE escalated_at IS NOT NULL AND clock_stopped_at IS NOT NULL",
)
LATE_DOWN = ("DROP INDEX ix_cases_decided_late",)
AEO_DOWN = (
    # A score that one examiner gave is given again: the version before knows one word alone.
    "DELETE FROM on_site_reports AS r USING accreditations AS a WHERE a.aeo_id = r.aeo_id"
    " AND (r.cycle < a.cycle AND r.agreed IS FALSE OR r.cycle = a.cycle"
    " AND (r.round < a.round OR a.reporter IS NULL OR a.state = 'SCORED'))",
    "UPDATE accreditations SET state = 'ON_SITE', reporter = NULL, total = NULL, passed = NULL"
    " WHERE state = 'SCORED'",
    "ALTER TABLE on_site_reports DROP CONSTRAINT pk_on_site_reports, DROP COLUMN round,"
    " DROP COLUMN signer, DROP COLUMN agreed, DROP COLUMN signer_remark, DROP COLUMN signed_at",
    "ALTER TABLE on_site_reports ADD CONSTRAINT pk_on_site_reports PRIMARY KEY (aeo_id, cycle)",
    "ALTER TABLE accreditations DROP CONSTRAINT ck_accreditations_state, DROP COLUMN concurring,"
    " DROP COLUMN round, DROP COLUMN suspended_on",
    "ALTER TABLE accreditations ADD CONSTRAINT ck_accreditations_state"
    f" CHECK (state IN ({STATES.format(scored='')}))",
)


def upgrade() -> None:
    """Change the tables and file the legal parameters."""
    for statement in (*AEO_UP, *DRAWS_UP, *RULES_UP, *LATE_UP):
        op.execute(statement)
    for statement in SEED.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Change the tables back. Approved parameters are never deleted."""
    for statement in (*LATE_DOWN, *RULES_DOWN, *DRAWS_DOWN, *AEO_DOWN):
        op.execute(statement)
