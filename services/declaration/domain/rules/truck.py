"""What a truck may carry in, and who says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from services.declaration.domain import refusals
from services.declaration.domain.loads import TruckLoad, loads_by_foreign, loads_of_truck
from services.declaration.domain.model import Facts, Submission, TruckFacts, TruckOnFile
from services.kernel.refusal import Refusal
from services.kernel.rule import rule

_BEGINNING: Final = date(1996, 4, 1)
_NOTHING: Final = Decimal(0)


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


@rule("HUSHI-TRUCK-LOAD", source="vehicle-declaration", in_force=_BEGINNING)
def trucks_lots_are_within_its_load(lot: Submission, facts: Facts) -> Iterator[Refusal]:
    """The lots of a truck's entry weigh together no more than it is rated for, by gross weight.

    Lots that are withdrawn, refused or sent back weigh nothing. Of one that is over the rated load
    by itself no more is said. Whoever names a truck by its foreign plate names that truck. What is
    declared without the manifest of the truck's carrier keeps nothing out that is declared under
    it; nor does it leave beside that, where both are more (BRT-GATE-LOAD).
    """
    own = [loads_of_truck(lot, facts, truck) for truck in facts.trucks]
    for loads in own:
        left_kg = _left_kg(lot, facts, loads)
        if left_kg < lot.gross_kg <= min((o.rated_kg for o in loads), default=_NOTHING):
            named = all(load.named for load in loads)
            full = refusals.TRUCK_IS_FULL if named else refusals.TRUCK_IS_FULL_UNNAMED
            yield full.at("/gross_kg", left_kg=left_kg, lot_kg=lot.gross_kg)
    said = {load.account for loads in own for load in loads}
    others = [load for load in loads_by_foreign(lot, facts) if load.account not in said]
    if (left_kg := _left_kg(lot, facts, others)) < lot.gross_kg:
        said_kg = {"left_kg": left_kg, "lot_kg": lot.gross_kg}
        yield refusals.TRUCK_BY_FOREIGN_IS_FULL.at("/gross_kg", **said_kg)


def _left_kg(lot: Submission, facts: Facts, loads: Sequence[TruckLoad]) -> Decimal:
    """What other lots leave of all these loads; of none as much as the lot weighs."""
    return max(min((o.left_kg(facts) for o in loads), default=lot.gross_kg), _NOTHING)


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
