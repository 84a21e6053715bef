"""What other services' acts make a lot wait for, and bring: the names they share with its owner."""

from __future__ import annotations

from enum import StrEnum


class LotWait(StrEnum):
    """What of sale, payment and delivery is still to come; the words are in the lot's table."""

    SALE = "SALE"
    """The residents' side is to offer the goods to a factory."""
    PURCHASE = "PURCHASE"
    """A factory is to buy what it is offered."""
    SETTLEMENT = "SETTLEMENT"
    """The residents' side is to have the seller paid."""
    DISPATCH = "DISPATCH"
    """The goods are to be brought to their factory."""
    RECEIPT = "RECEIPT"
    """The factory is to receive them."""
