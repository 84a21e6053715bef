"""What a bank's status means for a case (pacs.002 transaction status, W28)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from services.kernel.money import Money
from services.kernel.rule import rule
from services.settlement.domain.states import Disposition, InstructionState

#: Every status of ISO's ExternalPaymentTransactionStatus1Code, and what it does to a payment.
ACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ACSC": "settle",  # settled on the debtor's account
        "ACCC": "settle",  # settled on the creditor's account
        "CPUC": "settle",  # the creditor has picked the cash up
        "RJCT": "reject",  # rejected
        "CANC": "reject",  # cancelled before it was executed
        "RCVD": "progress",  # received
        "ACTC": "progress",  # technically valid
        "PATC": "progress",  # technically valid, a further signature is awaited
        "ACCP": "progress",  # the customer's profile was checked
        "ACFC": "progress",  # the funds were checked
        "ACWC": "progress",  # accepted with a change that leaves the sum
        "ACSP": "progress",  # in process
        "ACPD": "progress",  # released to clearing
        "ACWP": "progress",  # accepted, not yet posted to the creditor
        "ACIS": "progress",  # a cheque was issued, which may yet come back
        "PRES": "progress",  # presented
        "PDNG": "progress",  # further checks
        "BLCK": "progress",  # blocked: neither posted nor returned
    }
)
SETTLED_CODES: Final = frozenset(code for code, act in ACTS.items() if act == "settle")
REJECTED_CODES: Final = frozenset({"RJCT"})
"""Codes that say why: a payer must be able to read it."""
CALLING_CODES: Final = frozenset({"BLCK"})
"""Codes after which the money lies where nobody has it until a person acts."""
GROUP_CODES: Final = frozenset({"PART"})
"""Codes of a group alone: some of its payments were accepted, each says so itself."""

BEHIND_MAX: Final = "settle.book_behind_max_days"


@rule("SET-42", source="iso-20022", in_force=date(2014, 4, 1))
def act_of(code: str) -> str:
    """A bank's status settles a payment, rejects it, or says of it no more than that work goes on.

    Which of the three each does, settle, reject or progress, is its meaning in ISO's external list.
    """
    return ACTS[code]


@dataclass(frozen=True, slots=True)
class Offered:
    """The message that a status answers: its case's state, its sum, the codes heard so far."""

    state: InstructionState
    instructed: Money
    heard: frozenset[str]
    settles_on: date | None = None
    """The settlement day that the message states."""
    paid_as: str | None = None
    """The bank's reference of the booking by which it paid, as it said with the settling word."""
    instructed_on: date | None = None
    """The Beijing day on which its payer instructed it."""
    kept_back: bool = False
    """Whether its compliance holds it, and its payer is told of one that its bank has taken."""
    behind_max: timedelta = timedelta()
    """By the law of that day, how far a bank's book may be behind: past midnight, it may still be
    at the day before."""


@dataclass(frozen=True, slots=True)
class Said:
    """One status as its bank wrote it, as far as it is judged."""

    code: str
    amount: Money | None = None
    booked_as: str | None = None
    """The bank's reference of its booking."""
    effective_on: date | None = None
    """The value date by its own word."""
    stated_on: date | None = None
    """The settlement day that it repeats from the message, or states instead."""
    coded_reasons: tuple[str, ...] = ()
    """Its reasons that are codes of ISO's, as far as it gives any."""


@rule("SET-19", source="iso-20022", in_force=date(2014, 4, 1))
def disposition(
    said: Said, offered: Offered | None, *, today: date, reasons: Container[str] = ()
) -> Disposition:
    """A status counts once, for the offered message, for its exact sum, while the case is open.

    A sum need not be repeated: the references name the payment, and correspondent banking (CBPR+)
    has no place for one. Another sum is never booked, nor is one before its value date, nor one
    of a value date further before it was instructed than a bank's book may be behind, nor the
    same payment under a second booking of the bank's, nor an end for a reason that is none of
    ``reasons``; of work in progress nothing is booked, and its reason is kept as written. Of one
    that is held and kept back the same is disputed as of one that is taken, and what could be
    booked of that is late. The standard has no day of its own here: banks have answered so since
    payments of border trade.
    """
    if offered is None:
        return Disposition.UNKNOWN_REFERENCE
    if said.amount is not None and said.amount != offered.instructed:
        return Disposition.AMOUNT_DIFFERS
    if _booked_again(said, offered):
        return Disposition.PAID_AGAIN
    if said.code in offered.heard:
        return Disposition.REPEATED
    is_open = offered.state in (InstructionState.OFFERED, InstructionState.IN_PROGRESS)
    if not (is_open or offered.kept_back):
        return Disposition.LATE
    if _is_before(said, offered):
        return Disposition.VALUED_BEFORE
    if act_of(said.code) != "progress" and not reasons_known(said.coded_reasons, reasons):
        return Disposition.REASON_UNKNOWN
    if offered.kept_back:
        return Disposition.LATE
    if said.code in SETTLED_CODES and _is_ahead(said, offered, today):
        return Disposition.NOT_YET
    return Disposition.RECORDED


@rule("SET-23", source="iso-20022", in_force=date(2014, 4, 1))
def reasons_known(coded: Iterable[str], known: Container[str]) -> bool:
    """A coded reason that the external code list does not know is not believed."""
    return all(code in known for code in coded)


def _booked_again(said: Said, offered: Offered) -> bool:
    """Whether it was paid before, under another booking: whichever code each of them bears."""
    paid = offered.state is InstructionState.SETTLED and said.code in SETTLED_CODES
    known = offered.paid_as is not None and said.booked_as is not None
    return paid and known and said.booked_as != offered.paid_as


def _is_ahead(said: Said, offered: Offered, today: date) -> bool:
    """Whether the money moves on a later day only; the day of our own message says nothing."""
    if said.effective_on is not None:
        return said.effective_on > today
    stated = said.stated_on
    return stated is not None and stated > today and stated != offered.settles_on


def _is_before(said: Said, offered: Offered) -> bool:
    """Whether the money would have moved before anybody asked for it, by any bank's book."""
    stated = None if said.stated_on == offered.settles_on else said.stated_on
    day, asked_on = said.effective_on or stated, offered.instructed_on
    return day is not None and asked_on is not None and day < asked_on - offered.behind_max


def contradicts(code: str, state: InstructionState) -> bool:
    """Whether a late status says otherwise than the case ended; a person must look at it.

    So it does where it says that the money lies blocked: it is neither paid nor given back.
    """
    ended = {
        InstructionState.SETTLED: "settle",
        InstructionState.REJECTED: "reject",
        InstructionState.CANCELLED: "reject",
        InstructionState.REFUSED: "reject",
    }
    return code in CALLING_CODES or act_of(code) not in (ended.get(state), "progress")


def contradictory(codes: Iterable[str]) -> bool:
    """Whether one report says of one payment both that it was made and that it was rejected."""
    return {"settle", "reject"} <= {act_of(code) for code in codes}
