"""Days and instants. The trade's day is Beijing's calendar day (UTC+8), whatever the server's."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


def business_day(instant: datetime) -> date:
    """The Beijing calendar day of an instant (hushi.day_zone; worked example W2)."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a UTC offset")
    return instant.astimezone(BEIJING).date()


def day_begins(day: date) -> datetime:
    """The first instant of a Beijing day."""
    return datetime.combine(day, time(), tzinfo=BEIJING).astimezone(UTC)


def rfc3339(instant: datetime) -> str:
    """An instant as shown at the edge: RFC 3339 in Beijing time with numeric offset."""
    return instant.astimezone(BEIJING).isoformat(timespec="milliseconds")


def instant_shown(instant: datetime | None) -> str | None:
    """An instant that there may not be, as an answer shows it."""
    return None if instant is None else rfc3339(instant)


def day_shown(day: date | None) -> str | None:
    """A Beijing day that there may not be, as an answer shows it."""
    return None if day is None else day.isoformat()


def utc_text(instant: datetime) -> str:
    """The one canonical text of an instant, used in hashes: UTC with microseconds and Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
