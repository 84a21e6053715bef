"""The names of what was on file before filings kept digests are vouched for (``vouched.py``).

A view changes, and no table.

Revision ID: 0045_names_before
Revises: 0044_order_queue
"""

from __future__ import annotations

revision = "0045_names_before"
down_revision = "0044_order_queue"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing of the tables: by this a process knows a schema without that."""


def downgrade() -> None:
    """What the log says of the names stays in it, where nobody compares it."""
