"""The day of a lot is the day on which its goods came in: that is not the declarant's to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from services.declaration.domain import refusals
from services.declaration.domain.model import Entries, Submission
from services.declaration.domain.rules.submission import BEGINNING
from services.kernel.clock import business_day
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal
from services.kernel.rule import rule

AGE_MAX: Final = "hushi.entry_age_max_days"
AHEAD_MAX: Final = "hushi.entry_ahead_max_min"


@dataclass(frozen=True, slots=True)
class EntryLaw:
    """What the law of today allows a declarant to say about the day of entry at a port."""

    today: date
    age_max_days: int
    ahead_max: timedelta
    """How far a caller's clock may be ahead of ours."""
    replays: bool
    """Whether the port plays days of the past: two officers have put that in force."""


def entry_law(book: PolicyBook, *, port: str, today: date) -> EntryLaw:
    """Under today's law, not that of the day which a declarant names. Raises POLICY_MISSING."""
    ahead_max = timedelta(minutes=book.integer(AHEAD_MAX, on=today, scope=port))
    replay = book.own(AGE_MAX, on=today, scope=f"replay:{port}")
    if replay is not None:
        return EntryLaw(today, int(replay.value), ahead_max, replays=True)
    age_max_days = book.integer(AGE_MAX, on=today, scope=port)
    return EntryLaw(today, age_max_days, ahead_max, replays=False)


@rule("HUSHI-ENTRY", source="customs-law", in_force=BEGINNING)
def entry_is_on_record(
    lot: Submission, entries: Entries, law: EntryLaw, *, now: datetime
) -> Refusal | None:
    """A lot is declared for the day on which the gate saw its truck or its resident come in.

    What no gate has recorded is declared on the day on which it comes in: nobody takes the quota of
    a day before or after. What is recorded is declared within the days that the law of today
    allows; where that is the truck, the resident's own entry is another one. A foreign plate that
    nobody had filed for the truck when it came may be any other's: its entries bind, and give no
    day. Of whoever has a plate of the lot on file as the foreign one of a truck, that truck's
    entries bind: where several carriers say so, each one's. A port that plays days of the past has
    no gate: there any of its days is taken.
    """
    day = lot.business_on
    if lot.entered_at > now + law.ahead_max or day > law.today:
        return refusals.ENTRY_IN_FUTURE.at("/entered_at")
    if (law.today - day).days > law.age_max_days:
        return refusals.ENTRY_TOO_OLD.at("/entered_at", days=law.age_max_days)
    if law.replays:
        return None
    if day not in _days_open(entries, law):
        return refusals.ENTRY_UNRECORDED.at("/entered_at", port=lot.port, day=day)
    if day not in _days_claimed(entries, law, {day}):
        return refusals.ENTRY_BY_FOREIGN.at("/entered_at", port=lot.port, day=day)
    return None


def entry_on_record(entered_at: datetime, entries: Entries) -> datetime:
    """When the gate saw it come in on the Beijing day that the declarant names; else as declared.

    The truck, or where it was not seen that day the resident. Of several entries the one is meant
    that is nearest to what was declared.
    """
    day = business_day(entered_at)
    by_truck = [at for at in (*entries.truck, *_given(entries)) if business_day(at) == day]
    seen = by_truck or [at for at in entries.resident if business_day(at) == day]
    return min(seen, key=lambda at: abs(at - entered_at), default=entered_at)


def _days_open(entries: Entries, law: EntryLaw) -> set[date]:
    """For which days a lot may be declared: those of its truck, else its resident's and today."""
    days = _recent([*entries.truck, *_given(entries)], law)
    if not days:
        days = _recent(entries.resident, law) | {law.today}
        days &= _recent(entries.foreign, law) or days
    return days


def _days_claimed(entries: Entries, law: EntryLaw, days: set[date]) -> set[date]:
    """What each claim on a plate of the lot leaves of these days: those of the carrier's trucks
    that have it, and of the plate itself."""
    for claim in entries.claims:
        if seen := _recent(claim.seen, law):
            also = [*entries.under.get(claim.field, ()), *(entries.truck if claim.is_own else ())]
            days = days & (seen | _recent(also, law))
    return days


def _given(entries: Entries) -> list[datetime]:
    """What is seen of the trucks that have the plate on file by which the lot names its truck."""
    return [at for c in entries.claims if c.field == "vehicle_plate" for at in c.seen]


def _recent(entries: Sequence[datetime], law: EntryLaw) -> set[date]:
    """The days of what was seen that are no older than today's law allows."""
    days = {business_day(at) for at in entries}
    return {day for day in days if (law.today - day).days <= law.age_max_days}
