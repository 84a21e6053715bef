"""How long a bank is waited for, by the law of the day on which its payment was instructed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.kernel.clock import business_day
from services.kernel.policy import PolicyBook


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a bank is waited for: before the first question, at most between two, in all."""

    ask_after: timedelta
    ask_at_most_every: timedelta
    promised: timedelta

    def pause(self, asked: int) -> timedelta:
        """The wait before the next question, twice as long after each one."""
        longer: timedelta = self.ask_after * 2 ** min(asked, 20)
        return min(longer, self.ask_at_most_every)


def patience(law: PolicyBook, requested_at: datetime) -> Patience:
    """The law's patience on the day of the instruction. Raises Refused POLICY_MISSING."""
    day = business_day(requested_at)
    keys = ("settle.ask_after_s", "settle.ask_at_most_every_s", "settle.sla_s")
    return Patience(*(timedelta(seconds=law.integer(key, on=day)) for key in keys))
