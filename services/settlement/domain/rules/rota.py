"""Rota pricing (轮值定价): one bank stands behind the price each business day (W27)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from services.kernel.refusal import Refused
from services.kernel.rule import rule
from services.settlement.domain import refusals
from services.settlement.domain.model import Bank


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


@lru_cache(maxsize=4096)
def is_business_day(day: date) -> bool:
    """Whether banks work on a day, make-up days included. Raises Refused CALENDAR_MISSING."""
    try:
        return bool(chinese_calendar.is_workday(day))
    # What the calendar raises for a year whose holidays it does not hold.
    except NotImplementedError:
        raise Refused(refusals.CALENDAR_MISSING.at(year=str(day.year))) from None


def next_business_day(day: date) -> date:
    """The day itself if banks work on it, else the first one after it on which they do."""
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=512)
def _business_days(start: date, end: date) -> int:
    days = (end - start).days
    return sum(is_business_day(start + timedelta(days=n)) for n in range(days))


@rule("SET-05", source="pooled-pricing", in_force=date(2014, 4, 1))
def on_duty(
    banks: Sequence[Bank],
    *,
    starts_on: date,
    day: date,
    absent: Collection[str] = (),
    currency: str | None = None,
) -> Duty:
    """Banks take business days in a fixed order; an absent one is stood in for by the next.

    A holiday uses up nobody's turn: what is dealt on it falls to the next business day's bank.
    Raises Refused BANK_UNAVAILABLE, CALENDAR_MISSING.
    """
    order = sorted(banks, key=lambda b: b.rota_order)
    serves_on = next_business_day(day)
    if not order or serves_on < starts_on:
        raise Refused(refusals.BANK_UNAVAILABLE.at())
    first = _business_days(starts_on, serves_on) % len(order)
    turn = order[first]
    for step in range(len(order)):
        bank = order[(first + step) % len(order)]
        deals = currency is None or currency in bank.currencies
        if bank.bic not in absent and deals:
            return Duty(serves_on, turn, bank)
    raise Refused(refusals.BANK_UNAVAILABLE.at())
