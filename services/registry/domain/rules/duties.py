"""Who says that an officer is away."""

from __future__ import annotations

from datetime import date

from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.kernel.second_person import second_person
from services.registry.domain import refusals


@rule("REG-ROSTER", source="operator-order", in_force=date(1996, 4, 1))
def another_says_that_one_is_away(officer: str, *, by: str) -> Refusal | None:
    """An officer's absence is entered by another one: nobody takes himself out of the draw."""
    return refusals.OWN_ABSENCE.at() if officer == by else None


@rule("REG-ROSTER-PAST", source="operator-order", in_force=date(1996, 4, 1))
def no_absence_of_a_past_day(from_on: date, *, today: date) -> Refusal | None:
    """Nobody is said to have been away: who was drawn on a past day was there to be drawn."""
    return refusals.ABSENCE_PAST.at() if from_on < today else None


@rule("REG-ROSTER-POOL", source="operator-order", in_force=date(1996, 4, 1))
def pool_is_kept(on_duty: int, in_service: int, *, share_pct: int) -> bool:
    """One person alone says others away only as long as a share of a skill's officers is left."""
    return on_duty * 100 >= in_service * share_pct


@rule("REG-ROSTER-TWO", source="operator-order", in_force=date(1996, 4, 1))
def another_office_confirms_absences(keeper: Actor, confirmer: Actor) -> Refusal | None:
    """Absences that leave less of a pool the registrar's office confirms, which draws nobody."""
    return second_person(keeper, confirmer)
