"""A signature under a hold lapses when a name that nobody had seen is found meanwhile.

Revision ID: 0077_screened_anew
Revises: 0076_entries
"""

from __future__ import annotations

from alembic import op

revision = "0077_screened_anew"
down_revision = "0076_entries"
branch_labels = None
depends_on = None

COLUMN = "ALTER TABLE compliance_signatures ADD COLUMN lapsed_at timestamptz"
BACK = (
    """
    DO $$ BEGIN
        IF EXISTS (
            SELECT FROM compliance_signatures AS c
            JOIN settlement_instructions AS i USING (instruction_id)
            WHERE c.lapsed_at IS NOT NULL AND i.state = 'HELD'
        ) THEN
            RAISE EXCEPTION 'a signature has lapsed, which the version before would count';
        END IF;
    END $$
    """,
    "DROP VIEW IF EXISTS v_compliance_signatures CASCADE",
    "ALTER TABLE compliance_signatures DROP COLUMN lapsed_at",
)


def upgrade() -> None:
    """A column without a value: none has lapsed yet."""
    op.execute(COLUMN)


def downgrade() -> None:
    """As before, while none has lapsed under a payment that is still held."""
    for statement in BACK:
        op.execute(statement)
