"""A status by a value date before its payment is kept, and disputed.

Revision ID: 0070_valued_before
Revises: 0069_references
"""

from __future__ import annotations

from alembic import op

revision = "0070_valued_before"
down_revision = "0069_references"
branch_labels = None
depends_on = None

# Rows of before keep what they were held to, which is less: nothing is left to validate.
DISPOSITIONS = """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE bank_statuses DROP CONSTRAINT ck_bank_statuses_disposition,
        ADD CONSTRAINT ck_bank_statuses_disposition CHECK (disposition IN ({known})) NOT VALID
"""
BEFORE = (
    "'RECORDED', 'REPEATED', 'LATE', 'AMOUNT_DIFFERS', 'CONTRADICTORY', 'NOT_BOOKED',"
    " 'UNKNOWN_REFERENCE', 'PAID_AGAIN', 'NOT_YET', 'REASON_UNKNOWN'"
)
# What the log says of these words is what they were kept as: the version before knows no such one.
BACK = """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM bank_statuses WHERE disposition = 'VALUED_BEFORE') THEN
            RAISE EXCEPTION 'a status was kept as valued before its payment';
        END IF;
    END $$
"""


def upgrade() -> None:
    """Let one more thing become of a status; nothing that is there changes."""
    op.execute(DISPOSITIONS.format(known=f"{BEFORE}, 'VALUED_BEFORE'"))


def downgrade() -> None:
    """Take it away, while no status was kept so."""
    op.execute(BACK)
    op.execute(DISPOSITIONS.format(known=BEFORE))
