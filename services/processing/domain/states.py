"""The life of an e-book period."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from services.kernel.case_kinds import KindOfCase
from services.kernel.states import DONE, Held, StateTable, Wait


class BookState(StrEnum):
    """Where an e-book period (电子账册) stands."""

    OPEN = "OPEN"
    """Receipts and outputs are entered."""
    ALERTED = "ALERTED"
    """Counted, but an alert waits for an officer; nothing is entered meanwhile."""
    CLOSED = "CLOSED"
    """Balanced, or accepted by an officer; what is left is carried over."""


ALERT: Final = Wait("ALERT", "An officer must close the alerts.", "everyone")
CORRECTION: Final = Wait(
    "CORRECTION", "An officer must consent to a correction, or refuse it.", "everyone"
)
BOOK: Final = StateTable[BookState](
    "e_book",
    moves={
        (BookState.OPEN, "close"): BookState.CLOSED,
        (BookState.OPEN, "raise_alert"): BookState.ALERTED,
        (BookState.ALERTED, "accept"): BookState.CLOSED,
        (BookState.ALERTED, "reopen"): BookState.OPEN,
    },
    held={
        BookState.OPEN: Held(
            "enterprise",
            (Wait("CLOSING", "Stock is to be counted and the period closed.", "enterprise"),),
        ),
        BookState.ALERTED: Held("customs"),
        BookState.CLOSED: DONE,
    },
    aside=(ALERT, CORRECTION),
)
"""Every legal move, who holds a book and what it waits for. An alert and a correction that is asked
for wait whatever the state."""

CASES: Final = (KindOfCase("bok", "e_book", BOOK, "processing:book:read", "v_books.book_id"),)


class AlertState(StrEnum):
    """Where an alert stands."""

    RAISED = "RAISED"
    ACCEPTED = "ACCEPTED"
    """An officer took the difference as explained, with a reason."""
    REOPENED = "REOPENED"
    """An officer gave the book back to be corrected, or what was alerted stands no more."""


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
    OVERDRAWN = "OVERDRAWN"
    """Products used more of a material than the book holds; the factory said why."""


class CorrectionState(StrEnum):
    """Where a correction stands."""

    ASKED = "ASKED"
    """The factory has asked; nothing is changed yet."""
    CONSENTED = "CONSENTED"
    """An officer consented, and the book was put right."""
    REFUSED = "REFUSED"
    """An officer refused; the book is as it was."""


class CorrectionKind(StrEnum):
    """What was written wrong."""

    RECEIPT = "RECEIPT"
    """The weight of a receipt."""
    CONSUMPTION = "CONSUMPTION"
    """Unit consumption of which nothing is made yet."""
    MATERIAL = "MATERIAL"
    """A material that never came in."""
    PERIOD = "PERIOD"
    """The days of the period."""


RAISED_BY: Final = {
    AlertKind.RECEIPT: ("PRC-04",),
    AlertKind.YIELD: ("PRC-02",),
    AlertKind.BALANCE: ("PRC-03",),
    AlertKind.SEAL: (),
    AlertKind.OVERDRAWN: ("PRC-06", "PRC-02"),
}
"""The rule by which an alert is raised; a broken seal is a fact and needs none."""
