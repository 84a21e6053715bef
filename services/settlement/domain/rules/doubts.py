"""Which rule a payment is held by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

DOUBTED_BY: Final = {
    "AMOUNT_MISMATCH": "SET-09",
    "NAME_HIT": "SET-12",
    "NAME_CLOSE": "SET-24",
    "EARLIER_PAYMENT_DISPUTED": "SET-19",
    "EARLIER_PAYMENT_ANSWERED": "SET-19",
    "EARLIER_PAYMENT_HELD": "SET-28",
    "BIG_AMOUNT_CHECK": "SET-16",
}
_BACKGROUND: Final = "BACKGROUND_"


def rules_of(doubts: Iterable[str]) -> tuple[str, ...]:
    """The rules by which a payment is held for these doubts, each once.

    Every doubt is a rule's: raises KeyError for one that none has.
    """
    found = ("SET-10" if d.startswith(_BACKGROUND) else DOUBTED_BY[d] for d in doubts)
    return tuple(dict.fromkeys(found))
