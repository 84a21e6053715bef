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
    """Counted, but an alert waits for an officer; only goods that come are entered meanwhile."""
    CLOSED = "CLOSED"
    """Balanced, or accepted by an officer; what is left is carried over."""


ALERT: Final = Wait("ALERT", "An officer must close the alerts.", "everyone", brought_by="customs")
CORRECTION: Final = Wait(
    "CORRECTION",
    "An officer must consent to a correction, or refuse it.",
    "everyone",
    brought_by="customs",
)
BOOK: Final = StateTable[BookState](
    "e_book",
    moves={
        (BookState.OPEN, "enter"): BookState.OPEN,
        (BookState.OPEN, "receive"): BookState.OPEN,
        (BookState.ALERTED, "receive"): BookState.ALERTED,
        (BookState.OPEN, "correct"): BookState.OPEN,
        (BookState.ALERTED, "correct"): BookState.ALERTED,
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

_BY: Final = {
    "enterprise": frozenset({"enter", "receive", "correct", "close"}),
    "officer": frozenset({"accept", "reopen"}),
}
"""Whose acts on a book are which, by role; an officer's are his word on its alerts."""
_BEGUN: Final = frozenset({"enter", "receive", "close"})
_ONE_AT_A_TIME: Final = frozenset({"correct"})
"""What a book takes from its first day on, and what while no correction of it waits."""


def acts_open(
    state: BookState, role: str, *, begun: bool, corrected: bool, interested: bool
) -> list[str]:
    """Which acts of a role a book's state allows, that has ``begun`` or not, and of which a
    correction waits (``corrected``) or does not; an officer who is ``interested`` in the factory
    has no word on it."""
    if interested:
        return []
    closed = (frozenset() if begun else _BEGUN) | (_ONE_AT_A_TIME if corrected else frozenset())
    his = _BY.get(role, frozenset()) - closed
    return [act for act in BOOK.acts(state) if act in his]


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


BY_COUNT: Final = frozenset({AlertKind.YIELD, AlertKind.BALANCE})
"""What a count raises, and what is undone with it; an entry's alert stands as the entry does."""
ALERT_CLOSING: Final = StateTable[AlertState](
    "alert",
    moves={
        (AlertState.RAISED, "accept"): AlertState.ACCEPTED,
        (AlertState.RAISED, "reopen"): AlertState.REOPENED,
    },
)
"""No kind of case: an officer's word on what waits in a book."""


def alert_acts_open(
    state: AlertState, kind: AlertKind, book: BookState, role: str, *, interested: bool
) -> list[str]:
    """Which acts of a role an alert allows, in a book that stands so: accepted is any; a book is
    given back that was counted, for what its count has raised. Who is ``interested`` has none."""
    if role != "officer" or interested:
        return []
    given_back = kind in BY_COUNT and "reopen" in BOOK.acts(book)
    return [act for act in ALERT_CLOSING.acts(state) if act != "reopen" or given_back]


class CorrectionState(StrEnum):
    """Where a correction stands."""

    ASKED = "ASKED"
    """The factory has asked; nothing is changed yet."""
    CONSENTED = "CONSENTED"
    """An officer consented, and the book was put right."""
    REFUSED = "REFUSED"
    """An officer refused; the book is as it was."""


CORRECTION_DECISION: Final = StateTable[CorrectionState](
    "correction",
    moves={
        (CorrectionState.ASKED, "consent"): CorrectionState.CONSENTED,
        (CorrectionState.ASKED, "refuse"): CorrectionState.REFUSED,
    },
)
"""Nor this: an officer's word on a correction."""


def correction_acts_open(state: CorrectionState, role: str, *, interested: bool) -> list[str]:
    """Which acts of a role a correction allows; who is ``interested`` in the factory has none."""
    his = role == "officer" and not interested
    return list(CORRECTION_DECISION.acts(state)) if his else []


class CorrectionKind(StrEnum):
    """What was written wrong, or came otherwise than the book waits for."""

    RECEIPT = "RECEIPT"
    """The weight of a receipt."""
    CONSUMPTION = "CONSUMPTION"
    """Unit consumption of which nothing is made yet."""
    MATERIAL = "MATERIAL"
    """A material that never came in."""
    PERIOD = "PERIOD"
    """The days of the period."""
    LOSS = "LOSS"
    """A load that left for the factory and is lost on its way: it is written off."""
    FOUND = "FOUND"
    """A load that was written off as lost has turned up: it is waited for again."""


OF_A_LOAD: Final = frozenset({CorrectionKind.LOSS, CorrectionKind.FOUND})
"""What is put right of a load that lay in no stock: a count stands beside it."""


RAISED_BY: Final = {
    AlertKind.RECEIPT: ("PRC-04",),
    AlertKind.YIELD: ("PRC-02",),
    AlertKind.BALANCE: ("PRC-03",),
    AlertKind.SEAL: (),
    AlertKind.OVERDRAWN: ("PRC-06", "PRC-02"),
}
"""The rule by which an alert is raised; a broken seal is a fact and needs none."""
CORRECTED_BY: Final = {
    CorrectionKind.RECEIPT: ("PRC-04",),
    CorrectionKind.CONSUMPTION: ("PRC-12", "PRC-01"),
    CorrectionKind.MATERIAL: ("PRC-13",),
    CorrectionKind.PERIOD: ("PRC-08",),
    CorrectionKind.LOSS: ("PRC-10",),
    CorrectionKind.FOUND: ("PRC-11",),
}
"""The rules by which a correction is judged, when it is asked for and when an officer decides."""
