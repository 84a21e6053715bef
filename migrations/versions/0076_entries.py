"""A truck that the gate records twice within some minutes has come in once.

Revision ID: 0076_entries
Revises: 0075_passkey_seen
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0076_entries"
down_revision = "0075_passkey_seen"
branch_labels = None
depends_on = None

SEED = Path(__file__).parents[1] / "seeds" / "0076_entries.sql"


def upgrade() -> None:
    """Within how many minutes it is the same entry."""
    op.execute(SEED.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Nothing: an approved parameter is never deleted; nobody asks for it then."""
