"""A gate keeper, who sees what comes in and lets out what may leave."""

from __future__ import annotations

import httpx2

from tests.attempts.attempt import attempt, refused
from tests.attempts.carriers import a_truck_of_twenty_tons
from tests.attempts.world import SMALL, World
from tests.support.plates import own_plate

WHO = "A gate keeper"
ENTRIES = "/gate/v1/entries"
PLATE = "桂P12345"


async def let_out(port: World, lot_id: str) -> httpx2.Response:
    """The gate keeper of a port lets a lot out on its own truck."""
    seen = {"vehicle_plate": PLATE, "gross_kg": "110"}
    return await port.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", seen)


@attempt(WHO, "records an entry for an hour that is past", refused("REQUEST_INVALID"))
async def enters_in_the_past(world: World) -> httpx2.Response:
    seen = {"vehicle_plate": own_plate(), "entered_at": "2026-11-01T09:00:00+08:00"}
    return await world.gate.try_post(ENTRIES, seen)


@attempt(WHO, "records an entry at another port's gate", refused("REQUEST_INVALID"))
async def enters_elsewhere(world: World) -> httpx2.Response:
    seen = {"vehicle_plate": own_plate(), "port": "RUILI"}
    return await world.gate.try_post(ENTRIES, seen)


@attempt(
    WHO,
    "records a truck again that has not left, for a friend who has a second load declared",
    refused("OVER_RATED_LOAD", "HUSHI-TRUCK-LOAD"),
)
async def records_it_again(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    first, again = [await live.gate.post(ENTRIES, {"vehicle_plate": plate}) for _ in range(2)]
    lot = {**SMALL, "vehicle_plate": plate, "gross_kg": "20000"}
    await live.accepted(group, **lot, entered_at=first["entered_at"])
    return await live.declares(group, **lot, entered_at=again["entered_at"])


@attempt(WHO, "lets one lot out twice", refused("STATE_CONFLICT"))
async def lets_it_out_twice(world: World) -> httpx2.Response:
    lot_id = await world.released(await world.group())
    assert (await let_out(world, lot_id)).status_code == 201
    return await let_out(world, lot_id)


@attempt(WHO, "lets out a lot of another port", refused("NOT_FOUND"))
async def lets_anothers_out(world: World) -> httpx2.Response:
    lot_id = await world.released(await world.group())
    return await let_out(await world.elsewhere(), lot_id)
