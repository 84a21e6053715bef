"""Names that are almost a listed one: an entry keeps hashes of its name with each letter left open.

Revision ID: 0027_close_names
Revises: 0026_read_versions
"""

from __future__ import annotations

from alembic import op

revision = "0027_close_names"
down_revision = "0026_read_versions"
branch_labels = None
depends_on = None

# The version before adds entries without: they are found as before.
CLOSE_NAMES = """
CREATE TABLE screening_close_names (
    close_hash bytea NOT NULL,
    entry_id uuid NOT NULL,
    CONSTRAINT pk_screening_close_names PRIMARY KEY (close_hash, entry_id),
    CONSTRAINT fk_screening_close_names_entry_id FOREIGN KEY (entry_id)
        REFERENCES screening_entries,
    CONSTRAINT ck_screening_close_names_hash CHECK (length(close_hash) = 32)
)
"""
HITS = """
ALTER TABLE screening_hits
    ADD COLUMN reason text NOT NULL DEFAULT 'NAME_HIT',
    ADD CONSTRAINT ck_screening_hits_reason CHECK (reason IN ('NAME_HIT', 'NAME_CLOSE')) NOT VALID
"""
# Of an entry there is a hash alone, and nobody can open it; only the invented names that every
# window begins with are known. They are written here as ``screening.normalised`` writes them.
SAMPLES = """
INSERT INTO screening_close_names (close_hash, entry_id)
SELECT sha256(convert_to(
    concat_ws(
        ' ',
        nullif(array_to_string(array_remove(s.words, w.word), ' '), ''),
        overlay(w.word PLACING '*' FROM p.place FOR 1)
    ),
    'UTF8'
)), e.entry_id
FROM (VALUES
    (ARRAY['banyan', 'red', 'sample', 'trading']),
    (ARRAY['样本受限贸易']),
    (ARRAY['bank', 'sample', 'sanctioned'])
) AS s (words)
JOIN screening_entries AS e
    ON e.sample AND e.match_hash = sha256(convert_to(array_to_string(s.words, ' '), 'UTF8'))
CROSS JOIN LATERAL unnest(s.words) AS w (word)
CROSS JOIN LATERAL generate_series(1, length(w.word)) AS p (place)
"""

# The version before knows no names that are close: to it they are names on a list.
HELD = """
UPDATE settlement_instructions
SET held_for = CASE
    WHEN 'NAME_HIT' = ANY(held_for) THEN array_remove(held_for, 'NAME_CLOSE')
    ELSE array_replace(held_for, 'NAME_CLOSE', 'NAME_HIT')
END
WHERE 'NAME_CLOSE' = ANY(held_for)
"""


def upgrade() -> None:
    """A table and a column beside what there is; the version before goes on without them."""
    for statement in (CLOSE_NAMES, SAMPLES, HITS):
        op.execute(statement)


def downgrade() -> None:
    """The way back: whatever is held stays held."""
    op.execute(HELD)
    op.execute("ALTER TABLE screening_hits DROP COLUMN reason")
    op.execute("DROP TABLE screening_close_names")
