"""Lots, tickets, quota and manifests.

Revision ID: 0003_declaration
Revises: 0003_gate
"""

from pathlib import Path

from alembic import op

revision = "0003_declaration"
down_revision = "0003_gate"
branch_labels = None
depends_on = None

LOTS = """
CREATE TABLE lots (
    lot_id uuid NOT NULL,
    reference text NOT NULL,
    reference_key text NOT NULL,
    submitted_by text NOT NULL,
    group_code text,
    port text NOT NULL,
    customs_office text NOT NULL,
    direction char(1) NOT NULL,
    vehicle_plate text NOT NULL,
    plate_key text NOT NULL,
    foreign_plate text,
    foreign_plate_key text,
    manifest_no text,
    manifest_key text,
    origin char(2) NOT NULL,
    shipped_from char(2) NOT NULL,
    seller text NOT NULL,
    seller_key text NOT NULL,
    seller_bank_bic text NOT NULL,
    hs_code text NOT NULL,
    goods_name text NOT NULL,
    perishable boolean NOT NULL,
    purpose text NOT NULL,
    net_kg numeric(18, 3) NOT NULL,
    gross_kg numeric(18, 3) NOT NULL,
    pieces integer NOT NULL,
    value_minor bigint NOT NULL,
    currency char(3) NOT NULL,
    ticket_count integer NOT NULL,
    entered_at timestamptz NOT NULL,
    business_on date NOT NULL,
    state text NOT NULL,
    lane text,
    order_id text,
    submitted_at timestamptz NOT NULL,
    clock_started_at timestamptz,
    release_due_at timestamptz,
    clock_ran_out_at timestamptz,
    released_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT pk_lots PRIMARY KEY (lot_id),
    CONSTRAINT ck_lots_direction CHECK (direction IN ('I', 'E')),
    CONSTRAINT ck_lots_weights CHECK (net_kg > 0 AND gross_kg >= net_kg),
    CONSTRAINT ck_lots_value CHECK (value_minor > 0),
    CONSTRAINT ck_lots_tickets CHECK (ticket_count BETWEEN 1 AND 1000),
    CONSTRAINT ck_lots_state CHECK (state IN (
        'SUBMITTED', 'IDENTITY_OK', 'IN_INSPECTION', 'RELEASED', 'GATE_OUT', 'SOLD', 'SETTLED',
        'CLOSED', 'CANCELLED', 'REJECTED', 'RETURNED', 'SEIZED'
    )),
    CONSTRAINT ck_lots_released CHECK (
        released_at IS NOT NULL
        OR state NOT IN ('RELEASED', 'GATE_OUT', 'SOLD', 'SETTLED', 'CLOSED')
    )
)
"""
TICKETS = """
CREATE TABLE tickets (
    lot_id uuid NOT NULL,
    line_no integer NOT NULL,
    ticket_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    net_kg numeric(18, 3) NOT NULL,
    value_minor bigint NOT NULL,
    currency char(3) NOT NULL,
    confirmed_at timestamptz,
    CONSTRAINT pk_tickets PRIMARY KEY (lot_id, line_no),
    CONSTRAINT ck_tickets_net_kg CHECK (net_kg > 0),
    CONSTRAINT ck_tickets_value CHECK (value_minor > 0)
) PARTITION BY RANGE (lot_id)
"""
QUOTA_DAYS = """
CREATE TABLE quota_days (
    resident_id uuid NOT NULL,
    business_on date NOT NULL,
    limit_minor bigint NOT NULL,
    reserved_minor bigint NOT NULL,
    consumed_minor bigint NOT NULL DEFAULT 0,
    max_tickets integer,
    tickets integer NOT NULL,
    CONSTRAINT pk_quota_days PRIMARY KEY (resident_id, business_on),
    CONSTRAINT ck_quota_days_never_negative CHECK (reserved_minor >= 0 AND consumed_minor >= 0),
    CONSTRAINT ck_quota_days_never_exceeded CHECK (reserved_minor + consumed_minor <= limit_minor),
    CONSTRAINT ck_quota_days_tickets CHECK (
        tickets >= 0 AND (max_tickets IS NULL OR tickets <= max_tickets)
    )
) WITH (fillfactor = 80)
"""
MANIFESTS = """
CREATE TABLE manifests (
    manifest_key text NOT NULL,
    manifest_no text NOT NULL,
    manifest_id uuid NOT NULL,
    lodged_by text NOT NULL,
    port text NOT NULL,
    vehicle_plate text NOT NULL,
    plate_key text NOT NULL,
    foreign_plate text,
    total_kg numeric(18, 3) NOT NULL,
    reserved_kg numeric(18, 3) NOT NULL DEFAULT 0,
    written_off_kg numeric(18, 3) NOT NULL DEFAULT 0,
    lodged_at timestamptz NOT NULL,
    CONSTRAINT pk_manifests PRIMARY KEY (manifest_key),
    CONSTRAINT uq_manifests_manifest_id UNIQUE (manifest_id),
    CONSTRAINT ck_manifests_total CHECK (total_kg > 0),
    CONSTRAINT ck_manifests_never_negative CHECK (reserved_kg >= 0 AND written_off_kg >= 0),
    CONSTRAINT ck_manifests_never_exceeded CHECK (reserved_kg + written_off_kg <= total_kg)
)
"""
# A lot that has passed the gate has left: in the gate's own transaction (see the file).
LOT_LEAVE = (Path(__file__).parents[1] / "functions" / "lot_leave.sql").read_text(encoding="utf-8")


def upgrade() -> None:
    for statement in (LOTS, TICKETS, QUOTA_DAYS, MANIFESTS, LOT_LEAVE):
        op.execute(statement)
    op.execute("REVOKE ALL ON FUNCTION lot_leave FROM PUBLIC")
    op.execute("CREATE TABLE tickets_default PARTITION OF tickets DEFAULT")
    op.execute("CREATE INDEX ix_lots_group_code_lot_id ON lots (group_code, lot_id)")
    op.execute("CREATE INDEX ix_lots_plate_key_lot_id ON lots (plate_key, lot_id)")
    # A party uses each of its own references once; that of a lot it withdrew is free again.
    op.execute(
        "CREATE UNIQUE INDEX uq_lots_submitted_by_reference ON lots (reference_key, submitted_by)"
        " WHERE state <> 'CANCELLED'"
    )
    op.execute(
        "CREATE INDEX ix_lots_open ON lots (port, lot_id) WHERE state IN"
        " ('SUBMITTED', 'IDENTITY_OK', 'IN_INSPECTION')"
    )
    op.execute("CREATE INDEX ix_lots_submitted_at ON lots USING brin (submitted_at)")
    op.execute(
        "CREATE INDEX ix_tickets_unconfirmed ON tickets (resident_id) WHERE confirmed_at IS NULL"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION lot_leave")
    op.execute("DROP TABLE manifests, quota_days, tickets, lots")
