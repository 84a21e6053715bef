"""When a proposed legal parameter may become law."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from services.kernel.events import canonical_json
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.kernel.second_person import second_person
from services.law.domain import refusals


@dataclass(frozen=True, slots=True)
class Period:
    """An approved row of the same key and scope: in force from (inclusive) to (exclusive)."""

    policy_id: UUID
    effective_from: date
    effective_to: date | None


@rule("POL-01", source="operator-order", in_force=date(2026, 1, 1))
def two_officers_change_the_law(proposer: Actor, second: Actor) -> Refusal | None:
    """What a legal parameter becomes is proposed by one officer and decided by another."""
    return second_person(proposer, second)


@rule("POL-06", source="operator-order", in_force=date(2026, 1, 1))
def only_what_has_not_begun_is_revoked(effective_from: date, *, today: date) -> Refusal | None:
    """A legal parameter is revoked before its first day only, for it has judged nothing yet."""
    if effective_from > today:
        return None
    return refusals.POLICY_BEGUN.at(since=effective_from)


@rule("POL-07", source="operator-order", in_force=date(2026, 1, 1))
def past_days_keep_their_law(
    effective_from: date, *, today: date, held: date | None
) -> Refusal | None:
    """A legal parameter begins on the day it is approved or later, where one was in force before.

    ``held`` is the first of its past days on which an approved value was in force, of its scope or
    of all; where there was none nothing was judged, and the gap may be filled.
    """
    if effective_from >= today or held is None:
        return None
    return refusals.POLICY_PAST.at("/effective_from", first=held, today=today)


@rule("POL-02", source="operator-order", in_force=date(2026, 1, 1))
def value_is_exact(value: Any) -> bool:
    """A parameter's value holds no binary fraction: decimals are written as strings."""
    if isinstance(value, float):
        return False
    if isinstance(value, dict):
        return all(isinstance(k, str) and value_is_exact(v) for k, v in value.items())
    if isinstance(value, list):
        return all(value_is_exact(v) for v in value)
    return True


@rule("POL-03", source="operator-order", in_force=date(2026, 1, 1))
def value_is_of_its_kind(key: str, value: Any, approved: Sequence[Any]) -> Refusal | None:
    """A value is of its parameter's kind: a number stays a number, and none turns negative.

    What a parameter that is new is like, its first value says. What has been a whole number alone,
    as days and hours are, is read as one: it stays whole. A sum or a share is a decimal string.
    """
    alike = any(_alike(value, known) for known in approved)
    numbers = [known for known in approved if _number(known) is not None]
    counted = any(isinstance(n, int) for n in numbers) and all(map(_is_whole, numbers))
    fraction = counted and _number(value) is not None and not _is_whole(value)
    if not approved or (alike and not fraction):
        return None
    return refusals.POLICY_KIND_DIFFERS.at("/value", key=key, example=canonical_json(approved[0]))


def _alike(value: Any, known: Any) -> bool:
    number, example = _number(value), _number(known)
    if number is None or example is None:
        return number is example and type(value) is type(known)
    return number >= 0 or example < 0


def _number(value: Any) -> Decimal | None:
    """The number that a whole number or a decimal string is; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _is_whole(value: Any) -> bool:
    """Whether a number is written as whole ones are: 2 or "2", neither "2.5" nor "2.0"."""
    return isinstance(value, int) or value.strip().removeprefix("-").isdecimal()


def predecessor(
    approved: Iterable[Period], *, effective_from: date, effective_to: date | None
) -> tuple[UUID | None, Refusal | None]:
    """The open period that a new one ends, or why the new one cannot stand beside the approved.

    Only an open period may be ended: what was in force on a past day stays known for ever.
    """
    ended: UUID | None = None
    for period in approved:
        begins_before_end = effective_to is None or period.effective_from < effective_to
        ends_after_begin = period.effective_to is None or period.effective_to > effective_from
        if not (begins_before_end and ends_after_begin):
            continue
        if period.effective_to is None and period.effective_from < effective_from:
            ended = period.policy_id
            continue
        return None, refusals.POLICY_OVERLAP.at("/effective_from", since=period.effective_from)
    return ended, None
