"""Who says by hand what became of a payment."""

from __future__ import annotations

from datetime import date

from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.kernel.second_person import second_person


@rule("SET-26", source="operator-order", in_force=date(2026, 1, 1))
def two_say_it_by_hand(first: Actor, second: Actor) -> Refusal | None:
    """A bank's word that no signature carries counts when two of its signatories have said it."""
    return second_person(first, second, one_body=True)
