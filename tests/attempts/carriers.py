"""A carrier, whose truck and manifest it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2

from deploy.sandbox.parties import upon
from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.world import LOTS, MANIFESTS, SMALL, World
from tests.support.on_file import a_day_later, foreign_of
from tests.support.plates import own_plate
from tests.support.window import Group, decree

WHO = "A carrier"
VEHICLES = "/gate/v1/vehicles"
PLATE = "桂P12345"
INSPECTED = ends("RED", "inspected all the same", "INS-CONTROL")


@attempt(WHO, "lodges a manifest's number again", refused("DUPLICATE_MANIFEST"))
async def lodges_it_again(world: World) -> httpx2.Response:
    body = {"manifest_no": await world.manifest("100"), "port": world.port}
    again = {**body, "vehicle_plate": PLATE, "total_kg": "900"}
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
    seen = {"vehicle_plate": PLATE, "gross_kg": "500"}
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


@attempt(
    WHO,
    "has a lot declared without the number of its truck's manifest",
    refused("MANIFEST_NOT_NAMED", "HUSHI-MANIFEST"),
)
async def without_its_number(world: World) -> httpx2.Response:
    live = await world.live()
    await live.manifest("100")
    heavy = {"gross_kg": "15000", "entered_at": datetime.now(UTC).isoformat()}
    return await live.declares(await live.group(), **SMALL, **heavy)


@attempt(
    WHO,
    "has what is left of a manifest declared of the truck's next entry",
    refused("MANIFEST_NOT_NAMED", "HUSHI-MANIFEST"),
)
async def of_the_entry_before(world: World) -> httpx2.Response:
    live = await world.live()
    number = await live.manifest("100")
    await decree(live.window, "gate.same_entry_min", live.port, "0")
    seen = [await live.gate.post("/gate/v1/entries", {"vehicle_plate": PLATE}) for _ in range(2)]
    newer = {"manifest_no": number, "entered_at": seen[1]["entered_at"], "gross_kg": "20"}
    return await live.declares(await live.group(), **SMALL, **newer)


@attempt(
    WHO,
    "is under control, and has a lot of its truck and manifest amended to another's",
    INSPECTED,
)
async def amended_to_anothers(world: World) -> str:
    live, plate, carrier = await world.live(), own_plate(), f"carrier:{uuid4().hex[:8].upper()}"
    await live.truck(plate, carrier=carrier)
    lodged = {"manifest_no": f"M{plate[2:]}", "port": live.port, "vehicle_plate": plate}
    await world.acting("carrier", carrier).post(MANIFESTS, {**lodged, "total_kg": "500"})
    await live.under_control("party", carrier)
    group, lot_id = await live.enters(vehicle_plate=plate, manifest_no=f"M{plate[2:]}")
    other = {"vehicle_plate": own_plate(), "manifest_no": None}
    lot = await group.clerk.post(f"{LOTS}/{lot_id}/amendments", other)
    path = f"{LOTS}/{lot_id}/confirmations"
    await group.clerk.post(path, {"by_mandate": True}, **upon(lot))
    return str((await live.until(group.clerk, lot_id, "RELEASED", "IN_INSPECTION"))["lane"])


@attempt(
    WHO,
    "is under control, and lodges no manifest of the truck that it has on file",
    INSPECTED,
)
async def lodges_none(world: World) -> str:
    plate, carrier = own_plate(), f"carrier:{uuid4().hex[:8].upper()}"
    await world.truck(plate, carrier=carrier)
    await world.under_control("party", carrier)
    return await world.lane_of(await world.group(), vehicle_plate=plate)


async def a_truck_of_twenty_tons(world: World) -> tuple[World, Group, str]:
    """At a port of its own, with who declares what it brings."""
    live, plate = await world.live(), own_plate()
    await live.truck(plate, rated_load_kg=20_000)
    return live, await live.group(), plate


@attempt(
    WHO,
    "brings two lots of 15 t in one entry of a truck that is rated for 20",
    refused("OVER_RATED_LOAD", "HUSHI-TRUCK-LOAD"),
)
async def two_lots_of_one_entry(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    lot = {**SMALL, "vehicle_plate": plate, "gross_kg": "15000"}
    entered_at = datetime.now(UTC).isoformat()
    await live.accepted(group, **lot, entered_at=entered_at)
    return await live.declares(group, **lot, entered_at=entered_at)


@attempt(
    WHO,
    "has a truckload declared before the gate sees the truck, and another one after",
    refused("OVER_RATED_LOAD", "HUSHI-TRUCK-LOAD"),
)
async def before_the_gate_and_after(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    lot = {**SMALL, "vehicle_plate": plate, "gross_kg": "20000"}
    await live.accepted(group, **lot, entered_at=datetime.now(UTC).isoformat())
    seen = await live.gate.post("/gate/v1/entries", {"vehicle_plate": plate})
    return await live.declares(group, **lot, entered_at=seen["entered_at"])


@attempt(
    WHO,
    "takes out a truckload that was declared before the gate saw the truck, and declares another",
    refused("OVER_RATED_LOAD", "HUSHI-TRUCK-LOAD"),
)
async def out_after_the_gate_saw_it(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    lot = {**SMALL, "vehicle_plate": plate, "gross_kg": "20000"}
    lot_id = await live.released(group, **lot, entered_at=datetime.now(UTC).isoformat())
    seen = await live.gate.post("/gate/v1/entries", {"vehicle_plate": plate})
    leaves = {"vehicle_plate": plate, "gross_kg": "20000"}
    await live.gate.post(f"/gate/v1/lots/{lot_id}/passes", leaves)
    return await live.declares(group, **lot, entered_at=seen["entered_at"])


@attempt(
    WHO,
    "lodges two full manifests for one entry of a truck",
    refused("OVER_RATED_LOAD", "HUSHI-TRUCK-LOAD"),
)
async def two_full_manifests(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    for number in ("M-ONE", "M-TWO"):
        lodged = {"manifest_no": number, "port": live.port, "vehicle_plate": plate}
        await live.carrier.post(MANIFESTS, {**lodged, "total_kg": "20000"})
    seen = await live.gate.post("/gate/v1/entries", {"vehicle_plate": plate})
    lot = {**SMALL, "vehicle_plate": plate, "entered_at": seen["entered_at"]}
    await live.accepted(group, **lot, gross_kg="20000", manifest_no="M-ONE")
    return await live.declares(group, **lot, gross_kg="110", manifest_no="M-TWO")


@attempt(
    WHO,
    "brings a truckload under the truck's own plate, and another one under its foreign one alone",
    refused("OVER_RATED_LOAD", "HUSHI-TRUCK-LOAD"),
)
async def a_load_under_each_plate(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    lot = {**SMALL, "gross_kg": "20000", "entered_at": datetime.now(UTC).isoformat()}
    await live.accepted(group, **lot, vehicle_plate=plate)
    by_foreign = {"vehicle_plate": foreign_of(plate), "foreign_plate": None}
    return await live.declares(group, **lot, **by_foreign)


@attempt(
    WHO,
    "files one truck under two plates of its own, for a truckload under each",
    refused("OVER_RATED_LOAD", "HUSHI-TRUCK-LOAD"),
)
async def a_truck_filed_twice(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    foreign, again = foreign_of(plate), own_plate()
    await live.truck(again, foreign_plate=foreign, rated_load_kg=20_000)
    lot = {**SMALL, "gross_kg": "20000", "entered_at": datetime.now(UTC).isoformat()}
    await live.accepted(group, **lot, vehicle_plate=plate, foreign_plate=foreign)
    return await live.declares(group, **lot, vehicle_plate=again, foreign_plate=foreign)


@attempt(
    WHO,
    "files a rival's plates as the foreign ones of a light truck, to keep the rival's lots out",
    ends(201, "by the own plate they are accepted", "HUSHI-TRUCK-LOAD"),
)
async def files_a_rivals_plates(world: World) -> int:
    live, group, plate = await a_truck_of_twenty_tons(world)
    for theirs in (plate, foreign_of(plate)):
        light = {"carrier": "carrier:C2", "rated_load_kg": 1}
        await live.truck(own_plate(), foreign_plate=theirs, **light)
    lot = {**SMALL, "gross_kg": "20000", "entered_at": datetime.now(UTC).isoformat()}
    return (await live.declares(group, **lot, vehicle_plate=plate)).status_code


@attempt(
    WHO,
    "leaves its truck inside, where no gate saw it come in, and has another load declared next day",
    refused("OVER_RATED_LOAD", "HUSHI-TRUCK-LOAD"),
)
async def stays_over_night(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    lot = {**SMALL, "vehicle_plate": plate, "entered_at": datetime.now(UTC).isoformat()}
    await live.accepted(group, **lot, gross_kg="20000")
    await a_day_later(live.window.sql, live.port)
    return await live.declares(group, **lot, gross_kg="110")


@attempt(
    WHO,
    "has a lot let out at one port by a truck that has come in at another one since",
    refused("TRUCK_ELSEWHERE", "BRT-GATE-TRUCK"),
)
async def out_while_elsewhere(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    elsewhere = await world.live()
    seen = await live.gate.post("/gate/v1/entries", {"vehicle_plate": plate})
    lot = {**SMALL, "vehicle_plate": plate, "entered_at": seen["entered_at"]}
    lot_id = await live.accepted(group, **lot)
    path = f"{LOTS}/{lot_id}/confirmations"
    await group.clerk.post(path, {"by_mandate": True}, **{"If-Match": '"1"'})
    await live.until(group.clerk, lot_id, "RELEASED")
    await elsewhere.gate.post("/gate/v1/entries", {"vehicle_plate": foreign_of(plate)})
    out = {"vehicle_plate": plate, "gross_kg": "110"}
    return await live.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", out)


@attempt(
    WHO,
    "has a lot declared by its truck's foreign plate alone, to leave out the truck's manifest",
    refused("MANIFEST_NOT_NAMED", "HUSHI-MANIFEST"),
)
async def by_the_foreign_plate_alone(world: World) -> httpx2.Response:
    live, group, plate = await a_truck_of_twenty_tons(world)
    lodged = {"manifest_no": f"M{plate[2:]}", "port": live.port, "vehicle_plate": plate}
    await live.carrier.post(MANIFESTS, {**lodged, "total_kg": "500"})
    lot = {**SMALL, "gross_kg": "15000", "entered_at": datetime.now(UTC).isoformat()}
    return await live.declares(group, **lot, vehicle_plate=foreign_of(plate), foreign_plate=None)


@attempt(
    WHO,
    "files a rival's plates as its truck's foreign ones, to have its own manifest asked for",
    ends(201, "by the own plate they are accepted", "HUSHI-MANIFEST"),
)
async def its_manifest_for_a_rivals_truck(world: World) -> int:
    live, group, plate = await a_truck_of_twenty_tons(world)
    for theirs in (plate, foreign_of(plate)):
        own = own_plate()
        await live.truck(own, foreign_plate=theirs, carrier="carrier:C2", rated_load_kg=20_000)
        lodged = {"manifest_no": f"M{own[2:]}", "port": live.port, "vehicle_plate": own}
        acting = world.acting("carrier", "carrier:C2")
        await acting.post(MANIFESTS, {**lodged, "total_kg": "500"})
    lot = {**SMALL, "gross_kg": "110", "entered_at": datetime.now(UTC).isoformat()}
    return (await live.declares(group, **lot, vehicle_plate=plate)).status_code


@attempt(WHO, "lodges a manifest for a port that is none", refused("PORT_UNKNOWN"))
async def for_no_port(world: World) -> httpx2.Response:
    body = {"manifest_no": "M-NOWHERE", "port": "NOWHERE", "total_kg": "100"}
    return await world.carrier.try_post(MANIFESTS, {**body, "vehicle_plate": PLATE})


def a_truck(world: World, hours: int, **changes: Any) -> dict[str, Any]:
    """The filing of a truck that is to come in some hours."""
    comes = (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")
    row = {"domestic_plate": own_plate(), "foreign_plate": f"{own_plate()}-14C", "port": world.port}
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
    plate = own_plate()
    await world.carrier.post(VEHICLES, a_truck(world, 1, domestic_plate=plate))
    handed = a_truck(world, 2, domestic_plate=plate, carrier="carrier:C2")
    await world.window.registrar.post(VEHICLES, handed)
    return await world.carrier.try_post(VEHICLES, a_truck(world, 26, domestic_plate=plate))


@attempt(
    WHO,
    "lodges the manifest of another carrier's truck",
    refused("TRUCK_NOT_DECLARED", "HUSHI-MANIFEST-LODGED"),
)
async def of_anothers_truck(world: World) -> httpx2.Response:
    plate = own_plate()
    await world.truck(plate)
    body = {"manifest_no": f"M{plate[2:]}X", "port": world.port, "vehicle_plate": plate}
    return await world.acting("carrier", "carrier:C2").try_post(
        MANIFESTS, {**body, "total_kg": "100"}
    )


@attempt(
    WHO, "spells a manifest's number otherwise, to lodge it again", refused("DUPLICATE_MANIFEST")
)
async def its_number_spelled_otherwise(world: World) -> httpx2.Response:
    number = (await world.manifest("100")).lower().replace("-", ". ")
    again = {"manifest_no": number, "port": world.port, "vehicle_plate": PLATE, "total_kg": "900"}
    return await world.carrier.try_post(MANIFESTS, again)


@attempt(
    WHO,
    "spells another's truck otherwise, to declare it as the own",
    refused("VEHICLE_OF_ANOTHER", "VEH-03"),
)
async def spelled_otherwise(world: World) -> httpx2.Response:
    theirs = a_truck(world, 1)
    await world.carrier.post(VEHICLES, theirs)
    plate = theirs["rows"][0]["domestic_plate"].lower()
    spelled = f"{plate[:2]}·{plate[2:4]} {plate[4:]}"
    taken = a_truck(world, 2, domestic_plate=spelled)
    return await world.acting("carrier", "carrier:C2").try_post(VEHICLES, taken)


@attempt(
    WHO,
    "writes the letter O for a nought in a plate, for a second truck",
    refused("REQUEST_INVALID"),
)
async def a_letter_in_the_plate(world: World) -> httpx2.Response:
    return await world.carrier.try_post(VEHICLES, a_truck(world, 1, domestic_plate="桂P555O1"))


@attempt(WHO, "declares a truck after it has entered", refused("DECLARED_TOO_LATE", "VEH-04"))
async def declares_it_late(world: World) -> httpx2.Response:
    return await world.carrier.try_post(VEHICLES, a_truck(world, -30))


@attempt(
    WHO,
    "rates a truck for more than the road carries",
    refused("OVER_TOTAL_MASS", "VEH-02"),
)
async def rates_it_high(world: World) -> httpx2.Response:
    return await world.carrier.try_post(VEHICLES, a_truck(world, 1, rated_load_kg="40001"))
