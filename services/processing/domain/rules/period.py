"""Which days an e-book period (电子账册) may cover."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from services.kernel.refusal import Refusal
from services.kernel.refusals import PERIOD_INVALID
from services.kernel.rule import rule
from services.processing.domain import refusals


@rule("PRC-08", source="mass-balance", in_force=date(2020, 1, 1))
def period_refusals(
    period_from: date, period_to: date, *, today: date, most_days: int, ahead_days: int
) -> Iterator[Refusal]:
    """A period is balanced in time: it covers no more days, and begins no later, than is laid down.

    Both days included. ``ahead_days`` counts from today.
    """
    if period_to < period_from:
        yield PERIOD_INVALID.at("/period_to")
    latest = today + timedelta(days=ahead_days)
    if period_from > latest:
        yield refusals.PERIOD_TOO_FAR.at("/period_from", most=ahead_days, last=latest)
    elif (period_to - period_from).days >= most_days:
        last = period_from + timedelta(days=most_days - 1)
        yield refusals.PERIOD_TOO_LONG.at("/period_to", most=most_days, last=last)
