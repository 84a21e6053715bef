"""What is to be seen, or found out, before a lot leaves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from services.gate.domain import refusals
from services.kernel.refusal import Refusal
from services.kernel.refusals import KEPT_BY_CUSTOMS
from services.kernel.rule import rule

LEAVES_FROM: Final = "RELEASED"
"""Where a lot stands that may leave, unless something keeps it in."""


@rule("BRT-GATE-CONTROL", source="hit-list", in_force=date(1996, 4, 1))
def nothing_keeps_it_in(*, kept_in: bool) -> Refusal | None:
    """No lot leaves that a control reaches as of now, until an inspection has answered it."""
    return KEPT_BY_CUSTOMS.at() if kept_in else None


@rule("BRT-GATE-TRUCK", source="operator-order", in_force=date(1996, 4, 1))
def truck_is_here(*, elsewhere: bool) -> Refusal | None:
    """No lot leaves on a truck that another port's gate saw come in since it came in here.

    A gate's record is a fact, and a truck is in one place: where it has come back, this gate
    records that first.
    """
    return refusals.TRUCK_ELSEWHERE.at("/vehicle_plate") if elsewhere else None


@rule("BRT-GATE-DAY", source="customs-law", in_force=date(1996, 4, 1))
def came_in_on_its_day(*, entered_later: bool) -> Refusal | None:
    """No lot leaves on a truck that the gate saw come in only after the lot's day.

    Its goods came in on the day of the entry, which is another quota's: they are declared for that
    day, or two officers have inspected the lot since and released it.
    """
    return refusals.ENTERED_LATER.at("/vehicle_plate") if entered_later else None


@rule("BRT-GATE-LOAD", source="vehicle-declaration", in_force=date(1996, 4, 1))
def fits_beside_the_manifest(*, lot_kg: Decimal, left_kg: Decimal | None) -> Refusal | None:
    """What is declared without its truck's manifest leaves only within what the others leave of it.

    ``left_kg``: what is declared under the manifest of the truck's carrier, or has left by the
    gate, leaves of the truck's rated load; None of a lot that is under it.
    """
    if left_kg is None or lot_kg <= left_kg:
        return None
    return refusals.NO_ROOM_FOR_IT.at("", lot_kg=lot_kg, left_kg=max(left_kg, Decimal(0)))


@rule("BRT-GATE-NAME", source="operator-order", in_force=date(1996, 4, 1))
def no_name_in_question(*, in_question: bool) -> Refusal | None:
    """No lot leaves while it is found out whether a name in it was used by its bearer."""
    return refusals.KEPT_FOR_A_NAME.at() if in_question else None
