"""More of the record is published to be compared with the log.

Revision ID: 0062_vouched_for
Revises: 0061_name_reports
"""

from __future__ import annotations

revision = "0062_vouched_for"
down_revision = "0061_name_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No table changes: views are published anew with every version."""


def downgrade() -> None:
    """Nor is one to be changed back."""
