"""A trader whose goods customs wants to see."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2

from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.world import LOTS, World
from tests.support.numbers import fresh
from tests.support.on_file import a_day_later, line_filed
from tests.support.one_day import today
from tests.support.plates import own_plate
from tests.support.window import Group

WHO = "A trader whose goods customs wants to see"


async def called_in(world: World) -> tuple[World, Group, str, dict[str, str]]:
    """A lot that an officer has called in before its members confirmed it; its port and truck."""
    live = await world.elsewhere(replays=False, inherited_days="7")
    same = {"vehicle_plate": own_plate(), "entered_at": datetime.now(UTC).isoformat()}
    group = await live.group(mandated=False)
    lot_id = await live.accepted(group, values=["10.00"], **same)
    officer = live.officer(await live.hire())
    wanted = {"grounds": "the seal is broken", "lane": "RED"}
    await officer.post(f"/risk/v1/lots/{lot_id}/call-ins", wanted)
    return live, group, lot_id, same


@attempt(
    WHO,
    "asks by an amendment that changes nothing whether the lot was called in",
    refused("STATE_CONFLICT"),
)
async def amends_nothing(world: World) -> httpx2.Response:
    _, group, lot_id, _ = await called_in(world)
    return await group.clerk.try_post(f"{LOTS}/{lot_id}/amendments", {"pieces": 10})


@attempt(
    WHO,
    "lets a called-in lot lie unconfirmed and has others declare what is on its truck",
    ends("RED", "inspected all the same", "INS-INHERITED"),
)
async def lets_it_lie(world: World) -> str:
    live, _, _, same = await called_in(world)
    return await live.lane_of(await live.group(), **same)


@attempt(
    WHO,
    "takes out what was declared before customs prohibited it",
    refused("KEPT_BY_CUSTOMS", "BRT-GATE-CONTROL"),
)
async def prohibited_since(world: World) -> httpx2.Response:
    live, line = await world.live(), await line_filed(world.window.sql, f"97{fresh(6)}")
    lot_id, plate = await live.inside(hs_code=line)
    row = {"kind": "PROHIBITED", "hs_prefix": line, "authority": "notice"}
    await live.window.listed("goods-restrictions", {**row, "effective_from": str(today())})
    return await live.leaves(lot_id, plate)


@attempt(
    WHO,
    "takes out what was released before customs declared the group seriously dishonest",
    refused("KEPT_BY_CUSTOMS", "BRT-GATE-CONTROL"),
)
async def dishonest_since(world: World) -> httpx2.Response:
    live = await world.live()
    lot_id, plate = await live.inside()
    group = (await live.lot(lot_id))["group_code"]
    await live.levelled(f"group:{group}", "SERIOUSLY_DISHONEST")
    return await live.leaves(lot_id, plate)


@attempt(
    WHO,
    "declares in the evening, on the quota of that day, what comes in the next",
    refused("ENTERED_LATER", "BRT-GATE-DAY"),
)
async def on_the_quota_of_the_day_before(world: World) -> httpx2.Response:
    live, plate = await world.live(), own_plate()
    await live.truck(plate)
    now = {"vehicle_plate": plate, "entered_at": datetime.now(UTC).isoformat()}
    lot_id = await live.released(await live.group(), values=["8000.00"], **now)
    await a_day_later(live.window.sql, live.port)
    await live.gate.post("/gate/v1/entries", {"vehicle_plate": plate})
    seen = {"vehicle_plate": plate, "gross_kg": "110"}
    return await live.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", seen)
