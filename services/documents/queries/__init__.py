"""Reads of the documents service; of papers in a module of their own."""

from services.documents.queries.documents import (
    CaseSeen,
    case_seen,
    document_get,
    document_list,
)

__all__ = ["CaseSeen", "case_seen", "document_get", "document_list"]
