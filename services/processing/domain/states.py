"""The life of an e-book period."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from services.kernel.states import StateTable


class BookState(StrEnum):
    """Where an e-book period (电子账册) stands."""

    OPEN = "OPEN"
    """Receipts and outputs are entered."""
    ALERTED = "ALERTED"
    """Counted, but an alert waits for an officer; nothing is entered meanwhile."""
    CLOSED = "CLOSED"
    """Balanced, or accepted by an officer; what is left is carried over."""


BOOK: Final = StateTable[BookState](
    "e_book",
    {
        (BookState.OPEN, "close"): BookState.CLOSED,
        (BookState.OPEN, "raise_alert"): BookState.ALERTED,
        (BookState.ALERTED, "accept"): BookState.CLOSED,
        (BookState.ALERTED, "reopen"): BookState.OPEN,
    },
)


class AlertState(StrEnum):
    """Where an alert stands."""

    RAISED = "RAISED"
    ACCEPTED = "ACCEPTED"
    """An officer took the difference as explained, with a reason."""
    REOPENED = "REOPENED"
    """An officer gave the book back to be corrected."""


class AlertKind(StrEnum):
    """What went beyond its tolerance."""

    RECEIPT = "RECEIPT"
    """Weight received against weight bought."""
    YIELD = "YIELD"
    """Products against the declared unit consumption."""
    BALANCE = "BALANCE"
    """Unexplained weight at closing."""
    SEAL = "SEAL"
    """The seal of the escorted movement was not intact."""
