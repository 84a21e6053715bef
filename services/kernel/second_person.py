"""Four eyes (四眼原则): of two who decide, the second is another person."""

from __future__ import annotations

from typing import Final

from services.kernel import refusals
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal

SAME_PERSON: Final = refusals.SAME_PERSON.at()
_ANOTHER_BODY: Final = refusals.ANOTHER_BODY.at()


def second_person(first: Actor, second: Actor, *, one_body: bool = False) -> Refusal | None:
    """Why the second signature does not count, None when it does.

    Always two subjects. Officers are parties of their own, so it takes two parties as well; where
    both act for one body (a bank's compliance, the registrar's office), it is that body twice.
    """
    if first.subject == second.subject:
        return SAME_PERSON
    if one_body:
        return None if first.party == second.party else _ANOTHER_BODY
    return SAME_PERSON if first.party == second.party else None
