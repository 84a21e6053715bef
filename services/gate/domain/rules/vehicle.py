"""How long a vehicle's entry declaration is valid."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal

from services.gate.domain import refusals
from services.kernel.clock import business_day
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal
from services.kernel.rule import rule


@rule("VEH-01", source="vehicle-declaration", in_force=date(2008, 11, 1))
def vehicle_valid_until(declared_at: datetime, policy: PolicyBook, *, port: str = "") -> datetime:
    """A vehicle's entry declaration is valid for the hours in force on its Beijing day (W29).

    How many hours that is on a day is a dated parameter; the source named says its present value.
    """
    hours = policy.integer("vehicle.declaration_valid_h", on=business_day(declared_at), scope=port)
    return declared_at + timedelta(hours=hours)


@rule("VEH-02", source="road-mass", in_force=date(1996, 4, 1))
def within_total_mass(
    rated_load_kg: Decimal, tare_kg: Decimal, *, most_kg: Decimal
) -> Refusal | None:
    """A truck's rated load and tare together are within the mass that the road allows.

    All in kg, inclusive: nobody rates the own truck for more than any truck may weigh.
    """
    mass = rated_load_kg + tare_kg
    if mass <= most_kg:
        return None
    return refusals.OVER_TOTAL_MASS.at("/rated_load_kg", mass_kg=mass, most_kg=most_kg)


@rule("VEH-03", source="operator-order", in_force=date(1996, 4, 1))
def truck_is_the_carriers(carrier: str, *, filed_for: Collection[str]) -> Refusal | None:
    """A truck is its carrier's, who alone declares it; the registrar files who has it next.

    ``filed_for``: whose it is now and at the moment that is declared, and of a plate that is
    nobody's whose trucks have it as their foreign one; nobody of one that is nobody's yet.
    """
    if set(filed_for) <= {carrier}:
        return None
    return refusals.VEHICLE_OF_ANOTHER.at("/domestic_plate")


@rule("VEH-05", source="operator-order", in_force=date(1996, 4, 1))
def carrier_raises_the_load(rated_kg: Decimal, *, filed_kg: Decimal) -> Refusal | None:
    """For how much a carrier's truck is rated is raised by its carrier alone, ahead.

    ``filed_kg``: by the latest declaration that has begun, or else the next.
    """
    if rated_kg <= filed_kg:
        return None
    return refusals.LOAD_OF_THE_CARRIER.at("/rated_load_kg", filed_kg=filed_kg)


@rule("VEH-04", source="vehicle-declaration", in_force=date(1996, 4, 1))
def declaration_is_made_ahead(
    declared_at: datetime, *, now: datetime, late: timedelta, stands: bool
) -> Refusal | None:
    """A truck is declared before it enters, and what has begun stands as it was declared.

    So for its carrier and, of a truck that is a carrier's, for the registrar too: one person says
    nothing of the past by which lots and loads were judged.

    ``late``: by how much a declaration may have begun when it is filed, inclusive. ``stands``:
    whether one that began at the same moment is on file.
    """
    if declared_at < now - late:
        return refusals.DECLARED_TOO_LATE.at("/declared_at", earliest=now - late)
    if stands:
        return refusals.DECLARATION_BEGUN.at("/declared_at")
    return None
