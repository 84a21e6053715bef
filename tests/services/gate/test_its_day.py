"""What is declared for a day leaves on a truck that came in on it, not on one that came later."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.drawn import drawn_for
from tests.support.harbour import PASSED, Harbour, open_port
from tests.support.on_file import a_day_later
from tests.support.plates import other_plate, own_plate
from tests.support.window import Group, codes

ENTRIES = "/gate/v1/entries"
LOTS = "/declaration/v1/lots"


class Truck:
    """A truck that no gate saw, and a lot that was declared for it and is released."""

    def __init__(self, place: Harbour, own: str, foreign: str) -> None:
        self.place, self.own, self.foreign = place, own, foreign
        self.group: Group
        self.lot_id = ""

    async def declared(self) -> None:
        place = self.place
        await place.truck(self.own, foreign_plate=self.foreign)
        self.group = await place.group(1)
        now = datetime.now(UTC).isoformat()
        of_lot = {"vehicle_plate": self.own, "entered_at": now}
        self.lot_id = await place.released(self.group, values=["10.00"], **of_lot)

    async def enters(self, by: str) -> None:
        await self.place.gate.post(ENTRIES, {"vehicle_plate": by})

    async def leaves(self) -> str:
        """How the gate answers."""
        seen = {"vehicle_plate": self.own, "gross_kg": "110"}
        answer = await self.place.gate.try_post(f"/gate/v1/lots/{self.lot_id}/passes", seen)
        return "OUT" if answer.status_code == 201 else ",".join(codes(answer))

    async def stands(self) -> tuple[bool, bool]:
        """Whether the gate reads that the lot may leave, and that its truck came in later."""
        (lot,) = (await self.place.gate.get("/gate/v1/lots", plate=self.own))["items"]
        return lot["may_leave"], lot["truck_entered_later"]


@pytest.fixture
async def truck(harbour: Harbour) -> Truck:
    place = Harbour(harbour.window, await open_port(harbour.window, replays=False))
    found = Truck(place, own_plate(), other_plate())
    await found.declared()
    return found


@pytest.mark.parametrize("by", ["own", "foreign"])
async def test_what_was_declared_for_the_day_before_does_not_leave_on_a_truck_that_comes_today(
    truck: Truck, by: str
) -> None:
    await a_day_later(truck.place.window.sql, truck.place.port)
    assert await truck.stands() == (True, False)
    await truck.enters(getattr(truck, by))
    assert await truck.stands() == (False, True)
    assert await truck.leaves() == "ENTERED_LATER"


async def test_two_officers_who_have_inspected_it_since_let_it_out(truck: Truck) -> None:
    place = truck.place
    await a_day_later(place.window.sql, place.port)
    await truck.enters(truck.own)
    officer = place.officer(await place.hire())
    wanted = {"grounds": "it came in a day later", "lane": "RED"}
    called = await officer.post(f"/risk/v1/lots/{truck.lot_id}/call-ins", wanted)
    await drawn_for(place.window.sql, called["order_id"])
    await place.dispose(called["order_id"], {**PASSED, "method": "FULL"})
    await place.until(truck.group.clerk, truck.lot_id, "RELEASED")
    assert await truck.stands() == (True, False)
    assert await truck.leaves() == "OUT"


async def test_a_truck_that_comes_in_on_the_day_and_again_later_is_its_lots(truck: Truck) -> None:
    await truck.enters(truck.own)
    sql, day = truck.place.window.sql, "interval '1 day'"
    await a_day_later(sql, truck.place.port)
    await sql.execute(
        f"UPDATE gate_entries SET entered_at = entered_at - {day} WHERE port = $1",
        truck.place.port,
    )
    await truck.enters(truck.own)
    assert await truck.leaves() == "OUT"


async def test_what_no_gate_has_seen_at_all_leaves_as_before(truck: Truck) -> None:
    await a_day_later(truck.place.window.sql, truck.place.port)
    assert await truck.leaves() == "OUT"


async def test_a_day_that_is_played_again_has_no_gate(harbour: Harbour) -> None:
    plate = own_plate()
    await harbour.truck(plate)
    lot_id = await harbour.released(await harbour.group(1), values=["10.00"], vehicle_plate=plate)
    await harbour.gate.post(ENTRIES, {"vehicle_plate": plate})
    seen = {"vehicle_plate": plate, "gross_kg": "110"}
    answer = await harbour.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", seen)
    assert answer.status_code == 201
