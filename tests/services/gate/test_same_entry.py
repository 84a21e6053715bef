"""A truck that is recorded twice within the minutes of the law has come in once, by any plate."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.kernel.identifiers import uuid_of
from tests.support.harbour import Harbour, open_port
from tests.support.plates import other_plate, own_plate
from tests.support.window import decree

ENTRIES = "/gate/v1/entries"
LOTS = "/declaration/v1/lots"


class Truck:
    """A truck on file at a port, as its gate records it."""

    def __init__(self, place: Harbour, own: str, foreign: str) -> None:
        self.place, self.own, self.foreign = place, own, foreign

    async def seen(self, by: str | None = None, at: Harbour | None = None) -> tuple[int, Any]:
        """What the gate is answered that records it: the status, and the entry."""
        gate = (at or self.place).gate
        answer = await gate.try_post(ENTRIES, {"vehicle_plate": by or self.own})
        return answer.status_code, answer.json()

    async def entries(self) -> int:
        """How often the port has it on record."""
        listed = (await self.place.gate.get(ENTRIES))["items"]
        return sum(entry["vehicle_plate"] in (self.own, self.foreign) for entry in listed)

    async def goes_by(self, entry: Any, minutes: int) -> None:
        """So long ago it came in."""
        await self.place.window.sql.execute(
            "UPDATE gate_entries SET entered_at = entered_at - $2 * interval '1 minute'"
            " WHERE entry_id = $1",
            *(uuid_of(entry["entry_id"], "ent"), minutes),
        )

    async def let_out(self, entry: Any) -> None:
        """A lot of it is declared, released, and leaves on it."""
        group = await self.place.group(1)
        lot = {"vehicle_plate": self.own, "entered_at": entry["entered_at"], "values": ["10.00"]}
        lot_id = await self.place.accepted(group, **lot)
        path, read = f"{LOTS}/{lot_id}/confirmations", {"If-Match": '"1"'}
        await group.clerk.post(path, {"by_mandate": True}, **read)
        await self.place.until(group.clerk, lot_id, "RELEASED")
        out = {"vehicle_plate": self.own, "gross_kg": "110"}
        await self.place.gate.post(f"/gate/v1/lots/{lot_id}/passes", out)


async def a_port(harbour: Harbour) -> Harbour:
    """A port of the test's own that plays no past day."""
    return Harbour(harbour.window, await open_port(harbour.window, officers=0, replays=False))


@pytest.fixture
async def truck(harbour: Harbour) -> Truck:
    place = await a_port(harbour)
    await decree(place.window, "gate.same_entry_min", place.port, "60")
    own, foreign = own_plate(), other_plate()
    await place.truck(own, foreign_plate=foreign)
    return Truck(place, own, foreign)


@pytest.mark.parametrize(
    ("first", "then"), [("own", "own"), ("own", "foreign"), ("foreign", "own")]
)
async def test_another_record_of_the_same_truck_is_answered_with_its_entry(
    truck: Truck, first: str, then: str
) -> None:
    status, entry = await truck.seen(getattr(truck, first))
    assert (status, entry["same_until"]) == (201, None)
    again, same = await truck.seen(getattr(truck, then))
    until = same.pop("same_until")
    assert (again, same) == (200, {k: v for k, v in entry.items() if k != "same_until"})
    came, ends = (datetime.fromisoformat(at) for at in (entry["entered_at"], until))
    assert ends - came == timedelta(hours=1)
    assert await truck.entries() == 1


async def test_written_otherwise_it_is_the_same_truck(truck: Truck) -> None:
    _, entry = await truck.seen()
    status, same = await truck.seen(f" {truck.own[:2].lower()}·{truck.own[2:]}")
    assert (status, same["entry_id"]) == (200, entry["entry_id"])


async def test_of_many_records_at_once_by_either_plate_one_is_an_entry(truck: Truck) -> None:
    plates = [truck.own, truck.foreign] * 8
    found = await asyncio.gather(*(truck.seen(plate) for plate in plates))
    assert Counter(status for status, _ in found) == {201: 1, 200: 15}
    assert len({entry["entry_id"] for _, entry in found}) == 1
    assert await truck.entries() == 1


async def test_trucks_that_share_a_foreign_plate_are_recorded_at_once_and_none_waits_for_ever(
    truck: Truck,
) -> None:
    others = [own_plate() for _ in range(3)]
    for other in others:
        await truck.place.truck(other, foreign_plate=truck.foreign)
    plates = [truck.own, *others] * 4
    found = await asyncio.gather(*(truck.seen(plate) for plate in plates))
    assert Counter(status for status, _ in found) == {201: 4, 200: 12}


async def test_after_the_minutes_of_the_law_it_has_come_in_again(truck: Truck) -> None:
    _, entry = await truck.seen()
    await truck.goes_by(entry, 59)
    status, same = await truck.seen()
    assert (status, same["entry_id"]) == (200, entry["entry_id"])
    # They run from the first record: whoever records it again does not prolong them.
    await truck.goes_by(entry, 1)
    status, other = await truck.seen(truck.foreign)
    assert (status, other["same_until"]) == (201, None)
    assert other["entry_id"] != entry["entry_id"]


async def test_where_the_law_of_a_port_says_none_each_record_is_an_entry(harbour: Harbour) -> None:
    place = await a_port(harbour)
    await decree(place.window, "gate.same_entry_min", place.port, "0")
    truck = Truck(place, own_plate(), "")
    assert [(await truck.seen())[0] for _ in range(2)] == [201, 201]


async def test_a_truck_that_the_gate_let_out_since_has_come_in_again(truck: Truck) -> None:
    _, entry = await truck.seen()
    await truck.let_out(entry)
    status, other = await truck.seen()
    assert (status, other["entry_id"] != entry["entry_id"]) == (201, True)
    status, same = await truck.seen(truck.foreign)
    assert (status, same["entry_id"]) == (200, other["entry_id"])


async def test_what_leaves_on_another_truck_is_no_leaving_of_this_one(truck: Truck) -> None:
    _, entry = await truck.seen()
    other = Truck(truck.place, own_plate(), "")
    await other.let_out((await other.seen())[1])
    status, same = await truck.seen()
    assert (status, same["entry_id"]) == (200, entry["entry_id"])


async def test_a_truck_that_another_port_saw_since_has_come_in_again(
    harbour: Harbour, truck: Truck
) -> None:
    elsewhere = await a_port(harbour)
    _, entry = await truck.seen()
    assert (await truck.seen(truck.foreign, at=elsewhere))[0] == 201
    status, back = await truck.seen()
    assert (status, back["entry_id"] != entry["entry_id"]) == (201, True)


async def test_what_another_files_under_a_trucks_plate_is_not_that_truck(truck: Truck) -> None:
    theirs = own_plate()
    await truck.place.truck(theirs, carrier="carrier:C2", foreign_plate=truck.own)
    _, entry = await truck.seen()
    status, other = await truck.seen(theirs)
    assert (status, other["entry_id"] != entry["entry_id"]) == (201, True)
