"""Somebody who may only read, or has a token that says too much."""

from __future__ import annotations

import httpx2

from tests.attempts.attempt import attempt, refused
from tests.attempts.world import LOTS, ORDERS, SMALL, World
from tests.support.harbour import PASSED

WHO = "A reader"


@attempt(WHO, "signs findings with an auditor's token", refused("FORBIDDEN"))
async def signs(world: World) -> httpx2.Response:
    _, lot = await world.kept_back()
    return await world.auditor.try_post(f"{ORDERS}/{lot['order_id']}/findings", PASSED)


@attempt(WHO, "cancels a lot with an auditor's token", refused("FORBIDDEN"))
async def cancels(world: World) -> httpx2.Response:
    lot_id = await world.accepted(await world.group(), **SMALL)
    return await world.auditor.try_post(f"{LOTS}/{lot_id}/cancellation", {"reason": "x"})


@attempt(WHO, "acts as an officer of another port", refused("NOT_FOUND"))
async def of_another_port(world: World) -> httpx2.Response:
    _, lot = await world.kept_back()
    (one, _) = (await world.order(lot["order_id"]))["officers"]
    elsewhere = world.acting("officer", f"officer:{one}", port="DONGXING")
    return await elsewhere.try_post(f"{ORDERS}/{lot['order_id']}/findings", PASSED)


@attempt(WHO, "asks for the proof that another group's case is sealed", refused("NOT_FOUND"))
async def proof_of_anothers(world: World) -> httpx2.Response:
    lot_id = await world.accepted(await world.group(), **SMALL)
    clerk = (await world.group()).clerk
    token = {"Authorization": f"Bearer {clerk.bearer}"}
    return await clerk.http.get(f"/window/v1/cases/{lot_id}/proof", headers=token)


@attempt(WHO, "comes without a token", refused("UNAUTHENTICATED"))
async def without_a_token(world: World) -> httpx2.Response:
    return await world.window.parties.http.post(LOTS, json={})
