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
    return await world.reads((await world.group()).clerk, f"/window/v1/cases/{lot_id}/proof")


@attempt(WHO, "goes on in another list where the own one ended", refused("REQUEST_INVALID"))
async def goes_on_elsewhere(world: World) -> httpx2.Response:
    clerk = (group := await world.group()).clerk
    for _ in range(2):
        await world.accepted(group, **SMALL)
    page = await clerk.get(LOTS, limit=1)
    return await world.reads(clerk, f"/settlement/v1/instructions?cursor={page['next_cursor']}")


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


@attempt(WHO, "looks up residents by number with an auditor's token", refused("FORBIDDEN"))
async def looks_residents_up(world: World) -> httpx2.Response:
    body = {"resident_nos": list((await world.group()).residents)}
    return await world.auditor.try_post("/registry/v1/residents/lookup", body)


@attempt(WHO, "has a paper issued about another group's lot", refused("NOT_FOUND"))
async def paper_of_anothers(world: World) -> httpx2.Response:
    lot_id = await world.released(await world.group())
    wish = {"kind": "RECEIPT", "about": lot_id, "language": "en"}
    return await (await world.group()).clerk.try_post("/documents/v1/papers", wish)
