"""The release clock (RCEP 4.11, 4.15; W17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kernel.clock import business_day
from services.kernel.policy import PolicyBook


@dataclass(frozen=True, slots=True)
class ReleaseClock:
    """When the clock started and when it runs out. Perishables are due strictly before."""

    started_at: datetime
    due_at: datetime
    strictly_before: bool

    def in_time(self, released_at: datetime) -> bool:
        """Whether a release at this instant keeps the time."""
        return released_at < self.due_at if self.strictly_before else released_at <= self.due_at


def release_clock(
    *,
    arrived_at: datetime,
    information_complete_at: datetime,
    perishable: bool,
    book: PolicyBook,
    port: str = "",
) -> ReleaseClock:
    """Runs from arrival and all information, whichever is later; weekends count.

    A port may have promised a time of its own.
    """
    started = max(arrived_at, information_complete_at)
    key = "rcep.perishable_h" if perishable else "rcep.release_h"
    hours = book.decimal(key, on=business_day(started), scope=port)
    return ReleaseClock(started, started + timedelta(hours=float(hours)), perishable)
