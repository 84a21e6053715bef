"""Who may put one key of a bank's signatures in another's place."""

from __future__ import annotations

from datetime import date

from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.kernel.second_person import second_person


@rule("REG-12", source="operator-order", in_force=date(2026, 1, 1))
def two_registrars_change_a_key(proposer: Actor, decider: Actor) -> Refusal | None:
    """A new key of a bank's signatures is proposed by one registrar and decided by another."""
    return second_person(proposer, decider, one_body=True)
