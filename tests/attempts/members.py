"""A member of a group, by the own phone."""

from __future__ import annotations

import httpx2

from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.world import LOTS, SMALL, World
from tests.support.window import lot_body

WHO = "A member"


@attempt(WHO, "confirms a share that is another's", refused("NOT_FOUND"))
async def confirms_anothers(world: World) -> httpx2.Response:
    group, other = await world.group(mandated=False), await world.group()
    lot_id = await world.accepted(group, **SMALL)
    stranger = await world.window.phone(other.residents[0])
    return await stranger.try_post(f"{LOTS}/{lot_id}/confirmations")


@attempt(WHO, "confirms a share twice", refused("NOTHING_TO_CONFIRM"))
async def confirms_twice(world: World) -> httpx2.Response:
    group = await world.group(2, mandated=False)
    lot_id = await world.accepted(group, values=["10.00", "10.00"], kg_each="10")
    phone = await world.window.phone(group.residents[0])
    await phone.post(f"{LOTS}/{lot_id}/confirmations")
    return await phone.try_post(f"{LOTS}/{lot_id}/confirmations")


@attempt(WHO, "declares in a neighbour's name", refused("FORBIDDEN"))
async def in_a_neighbours_name(world: World) -> httpx2.Response:
    group = await world.group(2)
    phone = await world.window.phone(group.residents[0])
    body = lot_body(group, **SMALL, port=world.port, residents=[group.residents[1]])
    del body["group_code"]
    return await phone.try_post(LOTS, body)


@attempt(WHO, "cancels the group's lot by the own phone", refused("NOT_FOUND"))
async def cancels_the_groups(world: World) -> httpx2.Response:
    group = await world.group()
    lot_id = await world.accepted(group, **SMALL)
    phone = await world.window.phone(group.residents[0])
    return await phone.try_post(f"{LOTS}/{lot_id}/cancellation", {"reason": "not mine"})


@attempt(
    WHO,
    "is declared for by a clerk though she froze her name",
    refused("NAME_FROZEN", "HUSHI-OWN-NAME"),
)
async def in_a_frozen_name(world: World) -> httpx2.Response:
    group = await world.group()
    resident = await world.window.resident_id(group.residents[0])
    phone = await world.window.phone(group.residents[0])
    await phone.post(f"/declaration/v1/residents/{resident}/name-freezes")
    return await world.declares(group, **SMALL)


@attempt(
    WHO,
    "finds her quota taken by a lot that she never agreed to",
    ends(("0.00", "8000.00"), "she refuses the share and has her quota whole", "HUSHI-QUOTA"),
)
async def quota_taken(world: World) -> tuple[str, str]:
    group = await world.group(mandated=False)
    lot_id = await world.accepted(group, values=["8000.00"])
    phone = await world.window.phone(group.residents[0])
    taken = (await world.quota(group.residents[0]))["left"]
    await phone.post(f"{LOTS}/{lot_id}/refusals")
    return taken, (await world.quota(group.residents[0]))["left"]
