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
        "hold": "hold",
        "release": "release",
        "refuse": "refuse",
        "progress": "note progress",
        "settle": "settle",
        "reject": "reject",
        "cancel": "take back",
    },
    "hold": {
        "NAME_HIT": "a name stands on a list",
        "NAME_CLOSE": "a name is one letter off a listed one",
        "AMOUNT_MISMATCH": "the sum is not what is left of the released value",
        "EARLIER_PAYMENT_DISPUTED": "an earlier payment of the lot is disputed",
        "EARLIER_PAYMENT_ANSWERED": "the bank answered an earlier payment of the lot that was held",
        "EARLIER_PAYMENT_HELD": "another bank held a payment of the lot, and nobody has let it go",
        "BIG_AMOUNT_CHECK": "the sum is reported as a large one",
        "BACKGROUND_NOT_RELEASED": "the lot is not released",
        "BACKGROUND_NOT_AN_IMPORT": "the lot is no import",
        "BACKGROUND_VALUE_EXCEEDED": "the sum is above the lot's value",
        "BACKGROUND_BANK_DIFFERS": "the seller's bank is another than the lot says",
        "BACKGROUND_SELLER_NOT_ABROAD": "the seller is not abroad",
    },
    "hand_answer": {
        "ENTERED": "waits for a second person",
        "CONFIRMED": "confirmed by two",
        "WITHDRAWN": "taken back",
        "confirm": "confirm",
        "withdraw": "take back",
    },
    "booking": {
        "RESERVE": "reserved",
        "POST": "posted",
        "VOID": "let go again",
        "RETURN": "came back",
    },
    "ledger_account": {
        "buyer": "payer",
        "seller": "seller",
        "liquidity": "the bank's exchange position",
        "spread": "the bank's margin",
    },
    "ledger_layer": {
        "PENDING": "reserved",
        "POSTED": "posted",
    },
    "finding": {
        "RECORD_STANDS": "the record stands",
        "MONEY_RETURNED": "the money came back",
        "PAID_OUTSIDE": "paid against the record",
        "RETURNED": "the money of the goods came back",
        "KEPT": "the seller keeps the money",
    },
    "disposition": {
        "RECORDED": "status carried out",
        "REPEATED": "same word again",
        "LATE": "after the end of the case",
        "AMOUNT_DIFFERS": "another amount",
        "CONTRADICTORY": "paid and rejected in one report",
        "PAID_AGAIN": "paid under a second booking",
        "VALUED_BEFORE": "value date before the payment",
        "NOT_YET": "value date not reached",
        "REASON_UNKNOWN": "reason that no list knows",
        "NOT_BOOKED": "could not be booked",
        "UNKNOWN_REFERENCE": "unknown reference",
        "GOODS_GONE": "paid, and the goods never come",
    },
}
