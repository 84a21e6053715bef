"""Papers and photos that lie with cases; their contents lie sealed in a store outside.

Revision ID: 0033_documents
Revises: 0032_two_file
"""

from __future__ import annotations

from alembic import op

revision = "0033_documents"
down_revision = "0032_two_file"
branch_labels = None
depends_on = None

FILES = """
CREATE TABLE document_files (
    digest bytea NOT NULL,
    media_type text NOT NULL,
    size integer NOT NULL,
    key_id text NOT NULL,
    kept_at timestamptz NOT NULL,
    CONSTRAINT pk_document_files PRIMARY KEY (digest),
    CONSTRAINT ck_document_files_digest CHECK (length(digest) = 32),
    CONSTRAINT ck_document_files_size CHECK (size > 0)
)
"""
DOCUMENTS = """
CREATE TABLE documents (
    document_id uuid NOT NULL,
    case_id uuid NOT NULL,
    case_kind text NOT NULL,
    kind text NOT NULL,
    digest bytea NOT NULL,
    added_by text NOT NULL,
    added_party text NOT NULL,
    added_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_for text,
    CONSTRAINT pk_documents PRIMARY KEY (document_id),
    CONSTRAINT fk_documents_digest FOREIGN KEY (digest) REFERENCES document_files (digest),
    CONSTRAINT ck_documents_withdrawn CHECK (num_nonnulls(withdrawn_at, withdrawn_for) IN (0, 2))
)
"""
INDEXES = (
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_documents_digest ON documents (digest)
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE INDEX ix_documents_case_id_document_id ON documents (case_id, document_id)
    """,
    """
    -- squawk-ignore require-concurrent-index-creation
    CREATE UNIQUE INDEX uq_documents_case_id_kind_digest ON documents (case_id, kind, digest)
    WHERE withdrawn_at IS NULL
    """,
)
# What lies with a case is never another thing, and never taken away.
KEPT = """
CREATE FUNCTION documents_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL
        AND to_jsonb(OLD) - 'withdrawn_at' - 'withdrawn_for'
            = to_jsonb(NEW) - 'withdrawn_at' - 'withdrawn_for' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a document is added and withdrawn, and nothing else'
        USING ERRCODE = 'insufficient_privilege';
END
$$
"""
GUARDED = """
CREATE TRIGGER documents_are_kept BEFORE UPDATE OR DELETE ON documents
FOR EACH ROW EXECUTE FUNCTION documents_are_kept()
"""
BACK = (
    "DROP VIEW IF EXISTS v_documents, v_document_files",
    "DROP TABLE documents",
    "DROP FUNCTION documents_are_kept()",
    "DROP TABLE document_files",
)


def upgrade() -> None:
    """Make the tables; what is in them is added and withdrawn, and nothing else."""
    for statement in (FILES, DOCUMENTS, *INDEXES, KEPT, GUARDED):
        op.execute(statement)


def downgrade() -> None:
    """The way back; the log of each case keeps which documents lay with it, by their digests."""
    for statement in BACK:
        op.execute(statement)
