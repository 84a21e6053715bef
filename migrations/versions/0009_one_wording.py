"""One wording of a risk rule is in force on any day.

Revision ID: 0009_one_wording
Revises: 0008_weights
"""

from __future__ import annotations

from alembic import op

revision = "0009_one_wording"
down_revision = "0008_weights"
branch_labels = None
depends_on = None

# A wording that a newer one took over from before its first day has an empty period: no overlap.
# An exclusion constraint cannot be added unvalidated; a rule book has tens of rows.
ONE_WORDING = """
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE risk_rules ADD CONSTRAINT ex_risk_rules_one_wording EXCLUDE USING gist (
    code WITH =, daterange(effective_from, effective_to) WITH &&)
    WHERE (state = 'APPROVED')
"""


def upgrade() -> None:
    """Add the constraint; approvals have kept it so far, so no row stands against it."""
    op.execute(ONE_WORDING)


def downgrade() -> None:
    """Drop it; the unique index over open-ended wordings stays as it was."""
    op.execute("ALTER TABLE risk_rules DROP CONSTRAINT ex_risk_rules_one_wording")
