"""The lots of one entry of a truck weigh together no more than it is rated for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest

from services.kernel.clock import business_day, day_begins
from tests.support.harbour import Harbour, open_port
from tests.support.on_file import a_day_later, truck_filed
from tests.support.plates import other_plate, own_plate
from tests.support.truck_loads import FULL, LOTS, RATED, Truck, nothing_differs
from tests.support.window import decree, lot_body

Lot = dict[str, Any]


@pytest.fixture
async def live(harbour: Harbour) -> Harbour:
    """A port of each test's own that plays no past day: what is declared there enters now, and each
    record of the gate's is another entry."""
    port = await open_port(harbour.window, replays=False)
    await decree(harbour.window, "gate.same_entry_min", port, "0")
    return Harbour(harbour.window, port)


@pytest.fixture
async def truck(live: Harbour) -> Truck:
    own, foreign = own_plate(), other_plate()
    await live.truck(own, foreign_plate=foreign, rated_load_kg=RATED)
    return Truck(live, await live.group(1), own, foreign)


async def test_two_lots_of_one_entry_weigh_together_no_more_than_the_truck_is_rated_for(
    truck: Truck,
) -> None:
    first, second = [await truck.came_in() for _ in range(2)]
    assert await truck.declared("15000", entered_at=first) == []
    assert await truck.declared("5000.001", entered_at=first) == FULL
    assert await truck.declared("5000", entered_at=first) == []
    # Its next entry is another truckload.
    assert await truck.declared("20000", entered_at=second) == []
    assert await truck.declared("110", entered_at=second) == FULL


async def test_two_full_manifests_of_one_entry_carry_one_truckload(truck: Truck) -> None:
    live, numbers = truck.place, [f"M{uuid4().hex[:10]}" for _ in range(2)]
    for number in numbers:
        body = {"manifest_no": number, "port": live.port, "vehicle_plate": truck.own}
        await live.carrier.post("/declaration/v1/manifests", {**body, "total_kg": "20000"})
    entered = await truck.came_in()
    first, other = ({"entered_at": entered, "manifest_no": number} for number in numbers)
    assert await truck.declared("20000", **first) == []
    assert await truck.declared("110", **other) == FULL


async def test_however_its_plates_are_written_it_is_one_truck(truck: Truck) -> None:
    assert await truck.declared("15000", foreign_plate=truck.foreign) == []
    spelled = f" {truck.own[:2].lower()}·{truck.own[2:]}"
    assert await truck.declared("6000", vehicle_plate=spelled) == FULL
    swapped = {"vehicle_plate": truck.foreign, "foreign_plate": truck.own}
    assert await truck.declared("6000", **swapped) == FULL
    # Nor is it two, where its carrier has filed its foreign plate as a truck of its own.
    live = truck.place
    now = datetime.now(UTC)
    await truck_filed(live.window.sql, truck.foreign, live.port, now, rated_load_kg=RATED)
    assert await truck.declared("6000", **swapped) == FULL
    assert await truck.declared("5000", **swapped) == []
    assert await truck.declared("110") == FULL


async def test_by_its_foreign_plate_alone_it_is_the_same_truck(truck: Truck) -> None:
    by_foreign: Lot = {"vehicle_plate": truck.foreign, "foreign_plate": None}
    assert await truck.declared("20000.001", **by_foreign) == FULL
    assert await truck.declared("15000") == []
    assert await truck.declared("6000", **by_foreign) == FULL
    assert (
        await truck.declared("6000", vehicle_plate=own_plate(), foreign_plate=truck.foreign) == FULL
    )
    assert await truck.declared("5000", **by_foreign) == []
    assert await truck.declared("110") == FULL
    # What the gate saw come in under the foreign plate is the same truckload, too.
    entered = await truck.came_in(truck.foreign)
    assert await truck.declared("110", **by_foreign, entered_at=entered) == FULL
    # And its carrier's other trucks with that plate are this one.
    again = own_plate()
    await truck.place.truck(again, foreign_plate=truck.foreign, rated_load_kg=RATED)
    named: Lot = {"vehicle_plate": again, "foreign_plate": truck.foreign}
    assert await truck.declared("110", **named) == FULL


async def test_what_another_files_as_his_foreign_plate_keeps_nothing_out_by_the_own_one(
    truck: Truck,
) -> None:
    live, theirs = truck.place, {"carrier": "carrier:C2", "rated_load_kg": 1}
    await live.truck(own_plate(), foreign_plate=truck.foreign, **theirs)
    await live.truck(own_plate(), foreign_plate=truck.own, **theirs)
    assert await truck.declared("20000") == []
    assert await truck.declared("110") == FULL
    # A truck that nobody has on file is known by its own plate; one that is, by that alone.
    unfiled, filed = own_plate(), own_plate()
    await live.truck(own_plate(), foreign_plate=filed, **theirs)
    assert await truck.declared("90000", vehicle_plate=unfiled) == []
    await live.truck(filed, rated_load_kg=RATED)
    assert await truck.declared("20000", vehicle_plate=filed) == []


async def test_a_foreign_plate_is_a_trucks_while_it_is_declared_with_it(truck: Truck) -> None:
    ran_out = other_plate()
    long_ago = datetime.now(UTC) - timedelta(days=9)
    sql, port = truck.place.window.sql, truck.place.port
    await truck_filed(sql, own_plate(), port, long_ago, foreign_plate=ran_out, rated_load_kg=1)
    assert await truck.declared("90000", vehicle_plate=ran_out, foreign_plate=None) == []


async def test_what_is_declared_before_the_gates_record_is_no_other_truckload(
    truck: Truck,
) -> None:
    assert await truck.declared("15000") == []
    assert await truck.declared("6000") == FULL
    entered = await truck.came_in()
    assert await truck.declared("6000", entered_at=entered) == FULL
    assert await truck.declared("5000", entered_at=entered) == []


async def test_where_no_gate_records_it_what_has_left_makes_room_for_the_next_journey(
    truck: Truck,
) -> None:
    assert await truck.declared("15000") == []
    await truck.out(truck.lots[0], "15000")
    assert await truck.declared("20000") == []
    assert await truck.declared("110") == FULL


async def test_a_truck_that_no_gate_saw_and_that_stays_brings_no_other_load_the_day_after(
    truck: Truck,
) -> None:
    assert await truck.declared("15000") == []
    await a_day_later(truck.place.window.sql, truck.place.port)
    assert await truck.declared("6000") == FULL
    assert await truck.declared("5000") == []
    assert await truck.declared("110", vehicle_plate=truck.foreign, foreign_plate=None) == FULL
    # What leaves makes room, of whichever day it is.
    await truck.out(truck.lots[1], "5000")
    assert await truck.declared("5000") == []
    await truck.out(truck.lots[0], "15000")
    assert await truck.declared("15000.001") == FULL
    # The gate's record is another load.
    assert await truck.declared("20000", entered_at=await truck.came_in()) == FULL
    assert await truck.declared("20000", entered_at=await truck.came_in()) == []


@pytest.mark.parametrize(("days", "then"), [("1", []), ("2", FULL)])
async def test_it_is_taken_to_be_there_for_the_days_within_which_its_port_has_goods_declared(
    truck: Truck, days: str, then: list[tuple[str, str]]
) -> None:
    await decree(truck.place.window, "hushi.entry_age_max_days", truck.place.port, days)
    assert await truck.declared("15000") == []
    for _ in range(2):
        await a_day_later(truck.place.window.sql, truck.place.port)
    assert await truck.declared("6000") == then


async def test_of_an_entry_on_record_what_has_left_makes_no_room(truck: Truck) -> None:
    entered = await truck.came_in()
    assert await truck.declared("15000", entered_at=entered) == []
    await truck.out(truck.lots[0], "15000")
    assert await truck.declared("6000", entered_at=entered) == FULL
    assert await truck.declared("20000", entered_at=await truck.came_in()) == []


@pytest.mark.parametrize("seen", ["own", "foreign"])
async def test_what_is_declared_before_the_gates_record_and_leaves_after_it_is_of_that_entry(
    truck: Truck, seen: str
) -> None:
    assert await truck.declared("15000") == []
    entered = await truck.came_in(getattr(truck, seen))
    await truck.out(truck.lots[0], "15000")
    for plates in ({}, {"vehicle_plate": truck.foreign, "foreign_plate": None}):
        assert await truck.declared("5000.001", **plates, entered_at=entered) == FULL
    assert await truck.declared("5000", entered_at=entered) == []
    # Nor does what leaves of the entry itself make room; its next entry is another load.
    await truck.out(truck.lots[1], "5000")
    assert await truck.declared("110", entered_at=entered) == FULL
    assert await nothing_differs(truck)
    assert await truck.declared("20000", entered_at=await truck.came_in()) == []


async def test_beside_what_was_declared_before_the_record_an_entry_brings_no_more_lot_by_lot(
    truck: Truck,
) -> None:
    assert await truck.declared("10000") == []
    entered = await truck.came_in()
    assert await truck.declared("10000", entered_at=entered) == []
    await truck.out(truck.lots[1], "10000")
    assert await truck.declared("110", entered_at=entered) == FULL
    # What is withdrawn was not brought.
    await truck.withdrawn(truck.lots[0])
    assert await truck.declared("10000", entered_at=entered) == []
    assert await nothing_differs(truck)


async def test_what_has_left_before_the_gates_record_came_with_a_journey_before(
    truck: Truck,
) -> None:
    assert await truck.declared("15000") == []
    await truck.out(truck.lots[0], "15000")
    entered = await truck.came_in()
    assert await truck.declared("20000", entered_at=entered) == []
    assert await truck.declared("110", entered_at=entered) == FULL
    assert await nothing_differs(truck)


async def test_what_a_version_before_gave_back_is_of_its_entry_again_and_back(truck: Truck) -> None:
    """What the migration does to the loads that there are, and on the way back."""
    assert await truck.declared("15000") == []
    await truck.came_in()
    await truck.out(truck.lots[0], "15000")
    kept = import_module("migrations.versions.0096_entry_keeps").KEPT
    port = f"port = '{truck.place.port}'"
    async with truck.place.window.sql.acquire() as connection:
        held = connection.transaction()
        await held.start()
        weighed = []
        for and_then in ("-", "+"):
            await connection.execute(f"{kept.format(and_then=and_then)} AND t.{port}")
            sql = f"SELECT loaded_kg FROM truck_loads WHERE {port}"
            weighed.append(int(await connection.fetchval(sql)))
        await held.rollback()
    assert weighed == [0, 15_000]


async def test_withdrawn_lots_weigh_nothing_and_amended_ones_what_they_say(truck: Truck) -> None:
    assert await truck.declared("15000") == []
    path = f"{LOTS}/{truck.lots[0]}"
    clerk = truck.group.clerk
    await clerk.post(f"{path}/amendments", {"gross_kg": "20000"})
    assert await truck.declared("110") == FULL
    over = await clerk.try_post(f"{path}/amendments", {"gross_kg": "20000.001"})
    assert [e["code"] for e in over.json()["errors"]] == ["OVER_RATED_LOAD"]
    await clerk.post(f"{path}/amendments", {"gross_kg": "12000"})
    assert await truck.declared("8000") == []
    more = await clerk.try_post(f"{path}/amendments", {"gross_kg": "12000.001"})
    assert [(e["code"], e["pointer"]) for e in more.json()["errors"]] == FULL
    # On another truck it leaves its place to others, and takes one there.
    await clerk.post(f"{path}/amendments", {"vehicle_plate": own_plate()})
    assert await truck.declared("12000") == []
    back = await clerk.try_post(f"{path}/amendments", {"vehicle_plate": truck.own})
    assert [e["code"] for e in back.json()["errors"]] == ["OVER_RATED_LOAD"]
    for lot_id in truck.lots[1:]:
        await truck.withdrawn(lot_id)
    await clerk.post(f"{path}/amendments", {"vehicle_plate": truck.own})
    assert await truck.declared("8000") == []


async def test_an_amended_lot_follows_the_gates_record(truck: Truck) -> None:
    assert await truck.declared("15000") == []
    await truck.came_in()
    path = f"{LOTS}/{truck.lots[0]}"
    await truck.group.clerk.post(f"{path}/amendments", {"gross_kg": "14000"})
    loads = await truck.place.window.sql.fetch(
        "SELECT entered_at, unnamed_kg FROM truck_loads WHERE port = $1", truck.place.port
    )
    assert [int(load["unnamed_kg"]) for load in loads] == [14_000] * 2
    await truck.withdrawn(truck.lots[0])
    assert await truck.declared("20000", entered_at=await truck.came_in()) == []


async def test_parallel_lots_never_weigh_more_than_their_truck_may_carry(truck: Truck) -> None:
    entered = await truck.came_in()
    found = await asyncio.gather(*(truck.declared("6000", entered_at=entered) for _ in range(12)))
    assert sorted(found) == [[]] * 3 + [FULL] * 9
    held = await truck.place.window.sql.fetch(
        "SELECT unnamed_kg FROM truck_loads WHERE port = $1", truck.place.port
    )
    assert [int(load["unnamed_kg"]) for load in held] == [18_000] * 2


async def test_parallel_lots_by_either_plate_are_one_truckload(truck: Truck) -> None:
    names: tuple[Lot, ...] = (
        {},
        {"vehicle_plate": truck.foreign, "foreign_plate": None},
        {"foreign_plate": truck.foreign},
    )
    found = await asyncio.gather(*(truck.declared("6000", **name) for name in names * 4))
    assert sorted(found) == [[]] * 3 + [FULL] * 9
    held = await truck.place.window.sql.fetch(
        "SELECT unnamed_kg FROM truck_loads WHERE port = $1", truck.place.port
    )
    assert [int(load["unnamed_kg"]) for load in held] == [18_000]


async def test_lots_that_come_and_go_at_once_leave_no_weight_and_wait_for_each_other_in_one_order(
    truck: Truck,
) -> None:
    live, number = truck.place, f"M{uuid4().hex[:10]}"
    lodged = {"manifest_no": number, "port": live.port, "vehicle_plate": truck.own}
    await live.carrier.post("/declaration/v1/manifests", {**lodged, "total_kg": "20000"})
    entered = await truck.came_in()
    group = await live.group(8, mandated=False)
    lot = {"vehicle_plate": truck.own, "manifest_no": number, "entered_at": entered}

    async def comes_and_goes(resident: str) -> None:
        for kg in ("1000", "2000", "1500"):
            one = {**lot, "residents": [resident], "values": ["10.00"], "gross_kg": kg}
            path = f"{LOTS}/{await live.accepted(group, **one)}"
            await group.clerk.post(f"{path}/amendments", {"gross_kg": "1700"})
            await group.clerk.post(f"{path}/cancellation", {"reason": "given up"})

    await asyncio.gather(*(comes_and_goes(resident) for resident in group.residents))
    assert await live.weight_left(number) == "20000.000"
    sql = "SELECT sum(loaded_kg) FROM truck_loads WHERE port = $1"
    assert await live.window.sql.fetchval(sql, live.port) == 0


async def test_a_truck_that_nobody_filed_is_rated_for_nothing(truck: Truck) -> None:
    for _ in range(2):
        assert await truck.declared("90000", vehicle_plate="桂P00000") == []


async def test_a_day_that_is_played_again_has_the_entries_that_its_lots_say(
    harbour: Harbour,
) -> None:
    own, group = own_plate(), await harbour.group(1)
    begins = day_begins(business_day(datetime.now(UTC)))
    await truck_filed(harbour.window.sql, own, harbour.port, begins, rated_load_kg=RATED)
    truck = Truck(harbour, group, own, "")
    one, other = begins.isoformat(), begins.replace(second=1).isoformat()
    assert await truck.declared("15000", entered_at=one) == []
    assert await truck.declared("15000", entered_at=one) == FULL
    assert await truck.declared("15000", entered_at=other) == []


async def test_what_is_checked_before_it_is_declared_counts_what_is_sent_with_it(
    truck: Truck,
) -> None:
    now: dict[str, Any] = {"entered_at": datetime.now(UTC).isoformat(), "values": ["10.00"]}
    for second in (truck.own, truck.foreign):
        sent = (("15000", truck.own), ("6000", second), ("5000", truck.own))
        lots = [
            lot_body(truck.group, port=truck.place.port, vehicle_plate=by, gross_kg=kg, **now)
            for kg, by in sent
        ]
        answer = await truck.group.clerk.post(f"{LOTS}/checks", {"lots": lots})
        found = [(r["code"], r["pointer"]) for r in answer["refusals"]]
        assert found == [("OVER_RATED_LOAD", "/lots/1/gross_kg")]
