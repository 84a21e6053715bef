"""Sums of money as people write them, for the published views.

Tables hold whole minor units beside a currency. What is published to be read, by other services, by
reports and by whoever looks with a database tool, shows decimals too: 70.00, not 7000.

Revision ID: 0015_decimals
Revises: 0014_upkeep
"""

from __future__ import annotations

from alembic import op

revision = "0015_decimals"
down_revision = "0014_upkeep"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the function. Its exponents are those of ISO 4217 where they are not two."""
    op.execute(
        """
        CREATE FUNCTION decimal_amount(minor bigint, currency text) RETURNS numeric
        LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN CASE
            WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG',
                'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN minor::numeric
            WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
                THEN round(minor / 1000.0, 3)
            WHEN currency IN ('CLF', 'UYW') THEN round(minor / 10000.0, 4)
            ELSE round(minor / 100.0, 2)
        END
        """
    )


def downgrade() -> None:
    """Drop it with the views that show it; publishing makes those anew."""
    op.execute("DROP FUNCTION decimal_amount CASCADE")
