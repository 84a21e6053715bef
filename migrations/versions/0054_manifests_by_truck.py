"""A truck's manifests of a day are found by its plate: a lot that names none is asked for one.

Revision ID: 0054_manifests_by_truck
Revises: 0053_names_borne
"""

from __future__ import annotations

from alembic import op

revision = "0054_manifests_by_truck"
down_revision = "0053_names_borne"
branch_labels = None
depends_on = None

# Manifests are some hundreds a day: the index is built within the lock's patience.
INDEX = """
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_manifests_plate_key_lodged_at ON manifests (plate_key, lodged_at)
"""


def upgrade() -> None:
    """The version before reads no manifest by its truck."""
    op.execute(INDEX)


def downgrade() -> None:
    """Take it away: what is lodged stays as it is."""
    op.execute("DROP INDEX ix_manifests_plate_key_lodged_at")
