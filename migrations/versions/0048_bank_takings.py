"""What a bank takes is published for the audit; a day without duty counts by two persons' word.

Revision ID: 0048_bank_takings
Revises: 0047_lines_by_day
"""

from __future__ import annotations

from alembic import op

revision = "0048_bank_takings"
down_revision = "0047_lines_by_day"
branch_labels = None
depends_on = None

# What the version before announces stands at once. A few rows a year.
COLUMNS = """
-- squawk-ignore-file constraint-missing-not-valid
ALTER TABLE bank_absences
    ADD COLUMN state text NOT NULL DEFAULT 'STANDING',
    ADD COLUMN round integer NOT NULL DEFAULT 1,
    ADD CONSTRAINT ck_bank_absences_state
        CHECK (state IN ('ENTERED', 'STANDING', 'ENDING', 'ENDED')),
    ADD CONSTRAINT ck_bank_absences_round CHECK (round > 0)
"""


def upgrade() -> None:
    """Columns with a default; the views are made with the others."""
    op.execute(COLUMNS)


def downgrade() -> None:
    """What does not stand is no absence."""
    op.execute("DROP VIEW IF EXISTS v_bank_messages, v_settlements_as_instructed")
    op.execute("DROP VIEW IF EXISTS v_bank_absences, v_rota_absences")
    op.execute("DELETE FROM bank_absences WHERE state IN ('ENTERED', 'ENDED')")
    op.execute("ALTER TABLE bank_absences DROP COLUMN state, DROP COLUMN round")
