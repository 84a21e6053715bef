"""The papers that the window signs: of which case, for whom, and what stands on each.

A paper says what the record says at that moment, and stands as long as the record says the same.
The names of its facts are the keys of its lines; their words are in ``paper_words.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final


class PaperKind(StrEnum):
    """What a paper is."""

    RECEIPT = "RECEIPT"
    """That a lot is accepted, and which quota it keeps (申报回执)."""
    PASS = "PASS"  # noqa: S105 - a paper
    """That a released lot may leave by the gate (放行出场单)."""
    FINDINGS = "FINDINGS"
    """What two officers found and signed (查验记录单)."""
    ADVICE = "ADVICE"
    """That a payment was made, on the bank's word (结算通知书)."""
    CERTIFICATE = "CERTIFICATE"
    """That an enterprise is certified (AEO企业认证证书)."""
    ORDER = "ORDER"
    """That a lot is to be inspected (查验通知单)."""
    STATEMENT = "STATEMENT"
    """The balance of a factory's closed period (核销结算表)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said: the name of its fact, and the kind in which its value is written, as the
    places of sentences have it (``platform/words.py``); a vocabulary, or plain."""

    name: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """One kind of paper."""

    about: str
    """The prefix of the case that it is about."""
    roles: frozenset[str]
    """Who may have it, of those who may read the case."""
    lines: tuple[Line, ...]
    columns: tuple[Line, ...] = ()
    """Of its table, the rows of which stand under ``rows`` among the facts."""
    lost: tuple[Line, ...] = ()
    """Of a second table, of what was lost; its rows stand under ``lost``, where there are any."""


_LOT: Final = (
    Line("reference"),
    Line("lot"),
    Line("port"),
    Line("group"),
    Line("goods"),
    Line("hs_code"),
    Line("origin"),
    Line("seller"),
    Line("vehicle_plate"),
    Line("foreign_plate"),
    Line("manifest_no"),
    Line("pieces", "number"),
    Line("net_kg", "kg"),
    Line("gross_kg", "kg"),
    Line("value", "money"),
)
_DECLARING: Final = frozenset({"resident", "clerk", "officer", "auditor"})
_CUSTOMS: Final = frozenset({"officer", "risk_officer", "auditor"})

PAPERS: Final[Mapping[PaperKind, Paper]] = {
    PaperKind.RECEIPT: Paper(
        "lot",
        _DECLARING,
        (Line("submitted_at", "instant"), Line("business_on", "day"), *_LOT),
        (Line("line_no", "number"), Line("resident"), Line("net_kg", "kg"), Line("kept", "money")),
    ),
    PaperKind.PASS: Paper(
        "lot",
        _DECLARING | {"gate"},
        (Line("released_at", "instant"), Line("lane", "lane"), *_LOT),
    ),
    # What every party of the lot is told of an inspection, and not how it was done.
    PaperKind.FINDINGS: Paper(
        "ins",
        _DECLARING | _CUSTOMS,
        (
            Line("order"),
            Line("reference"),
            Line("lot"),
            Line("port"),
            Line("goods"),
            Line("hs_code"),
            Line("declared_kg", "kg"),
            Line("vehicle_plate"),
            Line("foreign_plate"),
            Line("results", "result"),
            Line("disposal", "disposal"),
            Line("concluded_at", "instant"),
        ),
    ),
    PaperKind.ADVICE: Paper(
        "stl",
        frozenset({"resident", "clerk", "bank", "bank_compliance", "enterprise", "auditor"}),
        (
            Line("reference"),
            Line("instruction"),
            Line("lot"),
            Line("bank"),
            Line("seller"),
            Line("amount", "money"),
            Line("paid", "money"),
            Line("ended_at", "instant"),
        ),
    ),
    PaperKind.CERTIFICATE: Paper(
        "aeo",
        frozenset({"enterprise", "officer", "auditor"}),
        (
            Line("certificate"),
            Line("enterprise"),
            Line("enterprise_code"),
            Line("level", "credit_level"),
            Line("port"),
            Line("certified_on", "day"),
            Line("review_due_on", "day"),
        ),
    ),
    # How closely and where it is looked is told to nobody who could meet it.
    PaperKind.ORDER: Paper(
        "ins",
        _CUSTOMS,
        (
            Line("order"),
            Line("reference"),
            Line("lot"),
            Line("port"),
            Line("goods"),
            Line("vehicle_plate"),
            Line("lane", "lane"),
            Line("method", "method"),
            Line("bay"),
            Line("opened_at", "instant"),
        ),
    ),
    PaperKind.STATEMENT: Paper(
        "bok",
        frozenset({"enterprise", "officer", "auditor"}),
        (
            Line("book"),
            Line("enterprise"),
            Line("enterprise_code"),
            Line("port"),
            Line("period_from", "day"),
            Line("period_to", "day"),
            Line("closed_at", "instant"),
        ),
        (
            Line("material"),
            Line("opening_kg", "kg"),
            Line("received_kg", "kg"),
            Line("consumed_kg", "kg"),
            Line("loss_kg", "kg"),
            Line("scrap_beyond_kg", "kg"),
            Line("closing_kg", "kg"),
            Line("unexplained_kg", "kg"),
        ),
        (Line("purchase"), Line("material"), Line("lost_kg", "kg"), Line("lost_at", "instant")),
    ),
}
READERS: Final = tuple(sorted(set().union(*(paper.roles for paper in PAPERS.values()))))
"""Every role that may have some paper."""
GROUPS_OF: Final = 4
"""Signs of a number that are printed together."""


def may_have(kind: PaperKind, *, about: str, role: str) -> bool:
    """Whether who acts in a role may have this paper of a case of this prefix."""
    paper = PAPERS[kind]
    return paper.about == about and role in paper.roles


def digest_of(kind: PaperKind, facts: Mapping[str, Any]) -> bytes:
    """By what the same facts are known again: SHA-256 of their one spelling."""
    said = json.dumps([kind, facts], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(said.encode()).digest()


_SAID_SINCE: Final[Mapping[PaperKind, frozenset[str]]] = {
    PaperKind.FINDINGS: frozenset(
        {"goods", "hs_code", "declared_kg", "vehicle_plate", "foreign_plate"}
    ),
}
"""Of a kind, what its papers say that were not always asked to: one issued before stands by the
rest."""


def is_as_issued(kind: PaperKind, facts: Mapping[str, Any], digest: bytes) -> bool:
    """Whether a paper that was issued upon facts of this digest says what the record says now."""
    since = _SAID_SINCE.get(kind, frozenset())
    before = {name: fact for name, fact in facts.items() if name not in since}
    return digest in (digest_of(kind, facts), digest_of(kind, before))


def in_groups(number: str) -> str:
    """A paper's number as it is printed: 32 hexadecimal digits in groups, which are typed back."""
    return "-".join(number[i : i + GROUPS_OF] for i in range(0, len(number), GROUPS_OF)).upper()


def rows_of(facts: Mapping[str, Any], table: str = "rows") -> Sequence[Mapping[str, Any]]:
    """The rows of a paper's table."""
    rows: Sequence[Mapping[str, Any]] = facts.get(table) or ()
    return rows
