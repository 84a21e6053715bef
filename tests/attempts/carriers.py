"""A carrier, whose truck and manifest it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.world import MANIFESTS, SMALL, World, a_plate

WHO = "A carrier"
VEHICLES = "/gate/v1/vehicles"


@attempt(WHO, "lodges a manifest's number again", refused("DUPLICATE_MANIFEST"))
async def lodges_it_again(world: World) -> httpx2.Response:
    body = {"manifest_no": await world.manifest("100"), "port": world.port}
    again = {**body, "vehicle_plate": "桂P12345", "total_kg": "900"}
    return await world.carrier.try_post(MANIFESTS, again)


@attempt(WHO, "takes a released lot out on another truck", refused("WRONG_VEHICLE"))
async def out_on_another_truck(world: World) -> httpx2.Response:
    lot_id = await world.released(await world.group())
    seen = {"vehicle_plate": "桂P99999", "gross_kg": "110"}
    return await world.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", seen)


@attempt(
    WHO,
    "loads more than was declared",
    refused("GATE_WEIGHT_DIFFERS", "BRT-GATE-WEIGHT"),
)
async def loads_more(world: World) -> httpx2.Response:
    lot_id = await world.released(await world.group())
    seen = {"vehicle_plate": "桂P12345", "gross_kg": "500"}
    return await world.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", seen)


@attempt(
    WHO,
    "has a cancelled lot's weight declared again",
    ends(["40.000", "40.000", "100.000"], "the manifest weighs what it weighed", "HUSHI-MANIFEST"),
)
async def weight_twice(world: World) -> list[str]:
    number, group = await world.manifest("100"), await world.group()
    left = []
    for _ in range(2):
        lot_id = await world.accepted(group, **SMALL, manifest_no=number, gross_kg="60")
        left.append(await world.weight_left(number))
        await group.clerk.post(f"/declaration/v1/lots/{lot_id}/cancellation", {"reason": "again"})
    return [*left, await world.weight_left(number)]


@attempt(WHO, "lodges a manifest for a port that is none", refused("PORT_UNKNOWN"))
async def for_no_port(world: World) -> httpx2.Response:
    body = {"manifest_no": "M-NOWHERE", "port": "NOWHERE", "total_kg": "100"}
    return await world.carrier.try_post(MANIFESTS, {**body, "vehicle_plate": "桂P12345"})


def a_truck(world: World, hours: int, **changes: Any) -> dict[str, Any]:
    """The filing of a truck that is to come in some hours."""
    comes = (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")
    row = {"domestic_plate": a_plate(), "foreign_plate": f"{a_plate()}-14C", "port": world.port}
    loads = {"rated_load_kg": "20000", "tare_kg": "9000"}
    return {"rows": [{**row, **loads, "declared_at": comes, **changes}]}


@attempt(
    WHO,
    "declares another's truck by its foreign plate, to keep its lots out",
    refused("VEHICLE_OF_ANOTHER", "VEH-03"),
)
async def by_its_foreign_plate(world: World) -> httpx2.Response:
    theirs = a_truck(world, 1)
    await world.carrier.post(VEHICLES, theirs)
    taken = a_truck(world, 2, domestic_plate=theirs["rows"][0]["foreign_plate"])
    return await world.acting("carrier", "carrier:C2").try_post(VEHICLES, taken)


@attempt(
    WHO,
    "declares a truck for the day after it is handed on",
    refused("VEHICLE_OF_ANOTHER", "VEH-03"),
)
async def after_it_is_handed_on(world: World) -> httpx2.Response:
    plate = a_plate()
    await world.carrier.post(VEHICLES, a_truck(world, 1, domestic_plate=plate))
    handed = a_truck(world, 2, domestic_plate=plate, carrier="carrier:C2")
    await world.window.registrar.post(VEHICLES, handed)
    return await world.carrier.try_post(VEHICLES, a_truck(world, 26, domestic_plate=plate))
