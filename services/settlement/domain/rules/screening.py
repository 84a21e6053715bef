"""Name screening (名单筛查): parties and banks against a list of hashed, normalised names."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.kernel.canonical import visible, words_without_accents
from services.kernel.rule import rule

# What a company calls its legal form says nothing about who it is.
_LEGAL_FORMS: Final = frozenset({"co", "ltd", "limited", "company", "cty", "tnhh", "jsc", "inc"})
_CHINESE_FORMS: Final = ("有限责任公司", "股份有限公司", "有限公司")


def normalised(name: str) -> str:
    """One spelling per name: compatibility forms, case, marks, order of words and legal form."""
    text = unicodedata.normalize("NFKC", visible(name))
    for form in _CHINESE_FORMS:
        text = text.replace(form, " ")
    words = words_without_accents(text)
    telling = [w for w in words if w not in _LEGAL_FORMS] or words
    return " ".join(sorted(telling))


def name_hash(name: str) -> bytes:
    """SHA-256 of the normalised name: what the list stores instead of the name."""
    return hashlib.sha256(normalised(name).encode()).digest()


@dataclass(frozen=True, slots=True)
class Hit:
    """A subject of the payment found on a list, by the list's own reference."""

    role: str
    list_name: str
    reference: str


@rule("SET-12", source="aml-law", in_force=date(2007, 1, 1))
def hits(
    subjects: Mapping[str, Iterable[bytes]], entries: Mapping[bytes, Iterable[tuple[str, str]]]
) -> tuple[Hit, ...]:
    """Both parties and the beneficiary's bank are compared with every list before money moves."""
    found = {
        Hit(role, list_name, reference)
        for role, hashes in subjects.items()
        for value in hashes
        for list_name, reference in entries.get(value, ())
    }
    return tuple(sorted(found, key=lambda h: (h.role, h.list_name, h.reference)))


#: What the payer reckons from the lot and the own instruction.
_TOLD: Final = frozenset(
    {
        "AMOUNT_MISMATCH",
        "EARLIER_PAYMENT_DISPUTED",
        "BACKGROUND_NOT_RELEASED",
        "BACKGROUND_VALUE_EXCEEDED",
    }
)


@rule("SET-21", source="aml-law", in_force=date(2025, 1, 1))
def told(reasons: Iterable[str]) -> tuple[str, ...] | None:
    """Of why a payment was refused its payer reads what tells nothing of a screening, else nothing.

    None rather than an empty answer, and other doubts of the background are withheld like a name
    hit: what only a hit leaves unsaid would say it.
    """
    return tuple(reason for reason in reasons if reason in _TOLD) or None
