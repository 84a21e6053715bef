"""Rota pricing (轮值定价): one bank stands behind the price each business day (W27)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from services.kernel.business_days import business_days, next_business_day
from services.kernel.refusal import Refused
from services.kernel.refusals import BANK_UNAVAILABLE
from services.kernel.rule import rule


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank on the rota, in its fixed place."""

    bic: str
    rota_order: int
    currencies: tuple[str, ...]


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
) -> Duty:
    """Banks take business days in a fixed order; an absent one is stood in for by the next.

    A holiday uses up nobody's turn: what is dealt on it falls to the next business day's bank.
    Raises Refused BANK_UNAVAILABLE, CALENDAR_MISSING.
    """
    order = sorted(banks, key=lambda b: b.rota_order)
    serves_on = next_business_day(day)
    if not order or serves_on < starts_on:
        raise Refused(BANK_UNAVAILABLE.at())
    first = business_days(starts_on, serves_on) % len(order)
    turn = order[first]
    for step in range(len(order)):
        bank = order[(first + step) % len(order)]
        deals = currency is None or currency in bank.currencies
        if bank.bic not in absent and deals:
            return Duty(serves_on, turn, bank)
    raise Refused(BANK_UNAVAILABLE.at())
