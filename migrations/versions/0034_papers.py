"""Signed papers: each with its number, the digest of what it says, and its file by digest.

Revision ID: 0034_papers
Revises: 0033_documents
"""

from __future__ import annotations

from alembic import op

revision = "0034_papers"
down_revision = "0033_documents"
branch_labels = None
depends_on = None

PAPERS = """
CREATE TABLE papers (
    paper_no uuid NOT NULL,
    kind text NOT NULL,
    case_id uuid NOT NULL,
    case_kind text NOT NULL,
    port text,
    language text NOT NULL,
    resident_id uuid,
    facts_digest bytea NOT NULL,
    digest bytea NOT NULL,
    issued_at timestamptz NOT NULL,
    issued_by text NOT NULL,
    CONSTRAINT pk_papers PRIMARY KEY (paper_no),
    CONSTRAINT uq_papers_case_id_kind_language_resident_id_facts_digest UNIQUE NULLS NOT DISTINCT (
        case_id, kind, language, resident_id, facts_digest
    ),
    CONSTRAINT fk_papers_digest FOREIGN KEY (digest) REFERENCES document_files (digest),
    CONSTRAINT ck_papers_facts_digest CHECK (length(facts_digest) = 32)
)
"""
BY_FILE = """
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX ix_papers_digest ON papers (digest)
"""
# What was signed is never signed otherwise, and nobody takes it back from the record.
GUARDED = """
CREATE TRIGGER papers_are_append_only BEFORE UPDATE OR DELETE ON papers
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """Create the table; the views that papers are read from come with their files."""
    for statement in (PAPERS, BY_FILE, GUARDED):
        op.execute(statement)


def downgrade() -> None:
    """Drop it: papers that are out are unknown from then on."""
    op.execute("DROP TABLE papers")
