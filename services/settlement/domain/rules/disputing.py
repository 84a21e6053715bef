"""Who ends a dispute with a bank."""

from __future__ import annotations

from datetime import date

from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.kernel.second_person import second_person
from services.settlement.domain import refusals


@rule("SET-22", source="operator-order", in_force=date(2026, 1, 1))
def two_find_what_is_true(
    first: Actor, second: Actor, *, signed: str, finding: str
) -> Refusal | None:
    """A dispute with a bank ends when two persons of its compliance found the same."""
    if signed != finding:
        return refusals.FINDING_DIFFERS.at("/finding", person=first.subject, finding=signed)
    return second_person(first, second, one_body=True)
