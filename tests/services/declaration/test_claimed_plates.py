"""A foreign plate that two carriers claim: what either claim would bind, binds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.kernel.canonical import plate_key
from services.kernel.clock import BEIJING, business_day, day_begins
from services.kernel.identifiers import new_uuid
from tests.support.harbour import Harbour, open_port
from tests.support.on_file import truck_filed
from tests.support.plates import other_plate, own_plate
from tests.support.truck_loads import FULL, RATED, Truck
from tests.support.window import decree

UNRECORDED = [("ENTRY_UNRECORDED", "/entered_at")]
UNNAMED = [("MANIFEST_NOT_NAMED", "/manifest_no")]
RIVAL: dict[str, Any] = {"carrier": "carrier:C2", "rated_load_kg": RATED}


@pytest.fixture
async def truck(harbour: Harbour) -> Truck:
    """On file with both its plates, at a port of its own that plays no past day."""
    place = Harbour(harbour.window, await open_port(harbour.window, replays=False))
    await decree(harbour.window, "gate.same_entry_min", place.port, "0")
    truck = Truck(place, await place.group(1), own_plate(), other_plate())
    await on_file(truck, truck.own, rated_load_kg=RATED)
    return truck


async def on_file(truck: Truck, plate: str, **how: Any) -> None:
    """Declarations of a truck with that foreign plate, in force since the day before yesterday."""
    now = datetime.now(UTC)
    moments = (now - timedelta(days=days) for days in (0, 1, 2))
    how = {"foreign_plate": truck.foreign, **how}
    await truck_filed(truck.place.window.sql, plate, truck.place.port, *moments, **how)


async def claimed(truck: Truck, **how: Any) -> str:
    """A truck of another carrier's, who has the same foreign plate on file; its own plate."""
    theirs = own_plate()
    await on_file(truck, theirs, **{**RIVAL, **how})
    return theirs


def at(days: int) -> str:
    """Soon after the Beijing day of some days ago began."""
    begins = day_begins(business_day(datetime.now(UTC)) - timedelta(days=days))
    return (begins + timedelta(seconds=1)).astimezone(BEIJING).isoformat()


async def came_in(truck: Truck, plate: str, days: int) -> None:
    """An entry of some days ago, put there as the gate would have recorded it then."""
    await truck.place.window.sql.execute(
        "INSERT INTO gate_entries (entry_id, port, vehicle_plate, plate_key, entered_at,"
        " recorded_by) VALUES ($1, $2, $3, $4, $5, 'gate-1')",
        *(new_uuid(), truck.place.port, plate, plate_key(plate)),
        datetime.fromisoformat(at(days)),
    )


def naming(truck: Truck, theirs: str, way: str) -> dict[str, Any]:
    """How a lot names the plate that both claim: alone, or beside the own one of either."""
    if way == "alone":
        return {"vehicle_plate": truck.foreign, "foreign_plate": None}
    own = theirs if way == "beside theirs" else truck.own
    return {"vehicle_plate": own, "foreign_plate": truck.foreign}


@pytest.mark.parametrize("way", ["alone", "beside theirs"])
async def test_the_day_on_which_either_came_in_binds_whoever_names_the_plate(
    truck: Truck, way: str
) -> None:
    theirs = await claimed(truck)
    await came_in(truck, truck.own, 1)
    lot = naming(truck, theirs, way)
    assert await truck.declared("110", **lot) == UNRECORDED
    # Nor does it help that the other truck comes in today.
    await came_in(truck, theirs, 0)
    assert await truck.declared("110", **lot) == UNRECORDED
    assert await truck.declared("110", vehicle_plate=truck.own, entered_at=at(1)) == []
    assert await truck.declared("110", vehicle_plate=theirs) == []


async def test_a_day_on_which_both_came_in_or_the_plate_itself_is_open(truck: Truck) -> None:
    theirs = await claimed(truck)
    for days, seen in ((1, truck.own), (0, theirs), (0, truck.own)):
        await came_in(truck, seen, days)
    lot = naming(truck, theirs, "alone")
    assert await truck.declared("110", **lot, entered_at=at(1)) == UNRECORDED
    assert await truck.declared("110", **lot) == []
    await came_in(truck, truck.foreign, 2)
    assert await truck.declared("110", **lot, entered_at=at(2)) == []


async def test_an_entry_under_the_plate_itself_is_the_lots_by_its_carriers_own_word(
    truck: Truck,
) -> None:
    await claimed(truck)
    await came_in(truck, truck.foreign, 1)
    assert await truck.declared("110") == UNRECORDED
    assert await truck.declared("110", entered_at=at(1)) == []


@pytest.mark.parametrize("way", ["alone", "beside theirs"])
async def test_either_ones_load_binds_whoever_names_the_plate(truck: Truck, way: str) -> None:
    theirs = await claimed(truck)
    lot = naming(truck, theirs, way)
    assert await truck.declared("15000") == []
    assert await truck.declared("5000.001", **lot) == FULL
    assert await truck.declared("5000", **lot) == []
    # It is of both loads from then on.
    assert await truck.declared("110") == FULL
    assert await truck.declared("15000.001", vehicle_plate=theirs) == FULL
    assert await truck.declared("15000", vehicle_plate=theirs) == []


async def test_a_light_truck_that_another_files_keeps_out_nothing_by_the_own_plate_alone(
    truck: Truck,
) -> None:
    light = await claimed(truck, rated_load_kg=1)
    for way in ("alone", "beside its own"):
        assert await truck.declared("110", **naming(truck, light, way)) == FULL
    assert await truck.declared("20000") == []


async def test_a_first_entrys_load_binds_by_the_plate_at_the_others_entry_too(
    truck: Truck,
) -> None:
    theirs = await claimed(truck)
    first = await truck.came_in()
    assert await truck.declared("20000", entered_at=first) == []
    second = await truck.came_in(theirs)
    lot = naming(truck, theirs, "alone")
    assert await truck.declared("110", **lot, entered_at=second) == FULL
    assert await truck.declared("20000", vehicle_plate=theirs, entered_at=second) == []


@pytest.mark.parametrize("way", ["alone", "beside theirs"])
async def test_the_manifest_of_either_is_asked_for(truck: Truck, way: str) -> None:
    theirs = await claimed(truck)
    lot = naming(truck, theirs, way)
    assert await truck.declared("110", **lot) == []
    number = await truck.lodged()
    assert await truck.declared("110", **lot) == UNNAMED
    assert await truck.declared("110", manifest_no=number) == []
    assert await truck.declared("110", **naming(truck, theirs, "beside its own")) == UNNAMED


async def test_a_plate_that_is_anothers_own_truck_is_nobodys_to_claim(truck: Truck) -> None:
    owned, theirs = own_plate(), own_plate()
    await on_file(truck, owned, foreign_plate=other_plate())
    await on_file(truck, theirs, foreign_plate=owned, carrier="carrier:C2", rated_load_kg=1)
    await came_in(truck, theirs, 1)
    assert await truck.declared("110", vehicle_plate=owned) == []


async def test_whoever_claims_anothers_own_truck_is_bound_by_its_entries_and_given_no_day(
    truck: Truck,
) -> None:
    owned, claims = own_plate(), own_plate()
    await on_file(truck, owned, foreign_plate=other_plate())
    await on_file(truck, claims, foreign_plate=owned, **RIVAL)
    await came_in(truck, owned, 1)
    assert await truck.declared("110", vehicle_plate=owned, entered_at=at(1)) == []
    for plates in ({"vehicle_plate": claims}, {"vehicle_plate": claims, "foreign_plate": owned}):
        for days in (0, 1):
            assert await truck.declared("110", **plates, entered_at=at(days)) == UNRECORDED
    # What the gate sees of it by its own plate is its own.
    await came_in(truck, claims, 0)
    assert await truck.declared("110", vehicle_plate=claims) == []
