"""Inspection orders and findings; an order is opened with the screening that asks for it.

Revision ID: 0004_inspection
Revises: 0004_accreditation
"""

from pathlib import Path

from alembic import op

revision = "0004_inspection"
down_revision = "0004_accreditation"
branch_labels = None
depends_on = None

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
INDEXES = (
    "CREATE INDEX ix_inspection_orders_open ON inspection_orders"
    " (port, perishable DESC, order_id) WHERE concluded_at IS NULL",
)
# Where goods are inspected, until a port states its own.
POLICIES = """
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
VALUES
    ('019b76da-a800-7d01-8a01-5f1f6a7c0003', 'inspection.bays', '', '["B1", "B2", "B3", "B4"]',
     'DA: design assumption, to be confirmed by each port', '2020-01-01',
     'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08')
ON CONFLICT DO NOTHING
"""
OPEN = "inspection_order_open"


def upgrade() -> None:
    """Create the tables, and the function by which screening opens an order."""
    for statement in (ORDERS, FINDINGS, *INDEXES, POLICIES):
        op.execute(statement)
    file = Path(__file__).parents[1] / "functions" / f"{OPEN}.sql"
    op.execute(file.read_text(encoding="utf-8"))
    op.execute(f"REVOKE ALL ON FUNCTION {OPEN} FROM PUBLIC")


def downgrade() -> None:
    """Drop them. The legal parameter stays: an approved one is never deleted."""
    op.execute("DROP VIEW IF EXISTS v_inspection_orders CASCADE")
    op.execute(f"DROP FUNCTION {OPEN}")
    op.execute("DROP TABLE findings, inspection_orders")
