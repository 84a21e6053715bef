"""Risk rules, controls and screenings.

Revision ID: 0004_risk
Revises: 0004_draws
"""

from alembic import op

revision = "0004_risk"
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
INDEXES = (
    "CREATE UNIQUE INDEX uq_risk_rules_proposed ON risk_rules (code) WHERE state = 'PROPOSED'",
    "CREATE UNIQUE INDEX uq_risk_rules_open_end ON risk_rules (code)"
    " WHERE state = 'APPROVED' AND effective_to IS NULL",
    "CREATE INDEX ix_screenings_seed_id ON screenings (seed_id)",
)
# How often goods are drawn by credit level, filed beside what the registry starts with.
POLICIES = """
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
VALUES
    ('019b76da-a800-7d01-8a01-5f1f6a7c0001', 'credit.rate_margin.advanced', '', '"0.80"',
     'DA: keeps the average below the limit of Order 251 (W22)', '2021-11-01',
     'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'),
    ('019b76da-a800-7d01-8a01-5f1f6a7c0002', 'credit.rate.dishonest', '', '"0.85"',
     'DA: above the floor of Order 251 (W22)', '2021-11-01',
     'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08')
ON CONFLICT DO NOTHING
"""
TABLES = (RULE_BOOK, RISK_RULES, RISK_CONTROLS, SCREENINGS)


def upgrade() -> None:
    """Create the tables; the rule book starts empty, so nothing is green until two approve one."""
    for statement in (*TABLES, *INDEXES):
        op.execute(statement)
    op.execute("INSERT INTO rule_book (version) VALUES (0)")
    op.execute(POLICIES)
    op.execute(
        "CREATE TRIGGER screenings_are_append_only BEFORE UPDATE OR DELETE ON screenings"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Drop the tables. The legal parameters stay: an approved one is never deleted."""
    op.execute("DROP VIEW IF EXISTS v_risk_controls, v_screenings, v_revealed_draws CASCADE")
    op.execute("DROP TABLE screenings, risk_controls, risk_rules, rule_book")
