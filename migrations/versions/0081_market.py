"""How long a quote holds at least, of how few lots nothing is said, how sure a pass mark is.

Revision ID: 0081_market
Revises: 0080_figures
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0081_market"
down_revision = "0080_figures"
branch_labels = None
depends_on = None

SEED = Path(__file__).parents[1] / "seeds" / "0081_market.sql"
# As the other figures of its standard. Where somebody has ended it since, that decision stands.
UNCERTAIN = """
WITH ended AS (
    UPDATE policy_parameters SET effective_to = '2026-04-01'
    WHERE policy_id = '019b76da-a800-71a5-8250-cddb4251426a' AND effective_to IS NULL
    RETURNING key
)
INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,
    proposed_by, approved_by, approved_at)
SELECT '019b76da-a800-7e81-8a21-5c0f3e9b7a04', key, '', '95',
    'unknown: the standard under Order 282 was not found; as under Order 251', '2026-04-01',
    'seed:drafter', 'seed:reviewer', timestamptz '2026-01-01 00:00:00+08'
FROM ended
"""


def upgrade() -> None:
    """File them, each with its authority and how sure that is."""
    op.execute(SEED.read_text(encoding="utf-8"))
    op.execute(UNCERTAIN)


def downgrade() -> None:
    """Nothing: an approved parameter is never deleted; nobody asks for it then."""
