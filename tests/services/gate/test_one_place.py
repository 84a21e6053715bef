"""A truck is in one place: what it left inside at a port does not leave while it is at another."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from services.kernel.identifiers import case_uuid
from tests.support.harbour import Harbour, open_port
from tests.support.plates import other_plate, own_plate
from tests.support.window import codes

ENTRIES = "/gate/v1/entries"
LOTS = "/declaration/v1/lots"


async def a_port(harbour: Harbour) -> Harbour:
    """A port of the test's own that plays no past day."""
    return Harbour(harbour.window, await open_port(harbour.window, officers=0, replays=False))


class Truck:
    """A truck on file at a port, with a lot that it brought there and that is released."""

    def __init__(self, place: Harbour, own: str, foreign: str, lot_id: str) -> None:
        self.place, self.own, self.foreign, self.lot_id = place, own, foreign, lot_id
        self.path = f"/gate/v1/lots/{lot_id}/passes"
        self.seen = {"vehicle_plate": own, "gross_kg": "110"}

    async def stands(self) -> tuple[bool, bool]:
        """Whether the gate reads that the lot may leave, and that its truck is elsewhere."""
        (lot,) = (await self.place.gate.get("/gate/v1/lots", plate=self.own))["items"]
        return lot["may_leave"], lot["truck_elsewhere"]


@pytest.fixture
async def truck(harbour: Harbour) -> Truck:
    place = await a_port(harbour)
    own, foreign = own_plate(), other_plate()
    await place.truck(own, foreign_plate=foreign)
    entry = await place.gate.post(ENTRIES, {"vehicle_plate": own})
    group = await place.group(1)
    of_lot = {"vehicle_plate": own, "foreign_plate": None, "entered_at": entry["entered_at"]}
    lot_id = await place.accepted(group, values=["10.00"], **of_lot)
    by_mandate = {"by_mandate": True}
    path = f"{LOTS}/{lot_id}/confirmations"
    await group.clerk.post(path, by_mandate, **{"If-Match": '"1"'})
    await place.until(group.clerk, lot_id, "RELEASED")
    return Truck(place, own, foreign, lot_id)


async def said(place: Harbour, entry_id: str) -> list[str]:
    """The ports where the log says of an entry that the truck's goods are inside."""
    sql = "SELECT body FROM events WHERE case_id = $1"
    ports: list[str] = json.loads(await place.window.sql.fetchval(sql, case_uuid(entry_id)))[
        "inside_at"
    ]
    return ports


@pytest.mark.parametrize("by", ["own", "foreign"])
async def test_goods_do_not_leave_on_a_truck_that_came_in_at_another_port_since(
    harbour: Harbour, truck: Truck, by: str
) -> None:
    place, elsewhere = truck.place, await a_port(harbour)
    assert await truck.stands() == (True, False)
    # A gate's record is a fact: it is taken, and says where the truck's goods are.
    seen = {"vehicle_plate": getattr(truck, by)}
    entry = await elsewhere.gate.post(ENTRIES, seen)
    assert await said(place, entry["entry_id"]) == [place.port]
    assert await truck.stands() == (False, True)
    refused = await place.gate.try_post(truck.path, truck.seen)
    assert codes(refused) == ["TRUCK_ELSEWHERE"]
    # Where it has come back, the gate says so first; then it is nowhere else.
    back = await place.gate.post(ENTRIES, {"vehicle_plate": truck.own})
    assert await said(place, back["entry_id"]) == []
    assert await truck.stands() == (True, False)
    assert (await place.gate.try_post(truck.path, truck.seen)).status_code == 201
    again = await elsewhere.gate.post(ENTRIES, seen)
    assert await said(place, again["entry_id"]) == []


async def test_however_long_goods_have_been_inside_the_gate_elsewhere_says_so(
    harbour: Harbour, truck: Truck
) -> None:
    place, elsewhere = truck.place, await a_port(harbour)
    await place.window.sql.execute(
        "UPDATE lots SET business_on = business_on - 40 WHERE lot_id = $1", case_uuid(truck.lot_id)
    )
    entry = await elsewhere.gate.post(ENTRIES, {"vehicle_plate": truck.own})
    assert await said(place, entry["entry_id"]) == [place.port]


async def test_another_truck_elsewhere_keeps_nothing_in(harbour: Harbour, truck: Truck) -> None:
    place, elsewhere = truck.place, await a_port(harbour)
    theirs = own_plate()
    # Another carrier says that the plate is the foreign one of a truck of his own.
    await elsewhere.truck(theirs, carrier="carrier:C2", foreign_plate=truck.own)
    entry = await elsewhere.gate.post(ENTRIES, {"vehicle_plate": theirs})
    assert await said(place, entry["entry_id"]) == []
    assert await truck.stands() == (True, False)
    assert (await place.gate.try_post(truck.path, truck.seen)).status_code == 201


async def test_what_another_gate_saw_before_it_came_in_is_no_matter(
    harbour: Harbour, truck: Truck
) -> None:
    elsewhere = (await a_port(harbour)).gate
    before = datetime.now(UTC)
    await elsewhere.post(ENTRIES, {"vehicle_plate": truck.own})
    await truck.place.window.sql.execute(
        "UPDATE gate_entries SET entered_at = entered_at - interval '1 hour'"
        " WHERE plate_key = $1 AND port <> $2 AND entered_at >= $3",
        *(truck.own, truck.place.port, before),
    )
    assert await truck.stands() == (True, False)
