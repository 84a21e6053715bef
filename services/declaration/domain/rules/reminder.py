"""How often members are reminded of their shares."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.declaration.domain import refusals
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal
from services.kernel.rule import rule


@rule("HUSHI-REMIND", source="operator-order", in_force=date(1996, 4, 1))
def reminded_lately(
    reminded_at: datetime | None, *, now: datetime, every: timedelta
) -> Refusal | None:
    """Members are reminded of their shares at most once in so many minutes."""
    if reminded_at is None or now >= reminded_at + every:
        return None
    return refusals.REMINDED_LATELY.at(again_at=reminded_at + every)


def reminded_every(law: PolicyBook, *, on: date, port: str) -> timedelta:
    """How long lies at least between two reminders, by the law of the lot's day at its port.

    Raises Refused POLICY_MISSING.
    """
    return timedelta(minutes=law.integer("hushi.reminder_every_min", on=on, scope=port))
