"""Who finds out whether a use of a name was its bearer's own."""

from __future__ import annotations

from datetime import date

from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.kernel.second_person import second_person


@rule("HUSHI-NOT-ME", source="operator-order", in_force=date(1996, 4, 1))
def two_find_whose_name_it_was(finder: Actor, decider: Actor) -> Refusal | None:
    """One registrar finds out whether a name was used by its bearer, another one decides."""
    return second_person(finder, decider, one_body=True)
