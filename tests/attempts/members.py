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


@attempt(
    WHO,
    "sees a lot leave in which her name was used without her",
    refused("KEPT_FOR_A_NAME", "BRT-GATE-NAME"),
)
async def leaves_in_her_name(world: World) -> httpx2.Response:
    group = await world.group()
    lot_id = await world.released(group, **SMALL)
    phone = await world.window.phone(group.residents[0])
    await phone.post(f"{LOTS}/{lot_id}/name-reports")
    seen = {"vehicle_plate": "桂P12345", "gross_kg": "20"}
    return await world.gate.try_post(f"/gate/v1/lots/{lot_id}/passes", seen)


@attempt(
    WHO,
    "sees goods paid for that were declared in her name without her",
    refused("NAME_IN_QUESTION", "SET-33"),
)
async def paid_in_her_name(world: World) -> httpx2.Response:
    group = await world.group()
    lot_id = await world.released(group, **SMALL)
    phone = await world.window.phone(group.residents[0])
    await phone.post(f"{LOTS}/{lot_id}/name-reports")
    wish = {"lot_id": lot_id, "client_reference": lot_id[4:], "purpose_code": "GOD"}
    value = (await group.clerk.get(f"/settlement/v1/lots/{lot_id}/payable"))["value"]
    money = {"amount": value["amount"], "currency": "CNY", "pay_currency": "CNY"}
    return await group.clerk.try_post("/settlement/v1/instructions", {**wish, **money})


@attempt(
    WHO,
    "lifts the freeze of a name by her session while it is found out who used it",
    refused("STATE_CONFLICT"),
)
async def thaws_what_is_in_question(world: World) -> httpx2.Response:
    group = await world.group()
    lot_id = await world.released(group, **SMALL)
    phone = await world.window.phone(group.residents[0])
    await phone.post(f"{LOTS}/{lot_id}/name-reports")
    resident = await world.window.resident_id(group.residents[0])
    path = f"/declaration/v1/residents/{resident}/name-freezes"
    return await phone.try_post(path, {"frozen": False})


@attempt(WHO, "reads of which groups a neighbour is a member", refused("NOT_FOUND"))
async def reads_a_neighbours_groups(world: World) -> httpx2.Response:
    group = await world.group(2)
    neighbour = await world.window.resident_id(group.residents[1])
    phone = await world.window.phone(group.residents[0])
    return await world.reads(phone, f"/registry/v1/residents/{neighbour}/memberships")


@attempt(WHO, "ends a neighbour's mandate by the own phone", refused("FORBIDDEN"))
async def ends_a_neighbours_mandate(world: World) -> httpx2.Response:
    group = await world.group(2)
    phone = await world.window.phone(group.residents[0])
    row = {"group_code": group.code, "given_on": "2020-01-01", "ended_on": "2026-12-01"}
    neighbour = await world.window.resident_id(group.residents[1])
    return await phone.try_post(
        "/registry/v1/mandates", {"rows": [{**row, "resident_id": neighbour}]}
    )
