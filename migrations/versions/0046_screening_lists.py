"""A bank's entry of a screening list holds that bank's payments, and ends by two of its persons.

Revision ID: 0046_screening_lists
Revises: 0045_names_before
"""

from __future__ import annotations

from alembic import op

revision = "0046_screening_lists"
down_revision = "0045_names_before"
branch_labels = None
depends_on = None

# A list of some thousand entries: what scans it and what builds its index take no time.
COLUMNS = """
-- squawk-ignore-file constraint-missing-not-valid, ban-drop-constraint
-- squawk-ignore-file require-concurrent-index-creation
ALTER TABLE screening_entries
    ADD COLUMN bank_bic text,
    ADD COLUMN ending_by text,
    ADD COLUMN ending_at timestamptz,
    ADD COLUMN ending_remark text,
    ADD COLUMN ended_by text,
    ADD COLUMN ended_at timestamptz,
    ADD CONSTRAINT ck_screening_entries_ending CHECK (
        (ending_by IS NULL) = (ending_at IS NULL)
        AND (ending_by IS NULL) = (ending_remark IS NULL)
        AND (ended_by IS NULL) = (ended_at IS NULL)
        AND (ended_at IS NULL OR (ending_by IS NOT NULL AND ended_by <> ending_by))
    )
"""
# Whose an entry is, its event says; what came with the window has none and is every bank's.
WHOSE = """
UPDATE screening_entries AS s SET bank_bic = substr(e.actor::jsonb ->> 'party', 6)
FROM events AS e
WHERE e.case_id = s.entry_id AND e.type = 'ScreeningEntryAdded'
    AND e.actor::jsonb ->> 'party' LIKE 'bank:%'
"""
# What one bank lists keeps no other from listing the same, nor tells it.
ONCE = """
CREATE UNIQUE INDEX uq_screening_entries_standing
    ON screening_entries (bank_bic, list_name, reference, match_hash) NULLS NOT DISTINCT
    WHERE ended_at IS NULL
"""
OF_ALL = "uq_screening_entries_list_name_reference_match_hash"
# On the way back what has ended would bite again, and an entry is every bank's once.
LEFT = """
DELETE FROM screening_entries AS s
WHERE s.ended_at IS NOT NULL OR EXISTS (
    SELECT FROM screening_entries AS o
    WHERE (o.list_name, o.reference, o.match_hash) = (s.list_name, s.reference, s.match_hash)
        AND o.ended_at IS NULL AND o.entry_id < s.entry_id
)
"""
CLOSE_LEFT = f"""
DELETE FROM screening_close_names WHERE entry_id IN (
    SELECT entry_id FROM screening_entries AS s {LEFT[LEFT.index("WHERE") :]}
)
"""


def upgrade() -> None:
    """Columns beside what there is; the version before lists for every bank while it runs on."""
    op.execute(COLUMNS)
    op.execute(WHOSE)
    op.execute(ONCE)
    op.execute(f"ALTER TABLE screening_entries DROP CONSTRAINT {OF_ALL}")


def downgrade() -> None:
    """What stands is every bank's again."""
    op.execute(CLOSE_LEFT)
    op.execute(LEFT)
    op.execute("DROP INDEX uq_screening_entries_standing")
    op.execute(
        f"ALTER TABLE screening_entries ADD CONSTRAINT {OF_ALL}"
        " UNIQUE (list_name, reference, match_hash)"
    )
    op.execute("ALTER TABLE screening_entries DROP CONSTRAINT ck_screening_entries_ending")
    for column in ("bank_bic", "ending_by", "ending_at", "ending_remark", "ended_by", "ended_at"):
        op.execute(f"ALTER TABLE screening_entries DROP COLUMN {column}")
