"""Absences that leave a pool too small take a second person.

Revision ID: 0071_absences_by_two
Revises: 0070_valued_before
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0071_absences_by_two"
down_revision = "0070_valued_before"
branch_labels = None
depends_on = None

SEED = Path(__file__).parents[1] / "seeds" / "0071_absences_by_two.sql"
KINDS = """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE register_changes DROP CONSTRAINT ck_register_changes_kind,
        ADD CONSTRAINT ck_register_changes_kind CHECK (kind IN ({known})) NOT VALID
"""
BEFORE = (
    "'sellers', 'officers', 'payer_accounts', 'banks', 'signatories', 'conflicts', 'mandates',"
    " 'groups', 'enterprises', 'processing_filings', 'ports'"
)
BACK = (
    """
    DO $$ BEGIN
        IF EXISTS (
            SELECT FROM register_changes WHERE state <> 'PROPOSED' AND kind = 'duties'
        ) THEN
            RAISE EXCEPTION 'an absence was confirmed by two, which the version before cannot tell';
        END IF;
    END $$
    """,
    # The version before knows no such proposal: one that is open ends here.
    "DELETE FROM register_changes WHERE kind = 'duties'",
    KINDS.format(known=BEFORE),
)


def upgrade() -> None:
    """One more register of which two file, and from which share of a pool on."""
    op.execute(KINDS.format(known=f"{BEFORE}, 'duties'"))
    op.execute(SEED.read_text(encoding="utf-8"))


def downgrade() -> None:
    """As before. An approved parameter is never deleted; nobody asks for it then."""
    for statement in BACK:
        op.execute(statement)
