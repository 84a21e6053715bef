"""Whom control reaches: what was selected stays selected.

Revision ID: 0017_reach
Revises: 0016_goods_and_entries
"""

from __future__ import annotations

from alembic import op

revision = "0017_reach"
down_revision = "0016_goods_and_entries"
branch_labels = None
depends_on = None

# Two drawn officers let a selected lot be withdrawn: who said so first, and why.
LET_GO = "ALTER TABLE inspection_orders ADD COLUMN let_go_by text, ADD COLUMN let_go_grounds text"
# By what the goods of a selected lot are known again. A new lot's are looked up in it once, so it
# holds the selected ones alone.
SELECTIONS = """
CREATE TABLE selections (
    key text NOT NULL,
    lot_id uuid NOT NULL,
    lane text NOT NULL,
    CONSTRAINT pk_selections PRIMARY KEY (key, lot_id),
    CONSTRAINT ck_selections_lane CHECK (lane IN ('YELLOW', 'RED'))
)
"""
SELECTED_SO_FAR = """
INSERT INTO selections (key, lot_id, lane)
SELECT DISTINCT k.key, l.lot_id, s.lane
FROM screenings AS s
JOIN lots AS l ON l.lot_id = s.lot_id
CROSS JOIN unnest(ARRAY[
    'truck:' || l.plate_key, 'truck:' || l.foreign_plate_key, 'manifest:' || l.manifest_key,
    'seller:' || left(l.hs_code, 4) || ':' || l.seller_key,
    'declarant:' || left(l.hs_code, 4) || ':' || l.submitted_by,
    'declarant:' || left(l.hs_code, 4) || ':group:' || l.group_code
]) AS k (key)
WHERE s.lane <> 'GREEN' AND k.key IS NOT NULL
"""
POLICIES = """
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
VALUES
    ('019b76da-a800-7d01-8a01-5f1f6a7c0017', 'inspection.selection_inherited_days', '', '7',
     'DA: design assumption, to be confirmed: no text says how long a selection follows the goods',
     '1996-01-01', 'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08')
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Add the columns and the table, with what was selected so far, and the parameter."""
    for statement in (LET_GO, SELECTIONS, SELECTED_SO_FAR, POLICIES):
        op.execute(statement)


def downgrade() -> None:
    """Take them away. The legal parameter stays: an approved one is never deleted."""
    op.execute("DROP TABLE selections")
    op.execute("DROP VIEW IF EXISTS v_inspection_orders CASCADE")
    op.execute("ALTER TABLE inspection_orders DROP COLUMN let_go_by, DROP COLUMN let_go_grounds")
