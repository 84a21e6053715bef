"""The days that leaders look at: which, and what counts in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from services.kernel.clock import BEIJING

DAYS_MAX: Final = 31
REACH: Final = timedelta(days=14)
"""A lot, an order or a payment that began longer before the first day is not counted."""


@dataclass(frozen=True, slots=True)
class Period:
    """Some days on end, Beijing's; ``last`` is the newest of them."""

    last: date
    count: int

    @property
    def first(self) -> date:
        """The oldest of them."""
        return self.last - timedelta(days=self.count - 1)

    @property
    def begins_at(self) -> datetime:
        """When the oldest of them begins."""
        return datetime.combine(self.first, datetime.min.time(), BEIJING)

    @property
    def ends_at(self) -> datetime:
        """When the newest of them is over."""
        return datetime.combine(self.last + timedelta(days=1), datetime.min.time(), BEIJING)

    @property
    def reaches_to(self) -> datetime:
        """From when on what began is looked at."""
        return self.begins_at - REACH

    def days(self) -> Iterator[date]:
        """Each of them, the oldest first."""
        return (self.first + timedelta(days=n) for n in range(self.count))
