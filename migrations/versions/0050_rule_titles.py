"""A risk rule carries its title in each language that its author worded it in.

Revision ID: 0050_rule_titles
Revises: 0049_orders_by_state
"""

from __future__ import annotations

from alembic import op

revision = "0050_rule_titles"
down_revision = "0049_orders_by_state"
branch_labels = None
depends_on = None

# The title that there was stays as it was worded, for whoever reads in another language.
TITLES = "ALTER TABLE risk_rules ADD COLUMN titles jsonb NOT NULL DEFAULT '{}'"


def upgrade() -> None:
    """A column beside the title; the version before leaves it empty."""
    op.execute(TITLES)


def downgrade() -> None:
    """Only the title stays that every rule has."""
    op.execute("DROP VIEW IF EXISTS v_rule_titles")
    op.execute("ALTER TABLE risk_rules DROP COLUMN titles")
