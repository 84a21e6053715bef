"""When a message leaves: not in quiet hours, and after a failure later and later."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.kernel.clock import BEIJING
from services.kernel.refusal import Mistake
from services.notices.domain import refusals
from services.notices.domain.model import ChannelName

REST: Final = timedelta(minutes=1)
"""From one message to a contact to the next: what comes in between leaves together."""
SAID_MOST: Final = {ChannelName.EMAIL: 20, ChannelName.SMS: 2}
"""Sentences in one message; of more it says how many there are."""
_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(hours=1)
GIVEN_UP_AFTER: Final = timedelta(days=2)
"""What could not be told for so long is old: it stands in the list."""
_HOUR: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Quiet:
    """Minutes of the Beijing day from which (inclusive) to which (exclusive) nothing leaves."""

    begins: int
    ends: int

    def until(self, now: datetime) -> datetime | None:
        """When a quiet that holds now is over; None outside it. It may go over midnight."""
        local = now.astimezone(BEIJING)
        minute = local.hour * 60 + local.minute
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.begins < self.ends:
            if not self.begins <= minute < self.ends:
                return None
            return midnight + timedelta(minutes=self.ends)
        if minute >= self.begins:
            return midnight + timedelta(days=1, minutes=self.ends)
        return midnight + timedelta(minutes=self.ends) if minute < self.ends else None


def minute_of(text: str) -> int:
    """The minute of the day that is written as 22:00. Raises Mistake."""
    found = _HOUR.fullmatch(text.strip())
    if found is None:
        raise Mistake(refusals.NOT_AN_HOUR.at())
    return int(found[1]) * 60 + int(found[2])


def hour_of(minute: int | None) -> str | None:
    """A minute of the day as it is written."""
    return None if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"


def wait_after(attempts: int) -> timedelta:
    """How long after this many failures the next attempt waits: doubling to an hour."""
    return min(_FIRST_WAIT * (1 << min(attempts - 1, 10)), _LONGEST_WAIT)
