"""Instants and days as XML Schema writes them, which is more than a clock here can show.

``24:00:00`` is a legal way to write midnight at the end of a day, a year may have five digits or a
sign, and a time without an offset is legal too. What no instant can be made of is refused, never
guessed at.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from services.kernel.clock import business_day
from services.kernel.refusal import Refused
from services.settlement.domain.messages.reading import invalid

_MOMENT: Final = re.compile(
    r"(?P<day>-?[0-9]{4,}-[0-9]{2}-[0-9]{2})"
    r"T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.(?P<part>[0-9]+))?"
    r"(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DAY: Final = re.compile(r"(?P<day>-?[0-9]{4,}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_OFFSET_MAX: Final = timedelta(hours=14)
"""The farthest that XML Schema lets a zone lie from UTC."""


def instant(text: str, pointer: str) -> datetime:
    """The instant that an xs:dateTime with an offset or Z names.

    Refuses MESSAGE_INVALID for one without an offset, which is no instant, and for a year, a time
    or an offset that no calendar has.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise Refused(invalid("not written as a date and time", pointer))
    if found["offset"] is None:
        raise Refused(invalid("a time needs its offset, such as +08:00", pointer))
    try:
        return _moment(found)
    except (ValueError, OverflowError):
        raise Refused(invalid("a date, time or offset that no calendar has", pointer)) from None


def day(text: str, pointer: str) -> date:
    """The day that an xs:date names, or Beijing's day of an instant. Refuses MESSAGE_INVALID."""
    if "T" in text:
        return business_day(instant(text, pointer))
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        return date.fromisoformat(found["day"])
    except ValueError:
        raise Refused(invalid("a day that no calendar has", pointer)) from None


def is_zulu(text: str) -> bool:
    """Whether an instant is written with Z, which some profiles of ISO 20022 forbid."""
    return text.endswith("Z")


def _moment(found: re.Match[str]) -> datetime:
    """Raises ValueError, OverflowError when there is no such moment."""
    hour, minute, second = (int(found[name]) for name in ("hour", "minute", "second"))
    part = int((found["part"] or "0")[:6].ljust(6, "0"))
    ends_day = hour == 24
    if ends_day and (minute, second, part) != (0, 0, 0):
        raise ValueError
    zone = timezone(_offset(found["offset"]))
    at = datetime.combine(date.fromisoformat(found["day"]), datetime.min.time(), zone)
    at = at.replace(hour=0 if ends_day else hour, minute=minute, second=second, microsecond=part)
    return (at + timedelta(days=1) if ends_day else at).astimezone(UTC)


def _offset(text: str) -> timedelta:
    if text == "Z":
        return timedelta()
    hours, minutes = int(text[1:3]), int(text[4:6])
    offset = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or offset > _OFFSET_MAX:
        raise ValueError
    return -offset if text[0] == "-" else offset
