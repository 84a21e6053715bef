"""States of a settlement instruction and of a bank message."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from services.kernel.case_kinds import KindOfCase
from services.kernel.states import BANK_INSIDE, DONE, Held, Outside, StateTable, Wait


class InstructionState(StrEnum):
    """Where a settlement instruction stands."""

    HELD = "HELD"  # a mismatch or a name hit waits for bank compliance; no message goes out
    OFFERED = "OFFERED"  # funds reserved, message waits at or with the bank
    IN_PROGRESS = "IN_PROGRESS"  # the bank has said that it is working on it
    SETTLED = "SETTLED"  # the bank has said that the money has moved
    REJECTED = "REJECTED"  # the bank has refused; reservation void, value given back
    CANCELLED = "CANCELLED"  # taken back by its payer before the bank took the message
    REFUSED = "REFUSED"  # refused by compliance; nothing is drawn


S = InstructionState

_BANK: Final = Held(
    "bank", (Wait("BANK_ANSWER", "The bank must say what became of the payment.", "bank"),)
)
DISPUTE: Final = Wait(
    "BANK_DISPUTE",
    "The bank said what cannot be booked; two of its compliance must find out what is true.",
    "compliance",
    outlives=True,
    holds="bank_compliance",
)
HELD_DISPUTE: Final = Wait(
    "HELD_DISPUTE",
    "The bank answered what compliance holds; two of its compliance must find out what is true.",
    "compliance",
    outlives=True,
    told_to=BANK_INSIDE,
)
"""It holds no payment that has ended: who holds one its payer reads."""
GOODS_GONE: Final = Wait(
    "GOODS_GONE",
    "The goods never come; two of the bank's compliance must find what becomes of the money.",
    "compliance",
    outlives=True,
    holds="bank_compliance",
)
BLOCKED: Final = Wait(
    "MONEY_BLOCKED",
    "The bank has blocked the money; its compliance must find out what becomes of it.",
    "compliance",
    told_to=BANK_INSIDE,
)
CONFIRMATION: Final = Wait(
    "ANSWER_CONFIRMATION",
    "The bank's answer was entered by hand; a second person of the bank must confirm it.",
    "bank",
    told_to=BANK_INSIDE,
)
INSTRUCTION: Final = StateTable[InstructionState](
    "settlement",
    moves={
        (S.HELD, "release"): S.OFFERED,
        (S.HELD, "refuse"): S.REFUSED,
        (S.HELD, "cancel"): S.CANCELLED,
        (S.OFFERED, "hold"): S.HELD,
        (S.OFFERED, "cancel"): S.CANCELLED,
        (S.OFFERED, "progress"): S.IN_PROGRESS,
        (S.OFFERED, "settle"): S.SETTLED,
        (S.OFFERED, "reject"): S.REJECTED,
        (S.IN_PROGRESS, "progress"): S.IN_PROGRESS,
        (S.IN_PROGRESS, "settle"): S.SETTLED,
        (S.IN_PROGRESS, "reject"): S.REJECTED,
    },
    held={
        S.HELD: Held(
            "bank_compliance",
            (Wait("COMPLIANCE", "The bank's compliance must decide.", "compliance"),),
        ),
        S.OFFERED: _BANK,
        S.IN_PROGRESS: _BANK,
        S.SETTLED: DONE,
        S.REJECTED: DONE,
        S.CANCELLED: DONE,
        S.REFUSED: DONE,
    },
    aside=(DISPUTE, HELD_DISPUTE, GOODS_GONE, BLOCKED, CONFIRMATION),
    outside=Outside(BANK_INSIDE, {S.HELD: S.OFFERED}, until="hold_told_at"),
)

_BY: Final = {
    **dict.fromkeys(("resident", "clerk", "enterprise"), frozenset({"cancel"})),
    "bank": frozenset({"progress", "settle", "reject"}),
    "bank_compliance": frozenset({"release", "refuse"}),
}
"""Whose acts on a payment are which, by role; a bank's by its system's message or by hand."""


def acts_open(shown: InstructionState, role: str) -> list[str]:
    """Which acts of a role a payment's state allows, as it stands to whoever reads it."""
    return [act for act in INSTRUCTION.acts(shown) if act in _BY.get(role, ())]


CASES: Final = (
    KindOfCase(
        "stl",
        "settlement",
        INSTRUCTION,
        "settlement:instruction:read",
        "v_settlements.instruction_id",
    ),
)

#: States in which an instruction still claims its lot: a second one would be a duplicate.
OPEN_STATES: Final = (S.HELD, S.OFFERED, S.IN_PROGRESS)


class AnswerState(StrEnum):
    """Where an answer stands that a bank's person entered by hand."""

    ENTERED = "ENTERED"  # by one person; nothing is made of it yet
    CONFIRMED = "CONFIRMED"  # by another of the same bank: it came in as the bank's report
    WITHDRAWN = "WITHDRAWN"  # taken back by a person of the bank; nothing was made of it


HAND_ANSWER: Final = StateTable[AnswerState](
    "hand_answer",
    moves={
        (AnswerState.ENTERED, "confirm"): AnswerState.CONFIRMED,
        (AnswerState.ENTERED, "withdraw"): AnswerState.WITHDRAWN,
    },
)
"""No kind of case: it stands on no desk, but the payments that it answers do (0139)."""


class Finding(StrEnum):
    """What two persons found of a dispute; none but RETURNED books anything."""

    RECORD_STANDS = "RECORD_STANDS"  # what the bank said was wrong
    MONEY_RETURNED = "MONEY_RETURNED"  # what was paid wrongly, or twice, came back
    PAID_OUTSIDE = "PAID_OUTSIDE"  # it was paid against the record: the lot is not paid again
    RETURNED = "RETURNED"  # of goods that are gone: the money came back, and is booked so
    KEPT = "KEPT"  # of goods that are gone: the seller keeps the money, for these grounds


class Disposition(StrEnum):
    """What became of one status that a bank sent, or what else a dispute is about."""

    RECORDED = "RECORDED"  # carried out: booked, given back, or noted as work in progress
    REPEATED = "REPEATED"  # the same word again; changes nothing
    LATE = "LATE"  # after the end of the case; kept for a person if it contradicts
    AMOUNT_DIFFERS = "AMOUNT_DIFFERS"  # not the amount that was instructed; never booked
    CONTRADICTORY = "CONTRADICTORY"  # one report says both paid and rejected; never booked
    PAID_AGAIN = "PAID_AGAIN"  # the same payment under a second booking; never booked
    VALUED_BEFORE = "VALUED_BEFORE"  # of days before it was instructed; never booked
    NOT_YET = "NOT_YET"  # paid on a later day by its value date; booked when that is said then
    REASON_UNKNOWN = "REASON_UNKNOWN"  # by a code that no list knows; a person is called
    NOT_BOOKED = "NOT_BOOKED"  # could not be carried out; a person is called
    UNKNOWN_REFERENCE = "UNKNOWN_REFERENCE"  # names no message offered to this bank
    GOODS_GONE = "GOODS_GONE"  # of no status: the goods that are paid for never come
