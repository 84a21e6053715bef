"""What is declared without a truck's manifest keeps nothing out that is declared under it."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.support.harbour import Harbour, open_port
from tests.support.plates import other_plate, own_plate
from tests.support.truck_loads import FULL, LOTS, RATED, Truck, nothing_differs
from tests.support.window import decree, lot_body

NO_ROOM = [("NO_ROOM_FOR_IT", "BRT-GATE-LOAD")]
UNNAMED = [("MANIFEST_NOT_NAMED", "/manifest_no")]


@pytest.fixture
async def live(harbour: Harbour) -> Harbour:
    """A port of each test's own, where each record of the gate's is another entry."""
    port = await open_port(harbour.window, replays=False)
    await decree(harbour.window, "gate.same_entry_min", port, "0")
    return Harbour(harbour.window, port)


@pytest.fixture
async def truck(live: Harbour) -> Truck:
    own, foreign = own_plate(), other_plate()
    await live.truck(own, foreign_plate=foreign, rated_load_kg=RATED)
    return Truck(live, await live.group(1), own, foreign)


@pytest.fixture
async def stranger(truck: Truck) -> Truck:
    """The same truck, as a clerk of another group names it."""
    return Truck(truck.place, await truck.place.group(1), truck.own, truck.foreign)


@pytest.mark.parametrize("by", ["own", "foreign", "both"])
@pytest.mark.parametrize("seen", [True, False])
async def test_a_stranger_who_declares_a_truck_full_keeps_nothing_out_that_is_under_its_manifest(
    truck: Truck, stranger: Truck, by: str, seen: bool
) -> None:
    entry: dict[str, Any] = {"entered_at": await truck.came_in()} if seen else {}
    named: dict[str, dict[str, Any]] = {
        "own": {},
        "foreign": {"vehicle_plate": truck.foreign, "foreign_plate": None},
        "both": {"foreign_plate": truck.foreign},
    }
    assert await stranger.declared("20000", **entry, **named[by]) == []
    assert await stranger.declared("110", **entry) == FULL
    under = {**entry, "manifest_no": await truck.lodged()}
    assert await stranger.declared("110", **entry) == [*UNNAMED, *FULL]
    assert await truck.declared("15000", **under) == []
    assert await truck.declared("5000", **under) == []
    assert (20_000, 20_000) in await truck.weighs()
    # The stranger's lot stays inside, and the gate is told why.
    await stranger.released(stranger.lots[0])
    seen_as = truck.foreign if by == "foreign" else truck.own
    (lot,) = [
        lot
        for lot in (await truck.place.gate.get("/gate/v1/lots", plate=seen_as))["items"]
        if lot["lot_id"] == stranger.lots[0]
    ]
    assert (lot["may_leave"], lot["no_room_beside_manifest"]) == (False, True)
    if by != "foreign":
        assert await stranger.leaves(stranger.lots[0], "20000") == NO_ROOM
    for lot_id, kg in zip(truck.lots, ("15000", "5000"), strict=True):
        await truck.out(lot_id, kg)
    assert await nothing_differs(truck)
    if seen and by != "foreign":
        assert await stranger.leaves(stranger.lots[0], "20000") == NO_ROOM


async def test_what_leaves_without_a_manifest_is_of_what_the_truck_brought(
    truck: Truck, stranger: Truck
) -> None:
    entered: dict[str, Any] = {"entered_at": await truck.came_in()}
    assert await stranger.declared("15000", **entered) == []
    await stranger.out(stranger.lots[0], "15000")
    assert await truck.weighs() == [(15_000, 0)] * 2
    assert await stranger.declared("5000.001", **entered) == FULL
    under = {**entered, "manifest_no": await truck.lodged()}
    assert await truck.declared("5000.001", **under) == FULL
    assert await truck.declared("5000", **under) == []
    assert await nothing_differs(truck)


async def test_what_fits_beside_what_is_under_the_manifest_leaves_to_the_last_gram(
    truck: Truck, stranger: Truck
) -> None:
    entered: dict[str, Any] = {"entered_at": await truck.came_in()}
    assert await stranger.declared("8000", **entered) == []
    assert await stranger.declared("2000.001", **entered) == []
    under = {**entered, "manifest_no": await truck.lodged()}
    assert await truck.declared("10000", **under) == []
    await stranger.out(stranger.lots[0], "8000")
    await stranger.released(stranger.lots[1])
    assert await stranger.leaves(stranger.lots[1], "2000.001") == NO_ROOM
    await truck.withdrawn(truck.lots[0])
    assert await stranger.leaves(stranger.lots[1], "2000.001") == []
    assert await truck.weighs() == [(10_000, 0)] * 2
    assert await nothing_differs(truck)


async def test_a_lot_that_is_amended_under_the_manifest_counts_there_and_no_more_without(
    truck: Truck,
) -> None:
    assert await truck.declared("15000") == []
    number = await truck.lodged()
    path = f"{LOTS}/{truck.lots[0]}/amendments"
    await truck.group.clerk.post(path, {"manifest_no": number})
    assert await truck.weighs() == [(15_000, 0)]
    await truck.group.clerk.post(path, {"gross_kg": "12000"})
    assert await truck.weighs() == [(12_000, 0)]
    assert await truck.declared("8000.001", manifest_no=number) == [
        ("OVER_MANIFEST", "/gross_kg"),
        *FULL,
    ]
    away = await truck.group.clerk.try_post(path, {"manifest_no": None})
    assert [e["code"] for e in away.json()["errors"]] == ["MANIFEST_NOT_NAMED"]
    await truck.withdrawn(truck.lots[0])
    assert await truck.weighs() == [(0, 0)]
    assert await nothing_differs(truck)


async def test_the_manifest_of_another_carriers_truck_is_none_of_this_one(
    truck: Truck, stranger: Truck
) -> None:
    other, carrier = own_plate(), f"carrier:{uuid4().hex[:8].upper()}"
    await truck.place.truck(other, carrier=carrier, rated_load_kg=RATED)
    theirs = {"manifest_no": "M-OTHER", "port": truck.place.port, "vehicle_plate": other}
    rival = truck.place.window.parties.act_as("carrier", carrier)
    await rival.post("/declaration/v1/manifests", {**theirs, "total_kg": "20000"})
    both = {"vehicle_plate": other, "foreign_plate": truck.own, "manifest_no": "M-OTHER"}
    assert await stranger.declared("20000", **both) == []
    assert await truck.weighs() == [(0, 20_000)]
    assert await truck.declared("20000", manifest_no=await truck.lodged()) == []
    await stranger.withdrawn(stranger.lots[0])
    assert await truck.weighs() == [(20_000, 0)]
    assert await nothing_differs(truck)


async def test_lots_without_a_manifest_that_come_at_once_leave_room_for_what_has_left(
    truck: Truck, stranger: Truck
) -> None:
    entered: dict[str, Any] = {"entered_at": await truck.came_in()}
    assert await truck.declared("10000", **entered) == []
    await truck.out(truck.lots[0], "10000")
    found = await asyncio.gather(*(stranger.declared("3000", **entered) for _ in range(10)))
    assert sorted(found) == [[]] * 3 + [FULL] * 7
    assert (await truck.weighs())[-1] == (10_000, 9_000)


async def test_lots_that_come_to_the_gate_at_once_take_no_more_out_than_the_truck_may_carry(
    truck: Truck, stranger: Truck
) -> None:
    entered: dict[str, Any] = {"entered_at": await truck.came_in()}
    for kg in ("9000", "8000", "3000"):
        assert await stranger.declared(kg, **entered) == []
    for lot_id in stranger.lots:
        await stranger.released(lot_id)
    under = {**entered, "manifest_no": await truck.lodged()}
    assert await truck.declared("11000", **under) == []
    leaving = zip(stranger.lots, ("9000", "8000", "3000"), strict=True)
    found = await asyncio.gather(*(stranger.leaves(*one) for one in leaving))
    loaded, unnamed = (await truck.weighs())[-1]
    assert NO_ROOM in found
    assert loaded <= RATED
    assert loaded + unnamed == 31_000
    assert await nothing_differs(truck)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_comes_to_lots_of_an_entry_each_gives_back_once_what_it_took(
    truck: Truck, seed: int
) -> None:
    chance = random.Random(seed)
    entered = await truck.came_in()
    group = await truck.place.group(8, mandated=False)

    async def declared(resident: str, **how: Any) -> str:
        lot = {"vehicle_plate": truck.own, "entered_at": entered, "values": ["10.00"]}
        kg = str(chance.randrange(1000, 2400))
        body = {"port": truck.place.port, "residents": [resident], "gross_kg": kg, **lot, **how}
        answer = await truck.place.window.lot(group, **body)
        assert answer.status_code == 201, answer.text
        return f"{LOTS}/{answer.json()['lot_id']}"

    async def lives(path: str, number: str) -> None:
        for _ in range(chance.randrange(3)):
            more = {"gross_kg": str(chance.randrange(1000, 2400)), "manifest_no": number}
            await group.clerk.try_post(f"{path}/amendments", more)
        if chance.random() < 0.5:
            await group.clerk.post(f"{path}/cancellation", {"reason": "given up"})

    early, late = group.residents[:4], group.residents[4:]
    paths = await asyncio.gather(*(declared(who) for who in early))
    number = await truck.lodged()

    async def comes_later(resident: str) -> None:
        await lives(await declared(resident, manifest_no=number), number)

    await asyncio.gather(
        *(lives(path, number) for path in paths), *(comes_later(who) for who in late)
    )
    for loaded, unnamed in await truck.weighs():
        assert 0 <= loaded <= RATED
        assert 0 <= unnamed <= RATED
    assert await nothing_differs(truck)
    lots = await group.clerk.get(LOTS)
    for lot in lots["items"]:
        if lot["state"] == "SUBMITTED":
            await group.clerk.post(f"{LOTS}/{lot['lot_id']}/cancellation", {"reason": "given up"})
    assert set(await truck.weighs()) == {(0, 0)}


async def test_what_a_version_before_took_gives_back_where_it_took(truck: Truck) -> None:
    assert await truck.declared("15000", entered_at=await truck.came_in()) == []
    sql, port = truck.place.window.sql, truck.place.port
    await sql.execute("UPDATE lots SET loaded_named = NULL WHERE port = $1", port)
    await sql.execute(
        "UPDATE truck_loads SET loaded_kg = unnamed_kg, unnamed_kg = 0 WHERE port = $1", port
    )
    assert await nothing_differs(truck)
    await truck.withdrawn(truck.lots[0])
    assert set(await truck.weighs()) == {(0, 0)}


async def test_what_is_checked_before_it_is_declared_counts_each_in_its_figure(
    truck: Truck, stranger: Truck
) -> None:
    assert await stranger.declared("20000") == []
    number, now = await truck.lodged(), datetime.now(UTC).isoformat()
    of: dict[str, Any] = {
        "port": truck.place.port,
        "vehicle_plate": truck.own,
        "manifest_no": number,
    }
    of |= {"entered_at": now, "values": ["10.00"]}
    bodies = [lot_body(truck.group, gross_kg=kg, **of) for kg in ("15000", "5000", "110")]
    answer = await truck.group.clerk.post(f"{LOTS}/checks", {"lots": bodies})
    found = [(r["code"], r["pointer"]) for r in answer["refusals"]]
    assert found == [(code, "/lots/2/gross_kg") for code in ("OVER_MANIFEST", "OVER_RATED_LOAD")]
