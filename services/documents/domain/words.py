"""The words of documents' codes, in English; ``words/`` has them in the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.documents.domain.paper_words import PAPER_WORDS

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "document_kind": {
        "INVOICE": "invoice",
        "TRANSPORT": "transport paper",
        "ORIGIN": "certificate of origin",
        "QUARANTINE": "quarantine certificate",
        "FINDINGS_PHOTO": "photo of what was found",
        "CERTIFICATE": "certificate",
        "EVIDENCE": "evidence for a standard",
    },
    **PAPER_WORDS,
}
