"""Accreditations, certificates and credit levels.

Revision ID: 0004_accreditation
Revises: 0004_risk
"""

from alembic import op

revision = "0004_accreditation"
down_revision = "0004_risk"
branch_labels = None
depends_on = None

ACCREDITATIONS = """
CREATE TABLE accreditations (
    aeo_id uuid NOT NULL,
    enterprise_code char(10) NOT NULL,
    reference text,
    port text NOT NULL,
    level text NOT NULL,
    trades text[] NOT NULL,
    state text NOT NULL,
    cycle integer NOT NULL,
    applied_at timestamptz NOT NULL,
    accepted_on date,
    due_on date,
    extended boolean NOT NULL DEFAULT false,
    overdue_at timestamptz,
    self_assessment jsonb,
    draw_no integer NOT NULL,
    examiners text[] NOT NULL,
    unstaffed_reason text,
    reporter text,
    total integer,
    passed boolean,
    pending uuid,
    certificate text,
    certified_on date,
    review_due_on date,
    ended_on date,
    barred_until date,
    CONSTRAINT pk_accreditations PRIMARY KEY (aeo_id),
    CONSTRAINT uq_accreditations_enterprise_code_reference UNIQUE (enterprise_code, reference),
    CONSTRAINT ck_accreditations_level CHECK (level IN ('ADVANCED', 'CERTIFIED')),
    CONSTRAINT ck_accreditations_state CHECK (state IN (
        'APPLIED', 'ACCEPTED', 'SELF_ASSESSED', 'ON_SITE', 'REPORTED', 'CERTIFIED', 'SUSPENDED',
        'UNDER_REVIEW', 'DECLINED', 'WITHDRAWN', 'FAILED', 'DOWNGRADED'
    )),
    CONSTRAINT ck_accreditations_clock CHECK ((accepted_on IS NULL) = (due_on IS NULL)),
    CONSTRAINT ck_accreditations_certificate CHECK (
        certificate = 'AEOCN' || enterprise_code
        AND (state NOT IN ('CERTIFIED', 'SUSPENDED', 'UNDER_REVIEW') OR certificate IS NOT NULL)
    ),
    CONSTRAINT ck_accreditations_ended CHECK (
        (state IN ('DECLINED', 'WITHDRAWN', 'FAILED', 'DOWNGRADED')) = (ended_on IS NOT NULL)
    )
)
"""
ON_SITE_REPORTS = """
CREATE TABLE on_site_reports (
    aeo_id uuid NOT NULL,
    cycle integer NOT NULL,
    author text NOT NULL,
    marks jsonb NOT NULL,
    total integer NOT NULL,
    passed boolean NOT NULL,
    failures text[] NOT NULL,
    opinion text NOT NULL,
    reported_at timestamptz NOT NULL,
    CONSTRAINT pk_on_site_reports PRIMARY KEY (aeo_id, cycle),
    CONSTRAINT fk_on_site_reports_aeo_id FOREIGN KEY (aeo_id) REFERENCES accreditations (aeo_id),
    CONSTRAINT ck_on_site_reports_passed CHECK (passed = (failures = '{}'))
)
"""
ACCREDITATION_DECISIONS = """
CREATE TABLE accreditation_decisions (
    decision_id uuid NOT NULL,
    aeo_id uuid NOT NULL,
    cycle integer NOT NULL,
    kind text NOT NULL,
    level text,
    grounds text NOT NULL,
    author text NOT NULL,
    proposed_at timestamptz NOT NULL,
    signer text,
    agreed boolean,
    signer_remark text,
    signed_at timestamptz,
    CONSTRAINT pk_accreditation_decisions PRIMARY KEY (decision_id),
    CONSTRAINT fk_accreditation_decisions_aeo_id FOREIGN KEY (aeo_id)
        REFERENCES accreditations (aeo_id),
    CONSTRAINT ck_accreditation_decisions_kind CHECK (
        kind IN ('CERTIFY', 'FAIL', 'SUSPEND', 'REINSTATE', 'DOWNGRADE')
    ),
    CONSTRAINT ck_accreditation_decisions_second_person CHECK (signer <> author),
    CONSTRAINT ck_accreditation_decisions_signed CHECK (
        (signer IS NULL) = (agreed IS NULL) AND (signer IS NULL) = (signed_at IS NULL)
    )
)
"""
CREDIT_DECISIONS = """
CREATE TABLE credit_decisions (
    credit_id uuid NOT NULL,
    party text NOT NULL,
    level text NOT NULL,
    label text NOT NULL,
    grounds text NOT NULL,
    facts jsonb NOT NULL,
    aeo_id uuid,
    state text NOT NULL,
    author text NOT NULL,
    signer text,
    proposed_at timestamptz NOT NULL,
    decided_at timestamptz,
    effective_from date,
    effective_to date,
    CONSTRAINT pk_credit_decisions PRIMARY KEY (credit_id),
    CONSTRAINT ck_credit_decisions_party CHECK (party ~ '^(enterprise|group|resident):.+$'),
    CONSTRAINT ck_credit_decisions_level CHECK (level IN (
        'ADVANCED', 'CERTIFIED', 'ORDINARY', 'DISHONEST', 'SERIOUSLY_DISHONEST'
    )),
    CONSTRAINT ck_credit_decisions_state CHECK (
        state IN ('PROPOSED', 'REFUSED', 'IN_FORCE', 'REPLACED')
    ),
    CONSTRAINT ck_credit_decisions_second_person CHECK (signer <> author),
    CONSTRAINT ck_credit_decisions_decided CHECK ((state = 'PROPOSED') = (signer IS NULL)),
    CONSTRAINT ck_credit_decisions_in_force CHECK (
        (state IN ('IN_FORCE', 'REPLACED')) = (effective_from IS NOT NULL)
        AND (state = 'REPLACED') = (effective_to IS NOT NULL)
        AND effective_to >= effective_from
    )
)
"""
CASE_GROUNDS = (
    "CREATE TABLE case_grounds (case_id uuid NOT NULL, step text NOT NULL, grounds text NOT NULL,"
    " CONSTRAINT pk_case_grounds PRIMARY KEY (case_id, step))"
)
INDEXES = (
    "CREATE UNIQUE INDEX uq_accreditations_open ON accreditations (enterprise_code)"
    " WHERE ended_on IS NULL",
    "CREATE UNIQUE INDEX uq_credit_decisions_in_force ON credit_decisions (party)"
    " WHERE state = 'IN_FORCE'",
    "CREATE UNIQUE INDEX uq_credit_decisions_proposed ON credit_decisions (party)"
    " WHERE state = 'PROPOSED'",
)
TABLES = (
    ACCREDITATIONS,
    ON_SITE_REPORTS,
    ACCREDITATION_DECISIONS,
    CREDIT_DECISIONS,
    CASE_GROUNDS,
)


def upgrade() -> None:
    """Create the tables."""
    for statement in (*TABLES, *INDEXES):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER case_grounds_are_append_only BEFORE UPDATE OR DELETE ON case_grounds"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Drop the tables."""
    op.execute("DROP VIEW IF EXISTS v_credit_levels, v_accreditations CASCADE")
    op.execute(
        "DROP TABLE case_grounds, credit_decisions, accreditation_decisions, on_site_reports,"
        " accreditations"
    )
