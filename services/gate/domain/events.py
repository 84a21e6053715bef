"""Facts of the gate."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from services.kernel.events import Digests, Event


class VehiclesDeclared(Event):
    """Vehicles' entry declarations were filed in one act, all of them."""

    kind: str
    count: int
    digests: Digests = Field(default_factory=dict)
    handed_on: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Of each carrier whose trucks are another's from now on, their plates."""


class EntryRecorded(Event):
    """A truck, or a resident on foot, came in through the gate (进卡)."""

    port: str
    vehicle_plate: str | None
    resident_id: str | None
    entered_at: datetime
    inside_at: tuple[str, ...] = ()
    """The other ports where goods of the same truck are inside yet: it cannot be there any more."""
    last_at: str | None = None
    """The other port whose gate recorded it last, not long ago, and let none of its goods out."""


class GatePassed(Event):
    """A lot's goods left the supervised place (过卡)."""

    vehicle_plate: str
    gross_kg: str
    rules: tuple[str, ...] = (
        "BRT-GATE-TRUCK",
        "BRT-GATE-DAY",
        "BRT-GATE-CONTROL",
        "BRT-GATE-NAME",
        "BRT-GATE-WEIGHT",
    )
