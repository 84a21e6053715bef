"""What people write with their decisions, kept apart from the workflows' histories.

Revision ID: 0010_decision_words
Revises: 0009_one_wording
"""

from __future__ import annotations

from alembic import op

revision = "0010_decision_words"
down_revision = "0009_one_wording"
branch_labels = None
depends_on = None

# By the receipt of the request: the same key with another body has other words.
DECISION_WORDS = """
CREATE TABLE decision_words (
    subject text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    case_id text NOT NULL,
    words jsonb NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_decision_words PRIMARY KEY (subject, key, fingerprint)
)
"""


def upgrade() -> None:
    """Create the table; words are written once and stay, as grounds of what was decided."""
    op.execute(DECISION_WORDS)
    op.execute(
        "CREATE TRIGGER decision_words_are_append_only BEFORE UPDATE OR DELETE ON decision_words"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE decision_words")
