"""The words of settlement's codes, in English; ``words/`` has them in the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "settlement": {
        "HELD": "held for bank compliance",
        "OFFERED": "with the bank",
        "IN_PROGRESS": "bank is working on it",
        "SETTLED": "paid, on the bank's word",
        "REJECTED": "refused by the bank",
        "CANCELLED": "taken back by the payer",
        "REFUSED": "refused by compliance",
        "release": "release",
        "refuse": "refuse",
        "progress": "note progress",
        "settle": "settle",
        "reject": "reject",
        "cancel": "take back",
    },
    "hand_answer": {
        "ENTERED": "waits for a second person",
        "CONFIRMED": "confirmed by two",
        "WITHDRAWN": "taken back",
        "confirm": "confirm",
        "withdraw": "take back",
    },
    "finding": {
        "RECORD_STANDS": "the record stands",
        "MONEY_RETURNED": "the money came back",
        "PAID_OUTSIDE": "paid against the record",
    },
    "disposition": {
        "RECORDED": "status carried out",
        "REPEATED": "same word again",
        "LATE": "after the end of the case",
        "AMOUNT_DIFFERS": "another amount",
        "CONTRADICTORY": "paid and rejected in one report",
        "PAID_AGAIN": "paid under a second booking",
        "NOT_YET": "value date not reached",
        "REASON_UNKNOWN": "reason that no list knows",
        "NOT_BOOKED": "could not be booked",
        "UNKNOWN_REFERENCE": "unknown reference",
    },
}
