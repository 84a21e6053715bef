"""Figures of the law and of the operator's order that stood in code are dated parameters.

Revision ID: 0080_figures
Revises: 0079_listed_since
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0080_figures"
down_revision = "0079_listed_since"
branch_labels = None
depends_on = None

SEED = Path(__file__).parents[1] / "seeds" / "0080_figures.sql"


def upgrade() -> None:
    """As they stood in code, each with its authority and how sure that is."""
    op.execute(SEED.read_text(encoding="utf-8"))


def downgrade() -> None:
    """Nothing: an approved parameter is never deleted; nobody asks for it then."""
