"""Facts of the gate."""

from __future__ import annotations

from services.kernel.events import Event


class VehiclesDeclared(Event):
    """Vehicles' entry declarations were filed in one act, all of them."""

    kind: str
    count: int


class GatePassed(Event):
    """A lot's goods left the supervised place (过卡)."""

    vehicle_plate: str
    gross_kg: str
