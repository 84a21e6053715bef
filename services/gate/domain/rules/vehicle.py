"""How long a vehicle's entry declaration is valid."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from services.kernel.clock import business_day
from services.kernel.policy import PolicyBook
from services.kernel.rule import rule


@rule("VEH-01", source="vehicle-declaration", in_force=date(2008, 11, 1))
def vehicle_valid_until(declared_at: datetime, policy: PolicyBook, *, port: str = "") -> datetime:
    """A vehicle's entry declaration is valid for the hours in force on its Beijing day (W29).

    How many hours that is on a day is a dated parameter; the source named says its present value.
    """
    hours = policy.integer("vehicle.declaration_valid_h", on=business_day(declared_at), scope=port)
    return declared_at + timedelta(hours=hours)
