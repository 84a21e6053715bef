"""What a line of the tariff says holds from a day to a day, and a filing leaves past days alone.

Revision ID: 0047_lines_by_day
Revises: 0046_screening_lists
"""

from __future__ import annotations

from alembic import op

revision = "0047_lines_by_day"
down_revision = "0046_screening_lists"
branch_labels = None
depends_on = None

# A tariff has some ten thousand lines: what writes and indexes them anew takes a moment. The
# version before files none while it runs on, since its statement knows one row of a code.
BY_DAY = (
    """
    -- squawk-ignore-file adding-field-with-default, adding-serial-primary-key-field
    -- squawk-ignore-file ban-drop-constraint
    -- squawk-ignore-file constraint-missing-not-valid, require-concurrent-index-creation
    ALTER TABLE commodities
        ADD COLUMN valid daterange GENERATED ALWAYS AS (daterange(effective_from, effective_to))
            STORED NOT NULL,
        DROP CONSTRAINT commodities_pkey,
        ADD CONSTRAINT pk_commodities PRIMARY KEY (hs_code, valid WITHOUT OVERLAPS)
    """,
    "CREATE INDEX ix_commodities_hs_code_effective_from ON commodities (hs_code, effective_from)",
)
# A code has one row again: of several what it says today, or is to say first, or said last, as if
# it had said so ever since the code was a line.
LEFT = """
WITH ranked AS (
    SELECT hs_code, valid, row_number() OVER (
        PARTITION BY hs_code ORDER BY
            coalesce(effective_to, 'infinity') <= today,
            CASE WHEN coalesce(effective_to, 'infinity') > today
                THEN coalesce(effective_from, '-infinity') END,
            effective_from DESC
    ) AS place
    FROM commodities, CAST(now() AT TIME ZONE 'Asia/Shanghai' AS date) AS today
)
DELETE FROM commodities AS c USING ranked AS r
WHERE r.hs_code = c.hs_code AND r.valid = c.valid AND r.place > 1
"""
SINCE = """
CREATE TEMPORARY TABLE lines_since ON COMMIT DROP AS
SELECT hs_code, min(coalesce(effective_from, '-infinity')) AS first_on
FROM commodities GROUP BY hs_code HAVING count(*) > 1
"""
AS_EVER = """
UPDATE commodities AS c SET effective_from = nullif(s.first_on, '-infinity')
FROM lines_since AS s WHERE s.hs_code = c.hs_code
"""
BACK = (
    SINCE,
    LEFT,
    AS_EVER,
    "DROP INDEX ix_commodities_hs_code_effective_from",
    "ALTER TABLE commodities DROP CONSTRAINT pk_commodities, DROP COLUMN valid,"
    " ADD CONSTRAINT commodities_pkey PRIMARY KEY (hs_code)",
)


def upgrade() -> None:
    """What is on file stays as it is: each code's row is its first period."""
    for statement in BY_DAY:
        op.execute(statement)


def downgrade() -> None:
    """One row for a code, of which no past day is told any more."""
    for statement in BACK:
        op.execute(statement)
