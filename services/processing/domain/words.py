"""The words of landing processing's codes, in English; ``words/`` has the other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "e_book": {
        "OPEN": "entries are made",
        "ALERTED": "an alert waits for an officer",
        "CLOSED": "closed",
        "close": "close",
        "raise_alert": "raise an alert",
        "accept": "accept the difference",
        "reopen": "give back to be corrected",
        "enter": "make an entry",
        "receive": "receive goods",
        "correct": "ask for a correction",
    },
    "alert": {
        "RAISED": "alert raised",
        "ACCEPTED": "difference accepted, with a reason",
        "REOPENED": "given back to be corrected",
        "accept": "accept the difference",
        "reopen": "give back to be corrected",
        "RECEIPT": "receipt against purchase",
        "YIELD": "yield against unit consumption",
        "BALANCE": "unexplained weight",
        "SEAL": "seal not intact",
        "OVERDRAWN": "more used than the book holds",
    },
    "correction": {
        "ASKED": "asked for",
        "CONSENTED": "an officer consented",
        "REFUSED": "an officer refused",
        "consent": "consent to it",
        "refuse": "refuse it",
        "RECEIPT": "weight received",
        "CONSUMPTION": "unit consumption",
        "MATERIAL": "material that never came in",
        "PERIOD": "days of the period",
        "LOSS": "load lost on its way",
        "FOUND": "lost load that turned up",
    },
}
