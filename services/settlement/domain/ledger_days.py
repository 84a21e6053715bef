"""Days of the ledger, from the first instant of one to the end of another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.kernel.clock import day_begins
from services.kernel.fields.times import FIRST_DAY, LAST_DAY
from services.kernel.refusal import Refused
from services.settlement.domain import refusals


@dataclass(frozen=True)
class Days:
    """Beijing days as instants: from ``since`` on, before ``until``."""

    since: datetime
    until: datetime
    given: bool
    opened: bool
    """Whether a first day was named, so that there is a balance with which it opened."""


def days_asked(day_from: date | None, day_to: date | None, *, today: date) -> Days:
    """The days from one to another, both included; what is left out has no end on that side.

    Raises Refused REQUEST_INVALID where the days run backwards, or have not begun.
    """
    for name, day in (("day_from", day_from), ("day_to", day_to)):
        if day is not None and day > today:
            raise Refused(refusals.DAY_NOT_BEGUN.at(f"/query/{name}", today=today))
    if day_from is not None and day_to is not None and day_to < day_from:
        raise Refused(refusals.DAYS_BACKWARDS.at("/query/day_to", day_from=day_from))
    return Days(
        since=day_begins(day_from or FIRST_DAY),
        until=day_begins(LAST_DAY if day_to is None else day_to + timedelta(days=1)),
        given=day_from is not None or day_to is not None,
        opened=day_from is not None,
    )
