"""Whose second signature the rule book takes."""

from __future__ import annotations

from datetime import date

from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.kernel.second_person import second_person


@rule("RISK-SECOND", source="operator-order", in_force=date(1996, 4, 1))
def two_change_the_book(first: Actor, second: Actor) -> Refusal | None:
    """A risk rule begins and ends, and a control is lifted, by two officers, never by one alone."""
    return second_person(first, second)
