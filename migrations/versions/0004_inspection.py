"""Risk rules, controls, screenings, inspection orders, accreditations, credit levels.

Revision ID: 0004_inspection
Revises: 0004_draws
"""

from alembic import op

revision = "0004_inspection"
down_revision = "0004_draws"
branch_labels = None
depends_on = None

# Rules and controls are cached by processes under one version; every change raises it.
RULE_BOOK = """
CREATE TABLE rule_book (
    only_row boolean NOT NULL DEFAULT true,
    version integer NOT NULL,
    CONSTRAINT pk_rule_book PRIMARY KEY (only_row),
    CONSTRAINT ck_rule_book_only_row CHECK (only_row)
)
"""
RISK_RULES = """
CREATE TABLE risk_rules (
    rule_id uuid NOT NULL,
    code text NOT NULL,
    title text NOT NULL,
    lane text NOT NULL,
    expression text NOT NULL,
    example jsonb NOT NULL,
    authority text NOT NULL,
    effective_from date NOT NULL,
    effective_to date,
    state text NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz,
    CONSTRAINT pk_risk_rules PRIMARY KEY (rule_id),
    CONSTRAINT ck_risk_rules_code CHECK (code ~ '^[A-Z][A-Z0-9_]{2,39}$'),
    CONSTRAINT ck_risk_rules_lane CHECK (lane IN ('YELLOW', 'RED')),
    CONSTRAINT ck_risk_rules_state CHECK (state IN ('PROPOSED', 'APPROVED', 'REJECTED')),
    CONSTRAINT ck_risk_rules_period CHECK (effective_to >= effective_from),
    CONSTRAINT ck_risk_rules_four_eyes CHECK (decided_by <> proposed_by),
    CONSTRAINT ck_risk_rules_decided CHECK ((state = 'PROPOSED') = (decided_by IS NULL))
)
"""
RISK_CONTROLS = """
CREATE TABLE risk_controls (
    control_id uuid NOT NULL,
    kind text NOT NULL,
    value text NOT NULL, resident_id uuid,
    lane text NOT NULL,
    grounds text NOT NULL,
    effective_from date NOT NULL,
    effective_to date,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    lifted_by text,
    lifted_at timestamptz,
    CONSTRAINT pk_risk_controls PRIMARY KEY (control_id),
    CONSTRAINT ck_risk_controls_kind CHECK (
        kind IN ('party', 'seller', 'vehicle_plate', 'hs_code', 'hs_prefix', 'origin')
    ),
    CONSTRAINT ck_risk_controls_lane CHECK (lane IN ('YELLOW', 'RED')),
    CONSTRAINT ck_risk_controls_period CHECK (effective_to > effective_from),
    CONSTRAINT ck_risk_controls_four_eyes CHECK (lifted_by <> set_by),
    CONSTRAINT ck_risk_controls_lifted CHECK ((lifted_by IS NULL) = (lifted_at IS NULL))
)
"""
# No foreign key to draw_seeds: its row lock would make one row hot for a whole port's day. Seeds
# are never deleted (see the trigger).
SCREENINGS = """
CREATE TABLE screenings (
    screening_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    port text NOT NULL,
    business_on date NOT NULL,
    lane text NOT NULL,
    reasons text[] NOT NULL,
    seed_id uuid NOT NULL,
    draw_value numeric(11, 10) NOT NULL,
    rate numeric(20, 10),
    selected boolean NOT NULL,
    perishable boolean NOT NULL,
    credit_level text NOT NULL,
    rule_book_version integer NOT NULL,
    policy_version bigint NOT NULL,
    order_id uuid,
    screened_at timestamptz NOT NULL,
    CONSTRAINT pk_screenings PRIMARY KEY (screening_id),
    CONSTRAINT uq_screenings_lot_id UNIQUE (lot_id),
    CONSTRAINT uq_screenings_order_id UNIQUE (order_id),
    CONSTRAINT ck_screenings_lane CHECK (lane IN ('GREEN', 'YELLOW', 'RED')),
    CONSTRAINT ck_screenings_draw_value CHECK (draw_value >= 0 AND draw_value < 1),
    CONSTRAINT ck_screenings_reasons CHECK ((lane = 'GREEN') = (reasons = '{}')),
    CONSTRAINT ck_screenings_order CHECK ((lane = 'GREEN') = (order_id IS NULL)),
    CONSTRAINT ck_screenings_selected CHECK (NOT selected OR lane = 'RED')
)
"""
ORDERS = """
CREATE TABLE inspection_orders (
    order_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    port text NOT NULL,
    lane text NOT NULL,
    method_ordered text NOT NULL,
    perishable boolean NOT NULL,
    business_on date NOT NULL,
    state text NOT NULL,
    round integer NOT NULL,
    draw_no integer NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    officers text[] NOT NULL,
    bay text,
    unstaffed_reason text,
    author text,
    results text[],
    disposal text,
    lot_move text,
    opened_at timestamptz NOT NULL,
    staffed_at timestamptz,
    concluded_at timestamptz,
    CONSTRAINT pk_inspection_orders PRIMARY KEY (order_id),
    CONSTRAINT uq_inspection_orders_lot_id UNIQUE (lot_id),
    CONSTRAINT ck_inspection_orders_lane CHECK (lane IN ('YELLOW', 'RED')),
    CONSTRAINT ck_inspection_orders_state CHECK (state IN (
        'UNSTAFFED', 'ASSIGNED', 'AWAITING_SIGNATURE', 'SENT_BACK', 'CONCLUDED', 'WITHDRAWN'
    )),
    CONSTRAINT ck_inspection_orders_staffed CHECK (
        state IN ('UNSTAFFED', 'WITHDRAWN')
        OR (cardinality(officers) = 2 AND officers[1] <> officers[2])
    ),
    CONSTRAINT ck_inspection_orders_author CHECK (
        (state NOT IN ('AWAITING_SIGNATURE', 'CONCLUDED'))
        OR (author IS NOT NULL AND author = ANY (officers))
    ),
    CONSTRAINT ck_inspection_orders_concluded CHECK (
        (state IN ('CONCLUDED', 'WITHDRAWN')) = (concluded_at IS NOT NULL)
        AND (concluded_at IS NULL) = (disposal IS NULL)
        AND (disposal IS NULL) = (lot_move IS NULL)
    )
)
"""
FINDINGS = """
CREATE TABLE findings (
    order_id uuid NOT NULL,
    round integer NOT NULL,
    author text NOT NULL,
    method text NOT NULL,
    results text[] NOT NULL,
    disposal text NOT NULL,
    found_kg numeric(18, 3),
    items jsonb NOT NULL,
    remark text NOT NULL,
    recorded_at timestamptz NOT NULL,
    signer text,
    agreed boolean,
    signer_remark text,
    signed_at timestamptz,
    CONSTRAINT pk_findings PRIMARY KEY (order_id, round),
    CONSTRAINT fk_findings_order_id FOREIGN KEY (order_id)
        REFERENCES inspection_orders (order_id),
    CONSTRAINT ck_findings_results CHECK (cardinality(results) > 0),
    CONSTRAINT ck_findings_found_kg CHECK (found_kg >= 0),
    CONSTRAINT ck_findings_second_person CHECK (signer <> author),
    CONSTRAINT ck_findings_signed CHECK (
        (signer IS NULL) = (agreed IS NULL) AND (signer IS NULL) = (signed_at IS NULL)
    )
)
"""
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
INDEXES = (
    "CREATE UNIQUE INDEX uq_risk_rules_proposed ON risk_rules (code) WHERE state = 'PROPOSED'",
    "CREATE UNIQUE INDEX uq_risk_rules_open_end ON risk_rules (code)"
    " WHERE state = 'APPROVED' AND effective_to IS NULL",
    "CREATE INDEX ix_screenings_seed_id ON screenings (seed_id)",
    "CREATE INDEX ix_inspection_orders_open ON inspection_orders"
    " (port, perishable DESC, order_id) WHERE concluded_at IS NULL",
    "CREATE UNIQUE INDEX uq_accreditations_open ON accreditations (enterprise_code)"
    " WHERE ended_on IS NULL",
    "CREATE UNIQUE INDEX uq_credit_decisions_in_force ON credit_decisions (party)"
    " WHERE state = 'IN_FORCE'",
    "CREATE UNIQUE INDEX uq_credit_decisions_proposed ON credit_decisions (party)"
    " WHERE state = 'PROPOSED'",
)
# What the law says about inspection, filed beside what the registry starts with.
POLICIES = """
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
VALUES
    ('019b76da-a800-7d01-8a01-5f1f6a7c0001', 'credit.rate_margin.advanced', '', '"0.80"',
     'DA: keeps the average below the limit of Order 251 (W22)', '2021-11-01',
     'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'),
    ('019b76da-a800-7d01-8a01-5f1f6a7c0002', 'credit.rate.dishonest', '', '"0.85"',
     'DA: above the floor of Order 251 (W22)', '2021-11-01',
     'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'),
    ('019b76da-a800-7d01-8a01-5f1f6a7c0003', 'inspection.bays', '', '["B1", "B2", "B3", "B4"]',
     'DA: design assumption, to be confirmed by each port', '2020-01-01',
     'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08')
ON CONFLICT DO NOTHING
"""
CASE_GROUNDS = (
    "CREATE TABLE case_grounds (case_id uuid NOT NULL, step text NOT NULL, grounds text NOT NULL,"
    " CONSTRAINT pk_case_grounds PRIMARY KEY (case_id, step))"
)
RISK = (RULE_BOOK, RISK_RULES, RISK_CONTROLS, SCREENINGS)
ORDER_TABLES = (ORDERS, FINDINGS)
AEO_TABLES = (ACCREDITATIONS, ON_SITE_REPORTS, ACCREDITATION_DECISIONS, CREDIT_DECISIONS)
KEPT = ("screenings", "case_grounds")


def upgrade() -> None:
    """Create the tables; the rule book starts empty, so nothing is green until two approve one."""
    for statement in (*RISK, *ORDER_TABLES, *AEO_TABLES, CASE_GROUNDS, *INDEXES):
        op.execute(statement)
    op.execute("INSERT INTO rule_book (version) VALUES (0)")
    op.execute(POLICIES)
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_are_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Drop the tables. The legal parameters stay: an approved one is never deleted."""
    op.execute(
        "DROP VIEW IF EXISTS v_credit_levels, v_inspection_orders, v_revealed_draws,"
        " v_accreditations CASCADE"
    )
    op.execute(
        "DROP TABLE case_grounds, credit_decisions, accreditation_decisions, on_site_reports,"
        " accreditations, findings, inspection_orders, screenings, risk_controls,"
        " risk_rules, rule_book"
    )
