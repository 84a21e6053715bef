"""How far one bank alone may move a published price: two legal parameters.

Revision ID: 0011_price_moves
Revises: 0009_one_wording
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0011_price_moves"
down_revision = "0009_one_wording"
branch_labels = None
depends_on = None

SEED = Path(__file__).parent.parent / "seeds" / "0011_price_moves.sql"


def upgrade() -> None:
    """File the parameters."""
    for statement in SEED.read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Leave them: an approved parameter is never deleted, and nothing older reads these."""
