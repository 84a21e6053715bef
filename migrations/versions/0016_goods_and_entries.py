"""Goods are a line of the tariff of their day; the day is the gate's to say.

Revision ID: 0016_goods_and_entries
Revises: 0015_decimals
"""

from __future__ import annotations

from alembic import op

revision = "0016_goods_and_entries"
down_revision = "0015_decimals"
branch_labels = None
depends_on = None

# A line without days is one since ever, and still: what was filed before stays what it was.
LINES = """
ALTER TABLE commodities
    ADD COLUMN effective_from date,
    ADD COLUMN effective_to date
        CONSTRAINT ck_commodities_period CHECK (effective_to > effective_from)
"""
ENTRIES = (
    """
    CREATE TABLE gate_entries (
        entry_id uuid NOT NULL,
        port text NOT NULL,
        vehicle_plate text,
        plate_key text,
        resident_id uuid,
        entered_at timestamptz NOT NULL,
        recorded_by text NOT NULL,
        CONSTRAINT pk_gate_entries PRIMARY KEY (entry_id),
        CONSTRAINT ck_gate_entries_of_one CHECK (num_nonnulls(plate_key, resident_id) = 1),
        CONSTRAINT ck_gate_entries_plate CHECK ((plate_key IS NULL) = (vehicle_plate IS NULL))
    )
    """,
    "CREATE INDEX ix_gate_entries_plate_key_entered_at ON gate_entries (plate_key, entered_at)"
    " WHERE plate_key IS NOT NULL",
    "CREATE INDEX ix_gate_entries_resident_id_entered_at ON gate_entries (resident_id, entered_at)"
    " WHERE resident_id IS NOT NULL",
    "CREATE INDEX ix_gate_entries_port_entered_at ON gate_entries (port, entered_at)",
    "ALTER TABLE lots ADD COLUMN replay boolean NOT NULL DEFAULT false",
)
# Tickets were counted of the whole day and held against the limit of whichever port came last.
# What is open today was counted so: it is counted here by port.
PORT_TICKETS = (
    """
    CREATE TABLE port_tickets (
        resident_id uuid NOT NULL,
        business_on date NOT NULL,
        port text NOT NULL,
        tickets integer NOT NULL,
        max_tickets integer,
        CONSTRAINT pk_port_tickets PRIMARY KEY (resident_id, business_on, port),
        CONSTRAINT ck_port_tickets_limit CHECK (
            tickets >= 0 AND (max_tickets IS NULL OR tickets <= max_tickets)
        )
    ) WITH (fillfactor = 80)
    """,
    """
    INSERT INTO port_tickets (resident_id, business_on, port, tickets, max_tickets)
    SELECT t.resident_id, l.business_on, l.port, count(*), NULL
    FROM lots AS l INNER JOIN tickets AS t USING (lot_id)
    WHERE l.business_on >= CAST(now() AT TIME ZONE 'Asia/Shanghai' AS date) - 14
        AND l.state NOT IN ('CANCELLED', 'REJECTED', 'RETURNED', 'SEIZED')
    GROUP BY t.resident_id, l.business_on, l.port
    """,
)
# A rule that nobody filed is not "none": a material without one is refused until its code is filed
# with its rule.
HS_RULE = """
WITH ended AS (
    UPDATE policy_parameters SET effective_to = '2026-01-01'
    WHERE policy_id = '019b76da-a800-7769-9a2a-a60634de5e68' AND effective_to IS NULL
    RETURNING key
)
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
SELECT '019b76da-a800-7c41-9b20-5e7715000162', key, '', '"PER_COMMODITY"',
    'DA: a material has the rule with which its commodity is filed; to be confirmed',
    '2026-01-01', 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM ended
"""
# Wide, so that a past day might be played, it let everybody choose a day. Where somebody has ended
# it since, that decision stands.
ENTRY_AGE = """
WITH ended AS (
    UPDATE policy_parameters SET effective_to = '2026-01-01'
    WHERE policy_id = '019b76da-a800-7c40-8a53-1f6f5b0a7d11' AND effective_to IS NULL
    RETURNING key
)
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
SELECT '019b76da-a800-7c41-9b20-5e7715000161', key, '', '14',
    'Customs Law: goods are declared within 14 days of their entry', '2026-01-01',
    'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM ended
"""


def upgrade() -> None:
    """Add the days of a line, the gate's entries, the mark of a replay, tickets by port; file the
    days within which entries are declared, and that a material has the rule of its commodity."""
    op.execute(LINES)
    for statement in ENTRIES:
        op.execute(statement)
    for statement in PORT_TICKETS:
        op.execute(statement)
    op.execute(ENTRY_AGE)
    op.execute(HS_RULE)


def downgrade() -> None:
    """Take them away with the views that show them; publishing makes those anew.

    A legal parameter stays: an approved one is never deleted.
    """
    op.execute("DROP VIEW IF EXISTS v_commodities, v_gate_entries, v_lots CASCADE")
    op.execute("ALTER TABLE lots DROP COLUMN replay")
    op.execute("DROP TABLE port_tickets, gate_entries")
    op.execute("ALTER TABLE commodities DROP COLUMN effective_from, DROP COLUMN effective_to")
