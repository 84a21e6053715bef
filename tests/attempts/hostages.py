"""Whoever would use up what another's truck may carry, before its carrier's manifest is lodged."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import httpx2

from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.carriers import a_truck_of_twenty_tons
from tests.attempts.world import MANIFESTS, SMALL, World
from tests.support.plates import own_plate

WHO: Final = "A rival's clerk"
FULL: Final = "20000"
ACCEPTED: Final = ends(
    201, "it is accepted: what strangers declare keeps nothing of it out", "HUSHI-TRUCK-LOAD"
)


async def lodged(world: World, plate: str, carrier: str = "carrier:C1", kg: str = FULL) -> str:
    """The manifest of a carrier's own truck; its number."""
    number = f"M-{uuid4().hex[:10]}"
    body = {"manifest_no": number, "port": world.port, "vehicle_plate": plate, "total_kg": kg}
    await world.acting("carrier", carrier).post(MANIFESTS, body)
    return number


def now(**lot: Any) -> dict[str, Any]:
    """What enters now."""
    return {**SMALL, "gross_kg": FULL, "entered_at": datetime.now(UTC).isoformat(), **lot}


@attempt(
    WHO,
    "declares a carrier's truck full before its manifest is lodged, to keep a rival's goods out",
    ACCEPTED,
)
async def full_before_the_manifest(world: World) -> int:
    live, rival, plate = await a_truck_of_twenty_tons(world)
    await live.accepted(rival, **now(vehicle_plate=plate))
    lot = now(vehicle_plate=plate, manifest_no=await lodged(live, plate))
    return (await live.declares(await live.group(), **lot)).status_code


@attempt(
    WHO,
    "takes out what it declared before the manifest was lodged, beside what is under it",
    refused("NO_ROOM_FOR_IT", "BRT-GATE-LOAD"),
)
async def out_beside_the_manifest(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    lot_id = await live.released(group, **now(vehicle_plate=plate))
    lot = now(vehicle_plate=plate, manifest_no=await lodged(live, plate), gross_kg="15000")
    await live.accepted(await live.group(), **lot)
    seen = {"vehicle_plate": plate, "gross_kg": FULL}
    return await live.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", seen)


@attempt(
    WHO,
    "takes a truckload out before the manifest is lodged, and has another declared under it",
    refused("OVER_RATED_LOAD", "HUSHI-TRUCK-LOAD"),
)
async def one_before_and_one_under_it(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    entered = await live.gate.post("/gate/v1/entries", {"vehicle_plate": plate})
    lot = now(vehicle_plate=plate, entered_at=entered["entered_at"])
    lot_id = await live.released(group, **lot)
    seen = {"vehicle_plate": plate, "gross_kg": FULL}
    await live.gate.post(f"/gate/v1/lots/{lot_id}/passes", seen)
    return await live.declares(group, **lot, manifest_no=await lodged(live, plate))


@attempt(
    WHO,
    "names a rival's truck beside the own one, under the own manifest, to use up its load",
    ACCEPTED,
)
async def under_the_own_manifest(world: World) -> int:
    live, rival, plate = await a_truck_of_twenty_tons(world)
    own, other = own_plate(), f"carrier:{uuid4().hex[:8].upper()}"
    await live.truck(own, carrier=other, rated_load_kg=20_000)
    both = {"vehicle_plate": own, "foreign_plate": plate}
    await live.accepted(rival, **now(**both, manifest_no=await lodged(live, own, other)))
    lot = now(vehicle_plate=plate, manifest_no=await lodged(live, plate))
    return (await live.declares(await live.group(), **lot)).status_code


@attempt(
    WHO,
    "declares a truck full under the manifest of the carrier who had it before",
    ACCEPTED,
)
async def under_the_former_carriers(world: World) -> int:
    live, rival, plate = await a_truck_of_twenty_tons(world)
    former = await lodged(live, plate)
    other = f"carrier:{uuid4().hex[:8].upper()}"
    await live.window.sql.execute(
        "UPDATE vehicles SET carrier = $1 WHERE domestic_plate = $2", other, plate
    )
    await live.accepted(rival, **now(vehicle_plate=plate, manifest_no=former))
    lot = now(vehicle_plate=plate, manifest_no=await lodged(live, plate, other))
    return (await live.declares(await live.group(), **lot)).status_code
