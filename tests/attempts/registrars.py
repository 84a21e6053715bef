"""A registrar or a policy officer, who could change what others are judged by."""

from __future__ import annotations

from uuid import uuid4

import httpx2

from tests.attempts.attempt import attempt, refused
from tests.attempts.world import World
from tests.support.bench import BICS
from tests.support.on_file import officers_as

WHO = "A registrar"
ACCOUNTS = "/registry/v1/payer-accounts"


def _quota_of(port: str) -> dict[str, str]:
    return {
        "key": "hushi.daily_quota_cny",
        "scope": port,
        "value": "9000.00",
        "authority": "attempt",
        "effective_from": "2099-01-01",
    }


@attempt(WHO, "approves the own change of the law", refused("SAME_PERSON", "POL-01"))
async def approves_the_own(world: World) -> httpx2.Response:
    (author, _) = await officers_as(world.window.parties, world.window.sql, "policy_officer")
    policy = await author.post("/law/v1/policy", _quota_of(world.port))
    return await author.try_post(f"/law/v1/policy/{policy['policy_id']}/approval")


@attempt(
    WHO,
    "makes law for a port that is none, as its officials would read it",
    refused("POLICY_SCOPE_UNKNOWN", "POL-05"),
)
async def legislates_for_nobody(world: World) -> httpx2.Response:
    (author, _) = await officers_as(world.window.parties, world.window.sql, "policy_officer")
    return await author.try_post("/law/v1/policy", _quota_of(world.port.lower()))


@attempt(WHO, "takes back a value that has begun to judge", refused("STATE_CONFLICT", "POL-06"))
async def unmakes_the_past(world: World) -> httpx2.Response:
    (author, _) = await officers_as(world.window.parties, world.window.sql, "policy_officer")
    filed = await author.get("/law/v1/policy", key="settle.sla_s")
    path = f"/law/v1/policy/{filed['items'][0]['policy_id']}/revocation"
    return await author.try_post(path, {"grounds": "attempt"})


@attempt(WHO, "takes back alone what two have made law", refused("SAME_PERSON", "POL-01"))
async def unmakes_it_alone(world: World) -> httpx2.Response:
    (author, other) = await officers_as(world.window.parties, world.window.sql, "policy_officer")
    policy = await author.post("/law/v1/policy", _quota_of(world.port))
    path = f"/law/v1/policy/{policy['policy_id']}"
    await other.post(f"{path}/approval")
    await author.post(f"{path}/revocation", {"grounds": "attempt"})
    return await author.try_post(f"{path}/revocation/decision", {"approve": True})


@attempt(
    WHO,
    "rewrites a membership of past days",
    refused("PERIOD_OVERLAP"),
)
async def rewrites_the_past(world: World) -> httpx2.Response:
    group = await world.group()
    row = {"group_code": group.code, "resident_no": group.residents[0]}
    past = {**row, "joined_on": "2026-01-05", "left_on": "2026-02-01"}
    return await world.window.registrar.try_post("/registry/v1/memberships", {"rows": [past]})


@attempt(WHO, "gives a payer another account alone", refused("CHANGE_TO_PROPOSE"))
async def redirects_a_debit(world: World) -> httpx2.Response:
    row = await an_account(world)
    await world.window.registrar.post(ACCOUNTS, {"rows": [row]})
    other = {**row, "account": f"{row['account']}6"}
    return await world.window.registrar.try_post(ACCOUNTS, {"rows": [other]})


@attempt(WHO, "has a payer debited at the account of another", refused("ACCOUNT_TAKEN"))
async def debits_anothers(world: World) -> httpx2.Response:
    whose = await an_account(world)
    await world.window.registrar.post(ACCOUNTS, {"rows": [whose]})
    row = {**await an_account(world), "account": whose["account"]}
    return await world.window.registrar.try_post(ACCOUNTS, {"rows": [row]})


async def an_account(world: World) -> dict[str, str]:
    """Of a fresh group, which nobody else has."""
    group = await world.group()
    row = {"party": f"group:{group.code}", "bank_bic": BICS[0], "holder": "A", "town": "Dongxing"}
    return {**row, "account": f"{uuid4().int % 10**18:018d}"}


@attempt(WHO, "declares a lot", refused("FORBIDDEN"))
async def declares(world: World) -> httpx2.Response:
    return await world.window.registrar.try_post("/declaration/v1/lots", {})
