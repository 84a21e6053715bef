"""What a truck may carry in, and who says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from services.declaration.domain import refusals
from services.declaration.domain.model import TruckFacts, TruckOnFile
from services.kernel.refusal import Refusal
from services.kernel.rule import rule

_BEGINNING: Final = date(1996, 4, 1)


@rule("HUSHI-TRUCK", source="vehicle-declaration", in_force=_BEGINNING)
def truck_was_declared(
    trucks: Sequence[TruckOnFile], *, entered_at: datetime, loaded_kg: Decimal
) -> Iterator[Refusal]:
    """A truck that is on file enters under an entry declaration in force, within its rated load.

    ``trucks`` are on file by either of the lot's plates: in whichever field a plate is written, its
    truck is held to its own declaration, but none to what another carrier declares of its foreign
    plate. ``entered_at`` is when the gate saw it come in, where it did; ``loaded_kg`` is the lot's
    gross weight, in kg.
    """
    for truck in trucks:
        declared = truck.declared(entered_at)
        if declared is None:
            yield refusals.TRUCK_RAN_OUT.at(f"/{truck.field}")
        elif loaded_kg > declared.rated_kg:
            rated = declared.rated_kg
            yield refusals.OVER_RATED_LOAD.at("/gross_kg", rated_kg=rated, loaded_kg=loaded_kg)


@rule("HUSHI-MANIFEST-LODGED", source="vehicle-declaration", in_force=_BEGINNING)
def manifest_fits_the_truck(
    truck: TruckFacts | None, *, lodged_by: str | None, total_kg: Decimal
) -> Iterator[Refusal]:
    """A manifest is its carrier's, of a truck of its own that is declared, within its rated load.

    ``lodged_by`` is the carrier, None for customs, who lodge for any. Of another's truck no more is
    said than of one that nobody has declared.
    """
    if truck is None or truck.rated_kg is None or lodged_by not in (None, truck.carrier):
        yield refusals.TRUCK_NOT_DECLARED.at("/vehicle_plate")
    elif total_kg > truck.rated_kg:
        yield refusals.OVER_RATED_LOAD.at("/total_kg", rated_kg=truck.rated_kg, loaded_kg=total_kg)
