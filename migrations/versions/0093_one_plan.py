"""Whom control reaches in a lot, and what wants it inspected, are planned once a session.

Revision ID: 0093_one_plan
Revises: 0092_officers_told
"""

from __future__ import annotations

from alembic import op

from migrations.function_text import ONE_PLAN, function_as_now, function_before

revision = "0093_one_plan"
down_revision = "0092_officers_told"
branch_labels = None
depends_on = None

NAMES = ("lot_reached", "lot_wanted")


def upgrade() -> None:
    """The functions anew."""
    for name in NAMES:
        op.execute(function_as_now(name))


def downgrade() -> None:
    """As before."""
    for name in NAMES:
        op.execute(function_before(name, ONE_PLAN))
