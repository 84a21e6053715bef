"""Lots are looked up by reference, manifest, code and resident; officers have a duty by the day.

Revision ID: 0036_lots_and_duties
Revises: 0035_passkeys
"""

from __future__ import annotations

from alembic import op

revision = "0036_lots_and_duties"
down_revision = "0035_passkeys"
branch_labels = None
depends_on = None

# A few columns of each lot and of each ticket: of a million, submits wait for some seconds while
# they are built.
INDEXED = (
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_lots_reference_key_lot_id ON lots (reference_key, lot_id)",
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_lots_manifest_key_lot_id ON lots (manifest_key, lot_id)"
    " WHERE manifest_key IS NOT NULL",
    # By its first digits: whatever the collation.
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_lots_hs_code_lot_id ON lots (hs_code text_pattern_ops, lot_id)",
    "-- squawk-ignore require-concurrent-index-creation\n"
    "CREATE INDEX ix_tickets_resident_id_lot_id ON tickets (resident_id, lot_id)",
)
NAMES = (
    "ix_lots_reference_key_lot_id",
    "ix_lots_manifest_key_lot_id",
    "ix_lots_hs_code_lot_id",
    "ix_tickets_resident_id_lot_id",
)
DUTIES = """
CREATE TABLE officer_duties (
    officer_id uuid NOT NULL REFERENCES officers,
    duty text NOT NULL CHECK (duty IN ('ON_DUTY', 'LEAVE', 'SICK', 'TRAINING', 'ELSEWHERE')),
    from_on date NOT NULL,
    until_on date,
    valid daterange GENERATED ALWAYS AS (daterange(from_on, until_on)) STORED NOT NULL,
    CONSTRAINT pk_officer_duties PRIMARY KEY (officer_id, valid WITHOUT OVERLAPS),
    CONSTRAINT officer_duties_period CHECK (until_on > from_on)
)
"""


def upgrade() -> None:
    """Build the indexes and the register; by the views, whoever is away decides nothing."""
    for statement in (*INDEXED, DUTIES):
        op.execute(statement)


def downgrade() -> None:
    """Drop them; the lists are the same, and slower, and nobody is away."""
    for view in ("v_officer_duties", "v_officers"):
        op.execute(f"DROP VIEW IF EXISTS {view} CASCADE")
    op.execute("DROP TABLE officer_duties")
    for name in NAMES:
        op.execute(f"DROP INDEX {name}")
