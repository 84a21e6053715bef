"""How far a scale may differ from what was declared, at an inspection and at the gate.

Revision ID: 0008_weights
Revises: 0006_processing
"""

from __future__ import annotations

from alembic import op

revision = "0008_weights"
down_revision = "0006_processing"
branch_labels = None
depends_on = None

# An approved parameter is never deleted, so it may be there already when this runs again. In force
# from the day of Order 56: what is weighed today may have entered before the row was written.
TOLERANCES = """
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
SELECT policy_id::uuid, key, '', value::jsonb, authority, date '1996-04-01', 'seed:drafter',
    'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM (VALUES
    ('019b76da-a800-7a01-9b10-5e7715000081', 'inspection.weight_tolerance', '"0.01"',
     'DA: share of the declared net weight by which a weight found may differ, to be confirmed'),
    ('019b76da-a800-7a01-9b10-5e7715000082', 'gate.weight_tolerance', '"0.03"',
     'DA: share of the declared gross weight by which a weighbridge may differ, to be confirmed')
) AS seed (policy_id, key, value, authority)
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """File the two parameters."""
    op.execute(TOLERANCES)


def downgrade() -> None:
    """Nothing: an approved parameter is kept, and one that nobody reads does no harm."""
