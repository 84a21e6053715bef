"""Matching a payment to released value, and its genuine background (W28)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from services.kernel.money import Money
from services.kernel.refusal import Refusal
from services.kernel.refusals import NOT_RELEASED
from services.kernel.rule import asked, rule
from services.settlement.domain import refusals
from services.settlement.domain.model import PURPOSE_GOODS, Drawdown, LotFacts, LotStage

IN_QUESTION: Final = "SET-33"


@rule("SET-06", source="purpose-codes", in_force=date(2014, 4, 1))
def purpose_given(code: str | None) -> Refusal | None:
    """Every RMB payment across the border states its purpose, for goods GOD."""
    if not code:
        return refusals.PURPOSE_REQUIRED.at("/purpose_code")
    if code not in PURPOSE_GOODS:
        return refusals.PURPOSE_UNKNOWN.at("/purpose_code")
    return None


@rule("SET-07", source="safe-2014-12", in_force=date(2014, 4, 1))
def payable(lot: LotFacts) -> Refusal | None:
    """Nothing is paid for a lot before its release."""
    if lot.stage is LotStage.RELEASED:
        return None
    return NOT_RELEASED.at("/lot_id", state=lot.state)


@rule("SET-08", source="safe-2014-12", in_force=date(2014, 4, 1))
def paid_once(drawdown: Drawdown, *, other_open: bool) -> Refusal | None:
    """Released value is drawn down once; a second payment of the same value is a duplicate."""
    if other_open or (drawdown.left.minor <= 0 and drawdown.drawn.minor > 0):
        return refusals.DUPLICATE.at("/lot_id")
    return None


@rule(IN_QUESTION, source="operator-order", in_force=date(1996, 4, 1))
def nobody_in_question_is_paid_for(lot: LotFacts) -> Refusal | None:
    """Nothing is paid for a lot while it is found out whether a name in it was used by its bearer.

    A lot is paid as a whole: no part of a payment is of one member's goods alone.
    """
    return None if lot.question is None else lot.question.refusal


def not_paid_now(
    day: date, lot: LotFacts, drawdown: Drawdown, *, other_open: bool
) -> list[Refusal]:
    """Why nothing is paid for a lot on a day, by the rules of that day; empty when it may be."""
    return asked(day, payable, lot) or [
        *asked(day, paid_once, drawdown, other_open=other_open),
        *asked(day, nobody_in_question_is_paid_for, lot),
    ]


@rule("SET-09", source="safe-2014-12", in_force=date(2014, 4, 1))
def amount_matches(amount: Money, drawdown: Drawdown) -> Refusal | None:
    """The amount paid is the released value that is left, to the cent, in its currency."""
    if amount == drawdown.left:
        return None
    return refusals.AMOUNT_MISMATCH.at("/amount", expected=drawdown.left)


@dataclass(frozen=True, slots=True)
class Background:
    """What a payment's trade background is judged by."""

    lot: LotFacts
    amount: Money
    seller_bank_bic: str
    seller_country: str


@rule("SET-10", source="safe-2014-12", in_force=date(2014, 4, 1))
def background_doubts(facts: Background) -> tuple[str, ...]:
    """贸易背景真实性: lot released and inward, value not above it, counterparty's bank the same."""
    doubts = []
    if facts.lot.stage is not LotStage.RELEASED:
        doubts.append("BACKGROUND_NOT_RELEASED")
    if facts.lot.direction != "I":
        doubts.append("BACKGROUND_NOT_AN_IMPORT")
    if facts.amount.currency != facts.lot.value.currency or facts.lot.value < facts.amount:
        doubts.append("BACKGROUND_VALUE_EXCEEDED")
    if facts.lot.seller_bank_bic and facts.lot.seller_bank_bic != facts.seller_bank_bic:
        doubts.append("BACKGROUND_BANK_DIFFERS")
    if facts.seller_country == "CN":
        doubts.append("BACKGROUND_SELLER_NOT_ABROAD")
    return tuple(doubts)


@rule("SET-11", source="pooled-pricing", in_force=date(2014, 4, 1))
def quote_live(locked_at: datetime, ttl: timedelta, *, now: datetime) -> bool:
    """A firm quote binds from its lock until just before its lifetime has passed."""
    return now < locked_at + ttl


def may_instruct(party: str, lot: LotFacts) -> bool:
    """Whether a party may have this lot paid: its group, its submitter or its factory.

    No bank may: it executes what a payer instructed and instructs nothing in a payer's name.
    """
    return party in {lot.side, lot.submitted_by, lot.bought_by}
