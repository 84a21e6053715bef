"""Identifiers: UUIDv7 shown with a prefix that says what they name (``lot_0199...``)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND

PREFIXES: Final = {
    "lot": "lot of a border-resident declaration (互市申报单)",
    "tkt": "ticket: one resident's share of a lot",
    "ent": "entry through the gate (进卡)",
    "man": "manifest of a truck (舱单)",
    "res": "border resident (边民)",
    "ofc": "customs officer",
    "ins": "inspection order (查验)",
    "scr": "risk screening",
    "rul": "risk rule",
    "ctl": "risk control (布控)",
    "cal": "call of a lot by hand (手工布控)",
    "sed": "seed of verifiable draws",
    "crd": "credit level decision",
    "aeo": "accreditation case (AEO)",
    "qte": "bank quote or firm quote",
    "prc": "pooled price",
    "stl": "settlement instruction",
    "msg": "bank message",
    "led": "ledger transaction",
    "abs": "announced absence of a rota bank",
    "dsp": "dispute with a bank",
    "ans": "answer of a bank that was entered by hand",
    "scn": "entry of a screening list",
    "ord": "factory order",
    "pur": "purchase of a lot by a factory",
    "bok": "e-book period of a factory (电子账册)",
    "rcp": "receipt by weight",
    "out": "reported production output",
    "alt": "mass-balance alert",
    "cor": "correction of a book that its factory asks for",
    "pol": "policy parameter row",
    "imp": "filing of records with a register",
    "bky": "key by which a bank's signatures are checked",
    "doc": "document: a paper or a photo that lies with a case",
    "nmr": "report that a use of one's name was not oneself (冒用名义报告)",
    "pky": "passkey of a resident (一指通)",
    "ntc": "notice: what a party was told (通知)",
    "whk": "webhook: where a party wants to be told",
}
CASES: Final = ("lot", "ins", "aeo", "stl", "ord", "bok")
"""Which of them name a case with a timeline of its own."""
_SHAPE: Final = re.compile(r"([a-z]{3})_([0-9a-f]{32})")


def is_own(value: str) -> bool:
    """Whether this is an identifier of ours, whatever it names."""
    match = _SHAPE.fullmatch(value)
    return match is not None and match.group(1) in PREFIXES


def is_case(value: str) -> bool:
    """Whether this is the identifier of a case with a timeline."""
    return is_own(value) and value[:3] in CASES


def new_uuid() -> UUID:
    """A fresh UUIDv7: time-ordered, so it clusters and partitions by creation time."""
    return uuid7()


def first_of(instant: datetime) -> UUID:
    """The lowest UUIDv7 that could have been made at an instant: what was made before is lower.

    None was made before 1970: of an instant before, it is the lowest of all.
    """
    return UUID(int=max(0, int(instant.timestamp() * 1000)) << 80)


def new_id(prefix: str) -> str:
    """A fresh identifier of the given kind. Not for workflow code, which takes ids as input."""
    return show(prefix, uuid7())


def show(prefix: str, value: UUID) -> str:
    """The public form of a stored UUID."""
    if prefix not in PREFIXES:
        raise ValueError(f"unknown identifier prefix {prefix!r}")
    return f"{prefix}_{value.hex}"


def uuid_of(public: str, prefix: str) -> UUID:
    """The stored UUID of a public identifier of the expected kind. Raises Refused NOT_FOUND.

    A malformed identifier cannot name anything, so it is answered like an unknown one.
    """
    match = _SHAPE.fullmatch(public)
    if match is None or match.group(1) != prefix:
        raise Refused(NOT_FOUND.at())
    return UUID(hex=match.group(2))


def case_uuid(public: str) -> UUID:
    """The UUID behind any public identifier, whatever its kind. Raises Refused NOT_FOUND."""
    return uuid_of(public, public[:3])
