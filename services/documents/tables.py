"""The documents' tables."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from services.platform.columns import INSTANT
from services.platform.database import metadata

OWNER: Final = {"owner": "documents"}

document_files = Table(
    "document_files",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("kept_at", INSTANT, nullable=False),
    info=OWNER,
)
"""One content that is or is about to be in the store: the row comes first, so that nothing lies
there of which nobody knows. ``key_id``: of the key that sealed it; ``kept_at``: when it was last
handed in."""

documents = Table(
    "documents",
    metadata,
    Column("document_id", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("case_kind", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("digest", LargeBinary, ForeignKey("document_files.digest"), nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_party", Text, nullable=False),
    Column("added_at", INSTANT, nullable=False),
    Column("withdrawn_at", INSTANT),
    Column("withdrawn_for", Text),
    Index(None, "digest"),
    Index(None, "case_id", "document_id"),
    Index(
        "uq_documents_case_id_kind_digest",
        *("case_id", "kind", "digest"),
        unique=True,
        postgresql_where=text("withdrawn_at IS NULL"),
    ),
    info=OWNER,
)
"""What lies with a case. The same content of the same kind lies there once; withdrawn by whoever
added it, with grounds, it is still there to be read."""

papers = Table(
    "papers",
    metadata,
    Column("paper_no", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("case_kind", Text, nullable=False),
    Column("port", Text),
    Column("language", Text, nullable=False),
    Column("resident_id", Uuid),
    Column("facts_digest", LargeBinary, nullable=False),
    Column("digest", LargeBinary, ForeignKey("document_files.digest"), nullable=False),
    Column("issued_at", INSTANT, nullable=False),
    Column("issued_by", Text, nullable=False),
    UniqueConstraint(
        *("case_id", "kind", "language", "resident_id", "facts_digest"),
        postgresql_nulls_not_distinct=True,
    ),
    Index(None, "digest"),
    info=OWNER,
)
"""Signed papers. ``paper_no``: 128 random bits, which stand on the paper; ``resident_id``: whose
share alone it says; ``facts_digest``: of what it says, by which it is seen whether the record still
says the same. The same of the same case is issued once in a language."""
