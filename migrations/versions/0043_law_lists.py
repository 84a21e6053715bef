"""What the law lists is proposed by one person and filed once another confirms it.

Revision ID: 0043_law_lists
Revises: 0042_cooling
"""

from __future__ import annotations

from alembic import op

revision = "0043_law_lists"
down_revision = "0042_cooling"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE law_filings (
    filing_id uuid NOT NULL,
    kind text NOT NULL,
    rows text NOT NULL,
    count integer NOT NULL,
    proposed_at timestamptz NOT NULL,
    state text NOT NULL,
    decided_at timestamptz,
    CONSTRAINT pk_law_filings PRIMARY KEY (filing_id),
    CONSTRAINT ck_law_filings_kind CHECK (
        kind IN ('port_origins', 'goods_restrictions', 'commodities')
    ),
    CONSTRAINT ck_law_filings_count CHECK (count > 0),
    CONSTRAINT ck_law_filings_state CHECK (
        state IN ('PROPOSED', 'CONFIRMED', 'TURNED_DOWN')
        AND (state = 'PROPOSED') = (decided_at IS NULL)
    )
)
"""


def upgrade() -> None:
    """A table beside what there is: what waits judges nothing, so no list has to tell it apart."""
    op.execute(TABLE)


def downgrade() -> None:
    """What was confirmed is filed and stays; what waits is forgotten, and can be filed again."""
    op.execute("DROP VIEW IF EXISTS v_law_filings CASCADE")
    op.execute("DROP TABLE law_filings")
