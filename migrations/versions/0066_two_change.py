"""What is on file of a group, an enterprise, a bank or a port changes by two, and two file a group
and what an enterprise may process.

Revision ID: 0066_two_change
Revises: 0065_found_loads
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0066_two_change"
down_revision = "0065_found_loads"
branch_labels = None
depends_on = None

SEED = Path(__file__).parents[1] / "seeds" / "0066_two_change.sql"
KINDS = """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE register_changes DROP CONSTRAINT ck_register_changes_kind,
        ADD CONSTRAINT ck_register_changes_kind CHECK (kind IN ({known})) NOT VALID
"""
BEFORE = "'sellers', 'officers', 'payer_accounts', 'banks', 'signatories', 'conflicts', 'mandates'"
FILED = f"{BEFORE}, 'groups', 'enterprises', 'processing_filings', 'ports'"
# By whom a group is known under another code. Groups are some hundred: built within the lock's
# patience.
LED = """
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_groups_leader_id ON groups (leader_id)
"""
BACK = (
    """
    DO $$ BEGIN
        IF EXISTS (
            SELECT FROM register_changes WHERE state <> 'PROPOSED' AND (
                kind IN ('groups', 'enterprises', 'processing_filings', 'ports')
                OR kind = 'banks' AND NOT filing
            )
        ) THEN
            RAISE EXCEPTION 'something was changed by two, which the version before cannot tell';
        END IF;
    END $$
    """,
    # The version before knows no such proposal: one that is open ends here.
    "DELETE FROM register_changes WHERE"
    " kind IN ('groups', 'enterprises', 'processing_filings', 'ports')"
    " OR kind = 'banks' AND NOT filing",
    KINDS.format(known=BEFORE),
    "DROP INDEX ix_groups_leader_id",
)


def upgrade() -> None:
    """More registers of which two file, and for how long a change of a party is seen."""
    op.execute(KINDS.format(known=FILED))
    op.execute(LED)
    op.execute(SEED.read_text(encoding="utf-8"))


def downgrade() -> None:
    """As before. An approved parameter is never deleted; nobody asks for it then."""
    for statement in BACK:
        op.execute(statement)
