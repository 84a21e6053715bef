"""Rota pricing (轮值定价): one bank stands behind the price each business day (W27)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from services.kernel.business_days import CHINA, Calendar, business_days, next_business_day
from services.kernel.refusal import Refused
from services.kernel.refusals import BANK_UNAVAILABLE
from services.kernel.rule import rule


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank on the rota, in its fixed place, from ``joined_on`` to the day before ``left_on``."""

    bic: str
    rota_order: int
    currencies: tuple[str, ...]
    joined_on: date = date.min
    left_on: date | None = None

    def serves(self, day: date) -> bool:
        """Whether it is on the rota on a day."""
        return self.joined_on <= day and (self.left_on is None or day < self.left_on)


@dataclass(frozen=True, slots=True)
class Duty:
    """Who stands behind the price on a day. ``serves_on`` is the business day that counts."""

    serves_on: date
    turn: Bank
    bank: Bank

    @property
    def stands_in(self) -> bool:
        """Whether another bank than the one whose turn it is does the duty."""
        return self.bank.bic != self.turn.bic


@rule("ROTA-01", source="pooled-pricing", in_force=date(2014, 4, 1))
def on_duty(
    banks: Sequence[Bank],
    *,
    starts_on: date,
    day: date,
    absent: Collection[str] = (),
    currency: str | None = None,
    calendar: Calendar = CHINA,
) -> Duty:
    """Banks take business days in a fixed order; an absent one is stood in for by the next.

    A holiday uses up nobody's turn: what is dealt on it falls to the next business day's bank. A
    bank that joins or leaves changes no day before it does: the order goes on from whose turn it
    was. A duty that nobody has is taken by those who join while it lasts. Raises Refused
    BANK_UNAVAILABLE, CALENDAR_MISSING.
    """
    serves_on = next_business_day(day, calendar)
    if serves_on < starts_on:
        raise Refused(BANK_UNAVAILABLE.at())
    on_it = [bank for bank in banks if bank.joined_on <= day]
    taking_turns = [_taking_turns(bank, starts_on, day, calendar) for bank in on_it]
    # Where nobody has had this duty, whoever joins in the middle of it takes it from nobody.
    order = _members(taking_turns, serves_on) or _members(on_it, day)
    if not order:
        raise Refused(BANK_UNAVAILABLE.at())
    first = _next_after(order, _last_turn(taking_turns, starts_on, serves_on, calendar))
    turn = order[first]
    for step in range(len(order)):
        bank = order[(first + step) % len(order)]
        deals = currency is None or currency in bank.currencies
        if bank.bic not in absent and deals:
            return Duty(serves_on, turn, bank)
    raise Refused(BANK_UNAVAILABLE.at())


def _taking_turns(bank: Bank, starts_on: date, day: date, calendar: Calendar) -> Bank:
    """The bank as it takes turns: what changes on a day changes no duty of the day before.

    A duty begins on the day after the last business day. What changes after ``day`` is of no
    matter to its duty.
    """

    def from_turn(changes_on: date) -> date:
        if changes_on <= starts_on:
            return starts_on
        last_duty = next_business_day(changes_on - timedelta(days=1), calendar)
        return next_business_day(last_duty + timedelta(days=1), calendar)

    left_on = bank.left_on
    left = None if left_on is None or left_on > day else from_turn(left_on)
    return replace(bank, joined_on=from_turn(bank.joined_on), left_on=left)


def _members(banks: Sequence[Bank], day: date) -> list[Bank]:
    return sorted((b for b in banks if b.serves(day)), key=lambda b: b.rota_order)


def _next_after(order: Sequence[Bank], place: int | None) -> int:
    """Where in the order the one after a place stands; the first after the last, or after none."""
    if place is None:
        return 0
    return next((n for n, bank in enumerate(order) if bank.rota_order > place), 0)


def _last_turn(
    banks: Sequence[Bank], starts_on: date, until: date, calendar: Calendar
) -> int | None:
    """The place whose turn was the last before a day; None when nobody has had one.

    From each day on which the rota changes, turns go on among those who are on it then.
    """
    changes = {day for b in banks for day in (b.joined_on, b.left_on) if day is not None}
    days = [starts_on, *sorted(day for day in changes if starts_on < day < until), until]
    last: int | None = None
    for begins, ends in pairwise(days):
        order, turns = _members(banks, begins), business_days(begins, ends, calendar)
        if order and turns:
            last = order[(_next_after(order, last) + turns - 1) % len(order)].rota_order
    return last
