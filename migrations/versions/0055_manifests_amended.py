"""A lot's manifest is amended too; the one that it named before is kept, and looked for like it.

Revision ID: 0055_manifests_amended
Revises: 0054_manifests_by_truck
"""

from __future__ import annotations

from alembic import op

revision = "0055_manifests_amended"
down_revision = "0054_manifests_by_truck"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column without a value: what the version before amends names the manifest that it named."""
    op.execute("ALTER TABLE lot_amendments ADD COLUMN manifest_key text")


def downgrade() -> None:
    """Drop it; the view of the version before shows the manifest that the lot names."""
    op.execute("DROP VIEW IF EXISTS v_lots_as_declared CASCADE")
    op.execute("ALTER TABLE lot_amendments DROP COLUMN manifest_key")
