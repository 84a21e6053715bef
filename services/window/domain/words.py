"""The words of the window's codes, in English; ``words/`` has them in the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "case": {
        "lot": "The lot",
        "inspection_order": "The inspection order",
        "accreditation": "The accreditation",
        "settlement": "The settlement instruction",
        "hand_answer": "The bank's answer by hand",
        "factory_order": "The factory order",
        "e_book": "The e-book",
        "webhook": "The webhook",
    },
    "webhook": {
        "ACTIVE": "events are delivered",
        "SUSPENDED": "receiver gone or failing for days",
        "REMOVED": "no longer wanted",
        "give_up": "give up",
        "change_secret": "change the secret",
        "replay": "deliver again",
        "remove": "remove",
    },
    "holder": {
        "members": "the members",
        "window": "the window",
        "customs": "customs",
        "carrier": "the carrier",
        "seller": "the residents who sell",
        "bank": "the bank",
        "bank_compliance": "the bank's compliance",
        "enterprise": "the enterprise",
        "nobody": "nobody",
    },
}
