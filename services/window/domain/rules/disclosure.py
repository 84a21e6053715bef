"""What of an event is not for every reader of its case.

A party that learns why risk control chose its goods learns how to avoid it, and a party that
learns of a name screening is warned (anti-money-laundering law forbids tipping off). Persons who
signed inside a bank are the bank's own affair.
"""

from __future__ import annotations

from typing import Any, Final

from services.kernel.messages import Actor
from services.kernel.notes import ActRefused

WITHHELD: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "LotScreened": (frozenset({"reasons", "rules"}), frozenset({"officer"})),
    "SettlementHeld": (frozenset({"reasons", "rules"}), frozenset({"bank"})),
    "SettlementRefused": (frozenset({"reasons", "rules"}), frozenset({"bank"})),
    "SettlementCleared": (frozenset({"released_by"}), frozenset({"bank"})),
    "SettlementReleaseSigned": (frozenset({"person"}), frozenset({"bank"})),
}
"""Event type -> the fields withheld, and the kinds of party they are not withheld from."""


def is_shown(type_: str, by: str, viewer: Actor) -> bool:
    """Whether a viewer is told of an event of a case that he may see; ``by`` is the party's acting.

    A refused act is the affair of who tried it, and of those who answer for the case: customs, but
    for what a bank tries, and the auditor. To others it and its values would tell of an attempt.
    """
    if type_ != ActRefused.__name__ or viewer.party == by:
        return True
    if viewer.party_kind in ("auditor", "platform"):
        return True
    return viewer.party_kind == "officer" and not by.startswith("bank:")


def sees_evidence(viewer: Actor) -> bool:
    """Whether a viewer reads who acted, and the hashes: the auditor alone.

    A hash would tell whoever knows the rest of an event what is withheld of it: reasons are few,
    and are tried out.
    """
    return viewer.party_kind == "auditor"


def disclosed(type_: str, body: dict[str, Any], *, party_kind: str) -> dict[str, Any]:
    """The body of an event as a party of this kind may see it; auditors see all of it."""
    fields, insiders = WITHHELD.get(type_, (frozenset(), frozenset()))
    if party_kind in insiders or party_kind in ("auditor", "platform"):
        return body
    return {name: value for name, value in body.items() if name not in fields}
