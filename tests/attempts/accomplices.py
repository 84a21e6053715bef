"""A carrier whose accomplice files the foreign plate of its truck as that of another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx2

from services.kernel.clock import business_day, day_begins
from services.kernel.identifiers import new_uuid
from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.carriers import a_truck_of_twenty_tons
from tests.attempts.world import SMALL, World
from tests.support.on_file import foreign_of, truck_filed
from tests.support.plates import own_plate
from tests.support.window import Group

WHO: Final = "A carrier with an accomplice"
FULL: Final = "20000"


async def one_plate_two_trucks(world: World) -> tuple[World, Group, str, str]:
    """A truck of 20 t, and another one of the accomplice's with the same foreign plate on file."""
    live, group, plate = await a_truck_of_twenty_tons(world)
    theirs = own_plate()
    how = {"foreign_plate": foreign_of(plate), "carrier": "carrier:C2"}
    await live.truck(theirs, **how, rated_load_kg=20_000)
    return live, group, plate, theirs


async def recorded(world: World, plate: str, came_at: datetime) -> None:
    """The gate saw a truck come in at an earlier moment."""
    await world.window.sql.execute(
        "INSERT INTO gate_entries (entry_id, port, vehicle_plate, plate_key, entered_at,"
        " recorded_by) VALUES ($1, $2, $3, $3, $4, 'gate-1')",
        *(new_uuid(), world.port, plate, came_at),
    )


def now(**lot: Any) -> dict[str, Any]:
    """A truckload that enters now."""
    return {**SMALL, "gross_kg": FULL, "entered_at": datetime.now(UTC).isoformat(), **lot}


@attempt(
    WHO,
    "brings a truckload by the own plate, and another one by the foreign plate that both claim",
    refused("OVER_RATED_LOAD", "HUSHI-TRUCK-LOAD"),
)
async def a_load_for_each_claim(world: World) -> httpx2.Response:
    live, group, plate, _ = await one_plate_two_trucks(world)
    await live.accepted(group, **now(vehicle_plate=plate))
    lot = now(vehicle_plate=foreign_of(plate), foreign_plate=None)
    return await live.declares(group, **lot)


@attempt(
    WHO,
    "brings another truckload beside the accomplice's plate, and leaves by the foreign one",
    refused("OVER_RATED_LOAD", "HUSHI-TRUCK-LOAD"),
)
async def beside_the_accomplices_plate(world: World) -> httpx2.Response:
    live, group, plate, theirs = await one_plate_two_trucks(world)
    await live.accepted(group, **now(vehicle_plate=plate))
    lot = now(vehicle_plate=theirs, foreign_plate=foreign_of(plate))
    return await live.declares(group, **lot)


@attempt(
    WHO,
    "has what came in yesterday declared for today by the foreign plate that both claim",
    refused("ENTRY_UNRECORDED", "HUSHI-ENTRY"),
)
async def yesterdays_for_today(world: World) -> httpx2.Response:
    live, group, plate, _ = await one_plate_two_trucks(world)
    came_at = day_begins(business_day(datetime.now(UTC))) - timedelta(minutes=1)
    await truck_filed(live.window.sql, plate, live.port, came_at)
    await recorded(live, plate, came_at)
    lot = now(vehicle_plate=foreign_of(plate), foreign_plate=None)
    return await live.declares(group, **lot)


@attempt(
    WHO,
    "is under control by the own plate, and has the goods declared by the one that both claim",
    ends("RED", "inspected all the same", "INS-CONTROL"),
)
async def under_control_by_the_own_plate(world: World) -> str:
    live, group, plate, theirs = await one_plate_two_trucks(world)
    await live.under_control("vehicle_plate", plate)
    lot = now(vehicle_plate=theirs, foreign_plate=foreign_of(plate))
    return await live.lane_of(group, **lot)


@attempt(
    WHO,
    "files the accomplice's truck as the foreign plate of its own, to have its entries as well",
    refused("ENTRY_UNRECORDED", "HUSHI-ENTRY"),
)
async def as_often_as_the_accomplices(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    theirs, now_at = own_plate(), datetime.now(UTC)
    moments = [now_at - timedelta(days=days) for days in (0, 1, 2)]
    await truck_filed(live.window.sql, plate, live.port, *moments, foreign_plate=theirs)
    await live.truck(theirs, carrier="carrier:C2")
    came_at = day_begins(business_day(now_at)) - timedelta(minutes=1)
    await recorded(live, theirs, came_at)
    lot = {**now(vehicle_plate=plate), "entered_at": came_at.isoformat()}
    return await live.declares(group, **lot)
