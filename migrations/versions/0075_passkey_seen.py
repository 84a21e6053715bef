"""A phone counts for a resident some time after it was bound, so that who was bound is heard of it.

Revision ID: 0075_passkey_seen
Revises: 0073_held_before
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

from migrations.function_text import COOLED, function_as_now, function_before

revision = "0075_passkey_seen"
down_revision = "0073_held_before"
branch_labels = None
depends_on = None

SEED = Path(__file__).parents[1] / "seeds" / "0075_passkey_seen.sql"
# Null of what was bound before: it has counted since.
COLUMN = "ALTER TABLE passkeys ADD COLUMN counts_from timestamptz"
BACK = (
    """
    DO $$ BEGIN
        IF EXISTS (SELECT FROM passkeys WHERE state = 'BOUND' AND counts_from > now()) THEN
            RAISE EXCEPTION 'a phone is bound and does not count yet, which the version before'
                ' cannot tell';
        END IF;
    END $$
    """,
    "DROP VIEW IF EXISTS v_passkeys CASCADE",
    "ALTER TABLE passkeys DROP COLUMN counts_from",
)


def upgrade() -> None:
    """From when a passkey counts, and for how long that is waited for."""
    op.execute(COLUMN)
    op.execute(function_as_now("passkey_used"))
    op.execute(SEED.read_text(encoding="utf-8"))


def downgrade() -> None:
    """As before, while none waits. An approved parameter is never deleted; nobody asks for it."""
    op.execute(function_before("passkey_used", COOLED))
    for statement in BACK:
        op.execute(statement)
