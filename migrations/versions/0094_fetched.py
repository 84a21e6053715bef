"""Bought goods wait on their factory's desk alone: no officer can fetch or receive them.

Revision ID: 0094_fetched
Revises: 0093_one_plan
"""

from __future__ import annotations

from alembic import op

revision = "0094_fetched"
down_revision = "0093_one_plan"
branch_labels = None
depends_on = None

# By desk, which is indexed: of all that waits, what lies on the desks of ports is little.
OFF = """
    DELETE FROM case_waits
    WHERE desk IN (SELECT 'officers:' || port FROM ports) AND kind = 'lot'
        AND code IN ('DISPATCH', 'RECEIPT')
"""
BACK = """
    INSERT INTO case_waits (case_id, code, desk, kind, since, due_at)
    SELECT w.case_id, w.code, 'officers:' || c.port, w.kind, w.since, w.due_at
    FROM case_waits AS w JOIN cases AS c USING (case_id)
    WHERE w.kind = 'lot' AND w.code IN ('DISPATCH', 'RECEIPT') AND w.desk LIKE 'enterprise:%'
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """What the version before still puts there leaves with the factory's act."""
    op.execute(OFF)


def downgrade() -> None:
    """The version before shows them to officers, too."""
    op.execute(BACK)
