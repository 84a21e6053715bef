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


@attempt(WHO, "approves the own change of the law", refused("SAME_PERSON", "POL-01"))
async def approves_the_own(world: World) -> httpx2.Response:
    (author, _) = await officers_as(world.window.parties, world.window.sql, "policy_officer")
    body = {
        "key": "hushi.daily_quota_cny",
        "scope": world.port,
        "value": "9000.00",
        "authority": "attempt",
        "effective_from": "2099-01-01",
    }
    policy = await author.post("/law/v1/policy", body)
    return await author.try_post(f"/law/v1/policy/{policy['policy_id']}/approval")


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
