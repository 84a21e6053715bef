"""On which days banks work in China (工作日), make-up days (调休) included."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar

from services.kernel.refusal import Refused
from services.kernel.refusals import CALENDAR_MISSING


@lru_cache(maxsize=4096)
def is_business_day(day: date) -> bool:
    """Whether banks work on a day, make-up days included. Raises Refused CALENDAR_MISSING."""
    try:
        return bool(chinese_calendar.is_workday(day))
    # What the calendar raises for a year whose holidays it does not hold.
    except NotImplementedError:
        raise Refused(CALENDAR_MISSING.at(year=str(day.year))) from None


def next_business_day(day: date) -> date:
    """The day itself if banks work on it, else the first one after it on which they do."""
    while not is_business_day(day):
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=512)
def business_days(start: date, end: date) -> int:
    """How many business days there are from a day until the one before another."""
    days = (end - start).days
    return sum(is_business_day(start + timedelta(days=n)) for n in range(days))
