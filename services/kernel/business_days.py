"""On which days banks work (工作日), make-up days (调休) included, by each country's calendar.

China's years come with the calendar that is installed. Any other year, of China's or of another
country's, is law on file: ``calendar.days`` in the scope ``VN-2026``, the days on which banks are
``closed`` beside weekends and on which they have ``worked`` instead. A year of which neither is
there is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import chinese_calendar

from services.kernel.policy import PolicyBook, PolicyRow
from services.kernel.refusal import Refused
from services.kernel.refusals import CALENDAR_MISSING

KEY: Final = "calendar.days"
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Year:
    """A year of a country's calendar as it is on file."""

    year: int
    closed: frozenset[date]
    worked: frozenset[date]

    def works(self, day: date) -> bool:
        """Whether banks work on a day of it."""
        return day in self.worked or (day.weekday() < _SATURDAY and day not in self.closed)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A country's calendar: the years on file, beside those that come installed."""

    country: str
    filed: tuple[Year, ...] = ()


CHINA: Final = Calendar("CN")


def calendar(law: PolicyBook, country: str, *, on: date) -> Calendar:
    """A country's calendar, by the law of a day."""
    rows = [row for row in law.scopes(KEY, on=on) if row.scope.startswith(f"{country}-")]
    years = [_year(row) for row in rows]
    return Calendar(country, tuple(year for year in years if year is not None))


def calendars_between(law: PolicyBook, *countries: str, on: date) -> list[Calendar]:
    """China's calendar, and those of the other countries of which any year is on file."""
    others = [calendar(law, country, on=on) for country in countries if country != CHINA.country]
    return [calendar(law, CHINA.country, on=on), *(c for c in others if c.filed)]


def _year(row: PolicyRow) -> Year | None:
    try:
        closed, worked = (
            frozenset(date.fromisoformat(day) for day in row.value.get(name, ()))
            for name in ("closed", "worked")
        )
        return Year(int(row.scope.partition("-")[2]), closed, worked)
    # Filed in a form that nobody can read: then the year is not known, and nobody guesses it.
    except (ValueError, TypeError, AttributeError):
        return None


@lru_cache(maxsize=8192)
def is_business_day(day: date, calendar: Calendar = CHINA) -> bool:
    """Whether banks work on a day, make-up days included. Raises Refused CALENDAR_MISSING."""
    for year in calendar.filed:
        if year.year == day.year:
            return year.works(day)
    try:
        if calendar.country == CHINA.country:
            return bool(chinese_calendar.is_workday(day))
    # What the installed calendar raises for a year whose holidays it does not hold.
    except NotImplementedError:
        pass
    raise Refused(CALENDAR_MISSING.at(country=calendar.country, year=str(day.year)))


def next_business_day(day: date, *calendars: Calendar) -> date:
    """The day itself if banks work on it by every calendar, else the first after it on which they
    do; China's where none is named. Raises Refused CALENDAR_MISSING.
    """
    while not all(is_business_day(day, each) for each in calendars or (CHINA,)):
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=512)
def business_days(start: date, end: date, calendar: Calendar = CHINA) -> int:
    """How many business days there are from a day until the one before another."""
    days = (end - start).days
    return sum(is_business_day(start + timedelta(days=n), calendar) for n in range(days))
