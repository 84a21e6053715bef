"""Somebody who may only read, or has a token that says too much."""

from __future__ import annotations

from uuid import uuid4

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


@attempt(WHO, "has a stranger's telephone sent one code after another", refused("CODE_LIMIT"))
async def codes_to_a_stranger(world: World) -> httpx2.Response:
    number = f"stranger-{uuid4().hex[:12]}@example.org"
    asked = {"channel": "EMAIL", "contact": number, "consent": True}
    clerks = [(await world.group()).clerk for _ in range(7)]
    answers = [await clerk.try_post("/notices/v1/contacts", asked) for clerk in clerks]
    return answers[-1]


@attempt(WHO, "guesses the code of a contact that is not the own", refused("CODE_OVER"))
async def guesses_a_code(world: World) -> httpx2.Response:
    clerk = (await world.group()).clerk
    contact = f"guessed-{uuid4().hex[:12]}@example.org"
    asked = {"channel": "EMAIL", "contact": contact, "consent": True}
    await clerk.post("/notices/v1/contacts", asked)
    guesses = [
        await clerk.try_post(
            "/notices/v1/contacts/confirmation", {"channel": "EMAIL", "code": f"{n:06d}"}
        )
        for n in range(7)
    ]
    return guesses[-1]
