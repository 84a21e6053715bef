"""Whoever leaves one of a truck's plates out of a lot names the same truck."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.kernel.clock import BEIJING, business_day, day_begins
from tests.support.harbour import Harbour, open_port
from tests.support.on_file import truck_filed
from tests.support.plates import other_plate, own_plate
from tests.support.truck_loads import FULL, RATED, Truck
from tests.support.window import decree

UNRECORDED = [("ENTRY_UNRECORDED", "/entered_at")]
UNNAMED = [("MANIFEST_NOT_NAMED", "/manifest_no")]
RIVAL: dict[str, Any] = {"carrier": "carrier:C2", "rated_load_kg": RATED}


@pytest.fixture
async def live(harbour: Harbour) -> Harbour:
    """A port of each test's own that plays no past day, where each record is another entry."""
    port = await open_port(harbour.window, replays=False)
    await decree(harbour.window, "gate.same_entry_min", port, "0")
    return Harbour(harbour.window, port)


@pytest.fixture
async def truck(live: Harbour) -> Truck:
    """On file with both its plates since the day before yesterday."""
    own, foreign = own_plate(), other_plate()
    for days in (0, 1, 2):
        await filed(live, own, days, foreign_plate=foreign, rated_load_kg=RATED)
    return Truck(live, await live.group(1), own, foreign)


async def filed(place: Harbour, plate: str, days: int = 0, **how: Any) -> None:
    """A declaration of a truck, in force from some days ago for three days."""
    moment = datetime.now(UTC) - timedelta(days=days)
    await truck_filed(place.window.sql, plate, place.port, moment, **how)


def yesterday() -> str:
    """Soon after the Beijing day before this one began."""
    begins = day_begins(business_day(datetime.now(UTC)) - timedelta(days=1))
    return (begins + timedelta(minutes=1)).astimezone(BEIJING).isoformat()


async def came_in_yesterday(truck: Truck, by: str) -> str:
    """The gate saw it come in the day before; when."""
    await truck.came_in(by)
    seen = datetime.fromisoformat(yesterday())
    await truck.place.window.sql.execute(
        "UPDATE gate_entries SET entered_at = $2 WHERE port = $1", truck.place.port, seen
    )
    return seen.isoformat()


def spelled(plate: str) -> list[str]:
    """The same plate as somebody else writes it."""
    return [plate, f" {plate[:3].lower()}·{plate[3:].replace('-', ' ')}"]


def alone(plate: str) -> dict[str, Any]:
    """A lot's only plate."""
    return {"vehicle_plate": plate, "foreign_plate": None}


@pytest.mark.parametrize("written", [0, 1])
@pytest.mark.parametrize(("seen", "named"), [("own", "foreign"), ("foreign", "own")])
async def test_the_day_on_which_the_gate_saw_it_by_one_plate_is_the_lots_by_the_other(
    truck: Truck, seen: str, named: str, written: int
) -> None:
    lot = alone(spelled(getattr(truck, named))[written])
    await came_in_yesterday(truck, getattr(truck, seen))
    assert await truck.declared("110", **lot) == UNRECORDED
    assert await truck.declared("110", **lot, entered_at=yesterday()) == []
    entered = (await truck.place.lot(truck.lots[0]))["entered_at"]
    assert datetime.fromisoformat(entered) == datetime.fromisoformat(yesterday())


@pytest.mark.parametrize(("seen", "named"), [("own", "foreign"), ("foreign", "own")])
async def test_by_either_plate_it_is_the_load_of_the_entry_that_the_gate_saw(
    truck: Truck, seen: str, named: str
) -> None:
    first, second = [await truck.came_in(getattr(truck, seen)) for _ in range(2)]
    by_seen, by_other = (alone(getattr(truck, plate)) for plate in (seen, named))
    assert await truck.declared("15000", **by_seen, entered_at=second) == []
    assert await truck.declared("5000.001", **by_other, entered_at=second) == FULL
    assert await truck.declared("5000", **by_other, entered_at=second) == []
    # Its other entry is another truckload.
    assert await truck.declared("20000", **by_other, entered_at=first) == []
    assert await truck.declared("110", **by_seen, entered_at=first) == FULL


async def test_beside_a_plate_that_nobody_has_on_file_a_foreign_one_binds_and_gives_no_day(
    truck: Truck,
) -> None:
    lot = {"vehicle_plate": own_plate(), "foreign_plate": truck.foreign}
    assert await truck.declared("110", **lot) == []
    await came_in_yesterday(truck, truck.own)
    assert await truck.declared("110", **lot) == UNRECORDED
    assert await truck.declared("110", **lot, entered_at=yesterday()) == UNRECORDED
    # So it does beside another truck's own plate; whoever leaves it out is not bound by it.
    other = own_plate()
    await filed(truck.place, other, rated_load_kg=RATED)
    assert await truck.declared("110", **{**lot, "vehicle_plate": other}) == UNRECORDED
    assert await truck.declared("110", **alone(other)) == []


async def test_what_a_stranger_files_as_his_foreign_plate_binds_no_truck_that_is_on_file(
    truck: Truck,
) -> None:
    theirs = own_plate()
    for days in (1, 2):
        await filed(truck.place, theirs, days, foreign_plate=truck.own, **RIVAL)
    await came_in_yesterday(truck, theirs)
    assert await truck.declared("110") == []
    # Nor one that the registrar filed for nobody yet.
    nobodys, other = own_plate(), own_plate()
    await filed(truck.place, nobodys, carrier=None)
    for days in (1, 2):
        await filed(truck.place, other, days, foreign_plate=nobodys, **RIVAL)
    await came_in_yesterday(truck, other)
    assert await truck.declared("110", **alone(nobodys)) == []


async def test_an_entry_under_a_foreign_plate_of_before_it_was_the_trucks_binds_it_to_nothing(
    live: Harbour,
) -> None:
    truck = Truck(live, await live.group(1), own_plate(), other_plate())
    await came_in_yesterday(truck, truck.foreign)
    await filed(live, truck.own, foreign_plate=truck.foreign, rated_load_kg=RATED)
    declared_at = day_begins(business_day(datetime.now(UTC)))
    await live.window.sql.execute(
        "UPDATE vehicles SET declared_at = greatest(declared_at, $2) WHERE port = $1",
        *(live.port, declared_at),
    )
    assert await truck.declared("110") == []


@pytest.mark.parametrize("written", [0, 1])
async def test_a_manifest_of_the_own_plate_is_asked_for_by_the_foreign_one_alone(
    truck: Truck, written: int
) -> None:
    lot = alone(spelled(truck.foreign)[written])
    assert await truck.declared("110", **lot) == []
    number = await truck.lodged()
    assert await truck.declared("110", **lot) == UNNAMED
    assert await truck.declared("110", **lot, manifest_no=number) == UNNAMED
    beside = {"vehicle_plate": own_plate(), "foreign_plate": truck.foreign}
    assert await truck.declared("110", **beside) == UNNAMED
    assert await truck.declared("110", manifest_no=number) == []


async def test_it_is_told_to_name_the_truck_by_its_own_plate(truck: Truck) -> None:
    await truck.lodged()
    now = datetime.now(UTC).isoformat()
    body = {"port": truck.place.port, "entered_at": now, "values": ["10.00"]}
    refused = await truck.place.window.lot(truck.group, **body, **alone(truck.foreign))
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["code"], error["rule"]) == (
        409,
        "MANIFEST_NOT_NAMED",
        "HUSHI-MANIFEST",
    )
    assert "by its own plate alone" in str(error)


async def test_of_an_entry_after_the_manifests_none_is_asked_for(truck: Truck) -> None:
    await truck.lodged()
    first, second = [await truck.came_in() for _ in range(2)]
    lot = alone(truck.foreign)
    assert await truck.declared("110", **lot, entered_at=first) == UNNAMED
    assert await truck.declared("110", **lot, entered_at=second) == []
