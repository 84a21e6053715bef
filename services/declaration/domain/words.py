"""The words of declaration's codes, in English; ``words/`` has them in the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "lot": {
        "SUBMITTED": "accepted, shares to confirm",
        "IDENTITY_OK": "every share confirmed",
        "IN_INSPECTION": "being inspected",
        "RELEASED": "released",
        "GATE_OUT": "out of the gate",
        "SOLD": "sold in the second market",
        "SETTLED": "paid in full",
        "CLOSED": "closed",
        "CANCELLED": "withdrawn before release",
        "REJECTED": "refused after inspection",
        "RETURNED": "goods go back",
        "SEIZED": "goods are seized",
        "confirm": "confirm a share",
        "amend": "amend",
        "remind": "remind the members",
        "call_in": "call in for inspection",
        "decline": "refuse a share",
        "lapse": "lapse for want of an answer",
        "release": "release",
        "inspect": "inspect",
        "reject": "refuse",
        "return": "send back",
        "seize": "seize",
        "cancel": "withdraw",
        "pass_gate": "pass the gate",
        "sell": "sell",
        "settle": "pay",
        "close": "close",
    },
    "consent": {
        "PASSKEY": "by one touch of a bound phone",
        "SESSION": "signed in",
        "MANDATE": "by the clerk, by mandate",
    },
    "name_report": {
        "REPORTED": "said not to have been its bearer",
        "FOUND": "looked into, to be decided",
        "UPHELD": "it was not its bearer",
        "DISMISSED": "it was its bearer",
        "find": "write what was found",
        "uphold": "uphold",
        "dismiss": "dismiss",
    },
    "purpose": {"RESALE": "to sell", "OWN_USE": "own use"},
}
