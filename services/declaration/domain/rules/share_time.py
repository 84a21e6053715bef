"""How long a lot waits for its members."""

from __future__ import annotations

from datetime import date, datetime

from services.declaration.domain import refusals
from services.kernel.refusal import Refusal
from services.kernel.rule import rule


@rule("HUSHI-SHARE-TIME", source="operator-order", in_force=date(1996, 4, 1))
def share_answered_in_time(due_at: datetime | None, *, now: datetime) -> Refusal | None:
    """A member answers for the own share within so many minutes of its declaration, else it lapses.

    ``due_at`` is exclusive; None of a lot that was taken before shares had a time.
    """
    if due_at is None or now < due_at:
        return None
    return refusals.SHARES_LAPSED.at(until=due_at)
