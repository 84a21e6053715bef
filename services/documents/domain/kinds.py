"""The kinds of documents (随附单证): with which case each lies, who adds it, who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class DocumentKind(StrEnum):
    """What a document is to its case."""

    INVOICE = "INVOICE"
    TRANSPORT = "TRANSPORT"
    ORIGIN = "ORIGIN"
    QUARANTINE = "QUARANTINE"
    FINDINGS_PHOTO = "FINDINGS_PHOTO"
    CERTIFICATE = "CERTIFICATE"
    EVIDENCE = "EVIDENCE"


@dataclass(frozen=True, slots=True)
class Lies:
    """How documents of a kind lie with their case."""

    case: str
    """The prefix of the case's ids."""
    added_by: frozenset[str]
    """Roles; of customs only officers who were drawn for the case, of others only its parties."""
    read_by: frozenset[str]
    """Kinds of party, among those who may read the case."""
    is_finding: bool = False
    """Whether it shows what was found, which the log too tells customs alone."""


_CUSTOMS: Final = frozenset({"officer", "auditor"})
_DECLARING: Final = frozenset({"resident", "clerk"})
_OF_THE_LOT: Final = _CUSTOMS | {"resident", "group"}
_OF_THE_FACTORY: Final = _CUSTOMS | {"enterprise"}
_APPLYING: Final = frozenset({"enterprise"})

KINDS: Final = {
    DocumentKind.INVOICE: Lies("lot", _DECLARING, _OF_THE_LOT),
    DocumentKind.TRANSPORT: Lies("lot", _DECLARING, _OF_THE_LOT | {"gate"}),
    DocumentKind.ORIGIN: Lies("lot", _DECLARING, _OF_THE_LOT | {"enterprise"}),
    DocumentKind.QUARANTINE: Lies("lot", _DECLARING, _OF_THE_LOT | {"enterprise"}),
    DocumentKind.FINDINGS_PHOTO: Lies("ins", frozenset({"officer"}), _CUSTOMS, is_finding=True),
    DocumentKind.CERTIFICATE: Lies("aeo", _APPLYING, _OF_THE_FACTORY),
    DocumentKind.EVIDENCE: Lies("aeo", _APPLYING, _OF_THE_FACTORY),
}


def kinds_with(case: str) -> list[DocumentKind]:
    """The kinds that lie with cases of a prefix."""
    return [kind for kind, lies in KINDS.items() if lies.case == case]


def kinds_read_by(party_kind: str) -> list[str]:
    """The kinds that a kind of party reads, with whatever case it may see."""
    return [kind.value for kind, lies in KINDS.items() if party_kind in lies.read_by]


def kinds_added_by(role: str, case: str) -> list[DocumentKind]:
    """The kinds that a role may add to cases of a prefix, where it acts on them."""
    return [kind for kind in kinds_with(case) if role in KINDS[kind].added_by]
