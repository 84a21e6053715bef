"""What money, a draw or another's name follows is filed by two, and what changed a port's pool
stands beside its draws.

Revision ID: 0032_two_file
Revises: 0031_receipt_reference
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0032_two_file"
down_revision = "0031_receipt_reference"
branch_labels = None
depends_on = None

SEED = Path(__file__).parents[1] / "seeds" / "0032_two_file.sql"

COLUMNS = """
    ALTER TABLE register_changes
        ADD COLUMN filing boolean NOT NULL DEFAULT false,
        ADD COLUMN records integer NOT NULL DEFAULT 1,
        ADD COLUMN concerns text[] NOT NULL DEFAULT '{}'
"""
KINDS = """
    -- squawk-ignore ban-drop-constraint
    ALTER TABLE register_changes DROP CONSTRAINT ck_register_changes_kind,
        ADD CONSTRAINT ck_register_changes_kind CHECK (kind IN ({known})) NOT VALID
"""
CHANGED = "'sellers', 'officers', 'payer_accounts'"
FILED = f"{CHANGED}, 'banks', 'signatories', 'conflicts', 'mandates'"
# Proposals are some a day: their index is built within the lock's patience.
CONCERNED = """
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_register_changes_concerns ON register_changes USING gin (concerns)
"""
POOL = """
    CREATE TABLE pool_changes (
        filing_id uuid NOT NULL,
        place integer NOT NULL,
        port text NOT NULL,
        officer_id uuid NOT NULL,
        what text NOT NULL,
        detail text NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT pk_pool_changes PRIMARY KEY (filing_id, place),
        CONSTRAINT fk_pool_changes_port FOREIGN KEY (port) REFERENCES ports,
        CONSTRAINT fk_pool_changes_officer_id FOREIGN KEY (officer_id) REFERENCES officers,
        CONSTRAINT ck_pool_changes_what CHECK (what IN ('IN', 'OUT', 'SKILLS', 'CONFLICT', 'DUTY'))
    )
"""
# What has changed a pool is never said otherwise, and nobody takes it back from the record.
GUARDED = """
CREATE TRIGGER pool_changes_are_append_only BEFORE UPDATE OR DELETE ON pool_changes
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
BY_PORT = "CREATE INDEX ix_pool_changes_port ON pool_changes (port, changed_at)"
BACK = (
    """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM register_changes WHERE filing AND state <> 'PROPOSED') THEN
            RAISE EXCEPTION 'something was filed by two, which the version before cannot tell';
        END IF;
    END $$
    """,
    "DROP VIEW IF EXISTS v_pool_changes",
    "DROP TABLE pool_changes",
    # The version before knows no such proposal: one that is open ends here.
    "DELETE FROM register_changes WHERE filing",
    KINDS.format(known=CHANGED),
    "DROP INDEX ix_register_changes_concerns",
    "ALTER TABLE register_changes DROP COLUMN filing, DROP COLUMN records, DROP COLUMN concerns",
)


def upgrade() -> None:
    """Columns and a table beside what there is; the version before goes on without them."""
    op.execute(COLUMNS)
    op.execute(KINDS.format(known=FILED))
    op.execute(CONCERNED)
    op.execute(POOL)
    op.execute(BY_PORT)
    op.execute(GUARDED)
    op.execute(SEED.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Take it away. Once something was filed by two, the way back is closed.

    An approved parameter is never deleted; the version before does not ask for it.
    """
    for statement in BACK:
        op.execute(statement)
