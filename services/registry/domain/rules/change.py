"""How a record that money, a draw or another's name follows is filed and changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from services.kernel.messages import Actor
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.kernel.second_person import second_person
from services.registry.domain import refusals

_BEGINNING: Final = date(1996, 4, 1)


@rule("REG-TWO", source="operator-order", in_force=_BEGINNING)
def two_change_the_register(proposer: Actor, confirmer: Actor) -> Refusal | None:
    """What money, a draw or another's name follows is filed and changed by two of one office."""
    return second_person(proposer, confirmer, one_body=True)


@rule("REG-COOLING", source="operator-order", in_force=_BEGINNING)
def change_has_been_seen(confirm_from: datetime, *, now: datetime) -> Refusal | None:
    """A proposal is seen for so many hours by those concerned before it is confirmed."""
    if now >= confirm_from:
        return None
    return refusals.COOLING_TIME.at(confirm_from=confirm_from)
