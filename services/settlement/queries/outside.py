"""A payment's row as it stands to those who are not told of a hold that is kept back."""

from __future__ import annotations

from datetime import datetime

from services.platform.database import Row
from services.settlement.domain.states import InstructionState


def offered_to_others(row: Row) -> datetime | None:
    """Since when its bank has a payment, as its parties are told: one that was held and kept back
    since it was asked for, one that was held after it had been offered since then."""
    first: datetime | None = row.first_offered_at
    if first is not None:
        return first
    offered: datetime | None = row.offered_at if row.hold_told_at is None else row.requested_at
    return offered


def is_kept_back(row: Row, now: datetime) -> bool:
    """Whether a payment is held, and its parties are told of one that is not."""
    told_at: datetime | None = row.hold_told_at
    return row.state == InstructionState.HELD and told_at is not None and now < told_at


def is_taken_to_others(row: Row, now: datetime) -> bool:
    """Whether one that a hold keeps, or kept, back counts to its payer as taken by its bank."""
    told_at: datetime | None = row.hold_told_at
    return row.as_taken_at is not None and told_at is not None and now < told_at
