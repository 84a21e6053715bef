"""What callers send to and get from documents; of papers in a module of their own."""

from services.documents.schemas.documents import (
    CaseDocuments,
    DocumentShown,
    WithdrawalRequest,
)

__all__ = ["CaseDocuments", "DocumentShown", "WithdrawalRequest"]
