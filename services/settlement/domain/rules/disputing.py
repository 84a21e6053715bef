"""What becomes a dispute about a payment, who ends one, and with which findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.kernel.second_person import second_person
from services.settlement.domain import refusals
from services.settlement.domain.model import GONE_STATES
from services.settlement.domain.states import Finding, InstructionState

GOES_OUT_BESIDE: Final = "SET-40"
_OF_WORDS: Final[tuple[Finding, ...]] = (
    Finding.RECORD_STANDS,
    Finding.MONEY_RETURNED,
    Finding.PAID_OUTSIDE,
)
_OF_MONEY: Final[tuple[Finding, ...]] = (Finding.RETURNED, Finding.KEPT)


@dataclass(frozen=True, slots=True)
class Found:
    """What a person found of a dispute; of money that came back, with which value date."""

    finding: Finding
    returned_on: date | None = None


@rule("SET-22", source="operator-order", in_force=date(2026, 1, 1))
def two_find_what_is_true(
    first: Actor, second: Actor, *, signed: Found, found: Found
) -> Refusal | None:
    """A dispute with a bank ends when two persons of its compliance found the same."""
    if signed.finding != found.finding:
        signed_as = str(signed.finding)
        return refusals.FINDING_DIFFERS.at("/finding", person=first.subject, finding=signed_as)
    if signed.returned_on is not None and signed != found:
        day = signed.returned_on
        return refusals.RETURN_DAY_DIFFERS.at("/returned_on", person=first.subject, returned_on=day)
    return second_person(first, second, one_body=True)


@rule("SET-30", source="operator-order", in_force=date(2026, 1, 1))
def money_without_goods(payment: InstructionState, *, lot_state: str, taken: bool) -> bool:
    """What becomes of money for goods that never come is found by two of its bank's compliance.

    Such is what is paid, and what its bank is at work on and nobody can take back any more.
    """
    with_bank = payment is InstructionState.IN_PROGRESS or (
        payment is InstructionState.OFFERED and taken
    )
    return lot_state in GONE_STATES and (with_bank or payment is InstructionState.SETTLED)


@rule(GOES_OUT_BESIDE, source="safe-2014-12", in_force=date(2026, 1, 1))
def goes_out_beside(doubts: Sequence[str]) -> bool:
    """While another payment of the lot is disputed, none goes out that two have not let go for it.

    So it is of one that was found to be paid outside the record. A declaration is paid once: what
    was instructed before its bank contradicted itself is held, and no signature of before counts.
    """
    return not doubts


@rule("SET-31", source="operator-order", in_force=date(2026, 1, 1))
def finding_of_what_it_is_about(
    found: Found, payment: InstructionState, *, goods_gone: bool
) -> Refusal | None:
    """Of money for goods that never come is found whether it came back; of a word, what is true.

    Of such money that the bank refused after all is found that the record stands.
    """
    if not goods_gone:
        fit = _OF_WORDS
    elif payment is InstructionState.SETTLED:
        fit = _OF_MONEY
    else:
        fit = (Finding.RECORD_STANDS,)
    if found.finding in fit:
        return None
    return refusals.FINDING_UNFIT.at("/finding", finding=found.finding, possible=fit)


@rule("SET-32", source="operator-order", in_force=date(2026, 1, 1))
def returned_on_a_day(found: Found, *, paid_on: date, today: date) -> Refusal | None:
    """Money that came back has a value date: none before it was paid, and none to come."""
    day = found.returned_on
    if found.finding is not Finding.RETURNED:
        said_well = day is None
    else:
        said_well = day is not None and paid_on <= day <= today
    return (
        None
        if said_well
        else refusals.RETURN_DAY_UNFIT.at("/returned_on", first_on=paid_on, last_on=today)
    )
