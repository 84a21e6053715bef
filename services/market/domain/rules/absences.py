"""Who says by hand that a bank does no duty on a day."""

from __future__ import annotations

from datetime import date

from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.kernel.second_person import second_person


@rule("ROTA-02", source="operator-order", in_force=date(2026, 1, 1))
def two_are_away_by_hand(first: Actor, second: Actor) -> Refusal | None:
    """A bank's turn is passed, or taken again, by its signature or by two of its signatories."""
    return second_person(first, second, one_body=True)
