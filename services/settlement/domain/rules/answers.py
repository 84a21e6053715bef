"""What a bank's status means for a case (pacs.002 transaction status, W28)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.kernel.money import Money
from services.kernel.rule import rule
from services.settlement.domain.states import Disposition, InstructionState

SETTLED_CODES: Final = frozenset({"ACSC", "ACCC"})
REJECTED_CODES: Final = frozenset({"RJCT"})
PROGRESS_CODES: Final = frozenset({"ACSP", "PDNG", "ACTC", "ACCP", "RCVD", "ACWC", "ACFC"})
KNOWN_CODES: Final = SETTLED_CODES | REJECTED_CODES | PROGRESS_CODES


def act_of(code: str) -> str:
    """What a known status does to the instruction: settle, reject or progress."""
    if code in SETTLED_CODES:
        return "settle"
    return "reject" if code in REJECTED_CODES else "progress"


@dataclass(frozen=True, slots=True)
class Offered:
    """The message that a status answers: its case's state, its sum, the codes heard so far."""

    state: InstructionState
    instructed: Money
    heard: frozenset[str]


@rule("SET-19", source="iso-20022", in_force=date(2014, 4, 1))
def disposition(code: str, amount: Money | None, offered: Offered | None) -> Disposition:
    """A status counts once, for the offered message, for its exact sum, while the case is open.

    The standard has no day of its own here: banks have answered so since payments of border trade.
    """
    if offered is None:
        return Disposition.UNKNOWN_REFERENCE
    if code in offered.heard and (amount is None or amount == offered.instructed):
        return Disposition.REPEATED
    if amount is not None and amount != offered.instructed:
        return Disposition.AMOUNT_DIFFERS
    if offered.state not in (InstructionState.OFFERED, InstructionState.IN_PROGRESS):
        return Disposition.LATE
    if amount is None and code in SETTLED_CODES:
        return Disposition.AMOUNT_DIFFERS
    return Disposition.RECORDED


def contradicts(code: str, state: InstructionState) -> bool:
    """Whether a late status says otherwise than the case ended; a person must look at it."""
    ended = {InstructionState.SETTLED: "settle", InstructionState.REJECTED: "reject"}
    return act_of(code) not in (ended.get(state), "progress")


def contradictory(codes: Iterable[str]) -> bool:
    """Whether one report says of one payment both that it was made and that it was rejected."""
    return {"settle", "reject"} <= {act_of(code) for code in codes}
