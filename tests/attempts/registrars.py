"""A registrar or a policy officer, who could change what others are judged by."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
from joserfc.jwk import OKPKey

from services.kernel.clock import business_day
from tests.attempts.attempt import attempt, refused
from tests.attempts.carriers import VEHICLES, a_truck
from tests.attempts.world import LOTS, World
from tests.support.bench import BICS
from tests.support.harbour import open_port
from tests.support.numbers import credit_code, fresh
from tests.support.on_file import officers_as
from tests.support.passkey import bound, new_phone
from tests.support.window import fresh_resident_no

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


@attempt(WHO, "changes by what days of the past were judged", refused("POLICY_PAST", "POL-07"))
async def changes_the_past(world: World) -> httpx2.Response:
    (author, _) = await officers_as(world.window.parties, world.window.sql, "policy_officer")
    past = {**_quota_of(world.port), "effective_from": "2026-11-01", "effective_to": "2026-11-02"}
    return await author.try_post("/law/v1/policy", past)


async def listed_alone(world: World, what: str, row: dict[str, Any]) -> httpx2.Response:
    """Files what the law lists, and confirms it in the same person."""
    registrar = world.window.registrar
    filed = await registrar.post(f"/law/v1/{what}", {"rows": [row]})
    path = f"/law/v1/filings/{filed['filing_id']}/decision"
    return await registrar.try_post(path, {"confirm": True})


@attempt(WHO, "declares goods perishable alone", refused("SAME_PERSON", "POL-08"))
async def makes_perishable(world: World) -> httpx2.Response:
    line = await world.window.registrar.get("/law/v1/commodities/08013100")
    today = {"effective_from": str(business_day(datetime.now(UTC)))}
    return await listed_alone(world, "commodities", {**line, "perishable": True, **today})


@attempt(WHO, "ends alone what keeps goods from being exempt", refused("SAME_PERSON", "POL-08"))
async def frees_goods(world: World) -> httpx2.Response:
    listed = await world.window.registrar.get("/law/v1/goods-restrictions", kind="NOT_EXEMPT")
    ends = {**listed["items"][0], "effective_to": "2099-01-01"}
    return await listed_alone(world, "goods-restrictions", ends)


@attempt(WHO, "admits an origin for days of the past", refused("PERIOD_OVERLAP", "POL-09"))
async def admits_for_the_past(world: World) -> httpx2.Response:
    row = {"port": world.port, "country": "TH", "effective_from": "2026-11-01"}
    body = {"rows": [{**row, "effective_to": "2026-11-02", "authority": "attempt"}]}
    return await world.window.registrar.try_post("/law/v1/port-origins", body)


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
    await world.window.on_file("payer-accounts", row)
    other = {**row, "account": f"{row['account']}6"}
    return await world.window.registrar.try_post(ACCOUNTS, {"rows": [other]})


async def alone(world: World, what: str, row: dict[str, Any]) -> httpx2.Response:
    """Files somebody new, and confirms it in the same person."""
    registrar = world.window.registrar
    filed = await registrar.post(f"/registry/v1/{what}", {"rows": [row]})
    await world.window.seen_long_enough(filed["filing_id"])
    path = f"/registry/v1/changes/{filed['filing_id']}/decision"
    return await registrar.try_post(path, {"confirm": True})


@attempt(WHO, "files alone a seller who is paid", refused("SAME_PERSON", "REG-TWO"))
async def files_a_seller(world: World) -> httpx2.Response:
    code = f"S-{uuid4().hex[:8]}"
    row = {"seller_code": code, "name": code, "country": "VN", "bank_bic": "BFTVVNVX"}
    return await alone(world, "sellers", {**row, "account": "66"})


@attempt(
    WHO,
    "has goods declared of a seller that one person filed",
    refused("SELLER_UNKNOWN", "HUSHI-SELLER"),
)
async def declares_of_the_own(world: World) -> httpx2.Response:
    code = f"S-{uuid4().hex[:8]}"
    row = {"seller_code": code, "name": code, "country": "VN", "bank_bic": "BFTVVNVX"}
    body = {"rows": [{**row, "account": "66"}]}
    await world.window.registrar.post("/registry/v1/sellers", body)
    return await world.declares(await world.group(), seller=code)


@attempt(WHO, "files alone an account that is debited", refused("SAME_PERSON", "REG-TWO"))
async def files_an_account(world: World) -> httpx2.Response:
    row = await an_account(world)
    return await alone(world, "payer-accounts", row)


@attempt(
    WHO, "files alone a bank by whose key payments are booked", refused("SAME_PERSON", "REG-TWO")
)
async def files_a_key(world: World) -> httpx2.Response:
    bic = "".join(random.choices(string.ascii_uppercase, k=4)) + "CNBJ"
    key = OKPKey.generate_key("Ed25519").as_dict(private=False)
    row = {"bic": bic, "name": "Own bank", "public_key": key, "currencies": ["CNY"]}
    return await alone(world, "banks", row)


@attempt(WHO, "moves a group alone to another port", refused("CHANGE_TO_PROPOSE"))
async def moves_a_group(world: World) -> httpx2.Response:
    group, elsewhere = await world.group(), await open_port(world.window, officers=0)
    row = {"group_code": group.code, "name": "测试组", "kind": "mutual_aid", "port": elsewhere}
    return await world.window.registrar.try_post("/registry/v1/groups", {"rows": [row]})


@attempt(WHO, "files alone a group under another code", refused("SAME_PERSON", "REG-TWO"))
async def files_a_group(world: World) -> httpx2.Response:
    row = {"group_code": f"G-{uuid4().hex[:8]}", "name": "测试组", "kind": "mutual_aid"}
    return await alone(world, "groups", {**row, "port": world.port})


@attempt(WHO, "lets a factory buy as much as it likes alone", refused("SAME_PERSON", "REG-TWO"))
async def widens_a_capacity(world: World) -> httpx2.Response:
    factory = await world.processor()
    row = {"enterprise_code": factory.code, "hs_prefix": "080131", "filing_no": "T-1"}
    ahead = {"filed_from": str(business_day(datetime.now(UTC))), "yearly_capacity_kg": "9" * 9}
    return await alone(world, "processing-filings", {**row, **ahead})


@attempt(WHO, "gives a firm another firm's credit code alone", refused("CHANGE_TO_PROPOSE"))
async def takes_a_credit_code(world: World) -> httpx2.Response:
    factory = await world.processor()
    filed = await world.window.registrar.get(f"/registry/v1/enterprises/{factory.code}")
    row = {name: filed[name] for name in ("enterprise_code", "name", "port")}
    row["credit_code"] = credit_code()
    return await world.window.registrar.try_post("/registry/v1/enterprises", {"rows": [row]})


@attempt(WHO, "takes a currency from a bank alone", refused("CHANGE_TO_PROPOSE"))
async def ends_a_turn(world: World) -> httpx2.Response:
    bic = "".join(random.choices(string.ascii_uppercase, k=4)) + "CNBJ"
    key = OKPKey.generate_key("Ed25519").as_dict(private=False)
    row = {"bic": bic, "name": "A bank", "public_key": key, "currencies": ["CNY", "VND"]}
    await world.window.on_file("banks", row)
    less = {"rows": [{**row, "currencies": ["CNY"]}]}
    return await world.window.registrar.try_post("/registry/v1/banks", less)


@attempt(WHO, "puts a friend into the pool alone", refused("SAME_PERSON", "REG-TWO"))
async def files_a_friend(world: World) -> httpx2.Response:
    badge = uuid4().hex[:10]
    row = {"badge_no": badge, "name": "A", "port": world.port, "team": "T1"}
    return await alone(world, "officers", {**row, "skills": ["inspection"]})


@attempt(WHO, "lets a clerk confirm for a member alone", refused("SAME_PERSON", "REG-TWO"))
async def files_a_mandate(world: World) -> httpx2.Response:
    return await alone(world, "mandates", await a_mandate(world))


@attempt(
    WHO,
    "has a mandate confirmed before the member could see it",
    refused("COOLING_TIME", "REG-COOLING"),
)
async def hurries_a_mandate(world: World) -> httpx2.Response:
    body = {"rows": [await a_mandate(world)]}
    filed = await world.window.registrar.post("/registry/v1/mandates", body)
    second = world.acting("registrar", "platform:registrar", subject="second-registrar")
    path = f"/registry/v1/changes/{filed['filing_id']}/decision"
    return await second.try_post(path, {"confirm": True})


@attempt(
    WHO,
    "puts with a friend another key in a bank's place before the bank could see it",
    refused("COOLING_TIME", "REG-COOLING"),
)
async def hurries_a_key(world: World) -> httpx2.Response:
    bic = "".join(random.choices(string.ascii_uppercase, k=4)) + "CNBJ"
    keys = [OKPKey.generate_key("Ed25519").as_dict(private=False) for _ in range(2)]
    row = {"bic": bic, "name": "A bank", "public_key": keys[0], "currencies": ["CNY"]}
    await world.window.on_file("banks", row)
    wish = {"public_key": keys[1], "overlap_hours": 0}
    proposed = await world.window.registrar.post(f"/registry/v1/banks/{bic}/keys", wish)
    friend = world.acting("registrar", "platform:registrar", subject="second-registrar")
    path = f"/registry/v1/bank-keys/{proposed['key_id']}/decision"
    return await friend.try_post(path, {"approve": True})


@attempt(WHO, "has a payer debited at the account of another", refused("ACCOUNT_TAKEN"))
async def debits_anothers(world: World) -> httpx2.Response:
    whose = await an_account(world)
    await world.window.on_file("payer-accounts", whose)
    row = {**await an_account(world), "account": whose["account"]}
    return await world.window.registrar.try_post(ACCOUNTS, {"rows": [row]})


@attempt(
    WHO,
    "finds out alone whose use of a name it was",
    refused("SAME_PERSON", "HUSHI-NOT-ME"),
)
async def finds_alone(world: World) -> httpx2.Response:
    group = await world.group()
    lot_id = await world.released(group, values=["10.00"])
    phone = await world.window.phone(group.residents[0])
    said = await phone.post(f"/declaration/v1/lots/{lot_id}/name-reports")
    path = f"/declaration/v1/name-reports/{said['report_id']}"
    await world.window.registrar.post(f"{path}/findings", {"found": "it was a friend's"})
    return await world.window.registrar.try_post(f"{path}/decision", {"uphold": False})


async def a_mandate(world: World) -> dict[str, str]:
    """By the number of a member who has given none."""
    group = await world.group(1, mandated=False)
    row = {"group_code": group.code, "resident_no": group.residents[0]}
    return {**row, "given_on": "2026-01-05"}


async def an_account(world: World) -> dict[str, str]:
    """Of a fresh group, which nobody else has."""
    group = await world.group()
    row = {"party": f"group:{group.code}", "bank_bic": BICS[0], "holder": "A", "town": "Dongxing"}
    return {**row, "account": fresh(19)}


@attempt(
    WHO,
    "has a friend's phone bound for a resident, and it says yes before the resident could see it",
    refused("PASSKEY_UNKNOWN"),
)
async def says_yes_by_a_friends_phone(world: World) -> httpx2.Response:
    group = await world.group(1, mandated=False)
    lot_id = await world.accepted(group, values=["10.00"])
    phone = new_phone(world.window)
    session, _ = await bound(world.window, group.residents[0], phone, seen=False)
    path = f"{LOTS}/{lot_id}"
    asked = await session.get(f"{path}/touch", answer="YES", version=1)
    touch = {"nonce": asked["nonce"], **phone.touch(asked["challenge"])}
    return await session.try_post(f"{path}/confirmations", {"touch": touch}, **{"If-Match": '"1"'})


async def files_of_a_truck(world: World, hours: int, **changes: Any) -> httpx2.Response:
    """Of a truck that a carrier has declared for the next hour."""
    live = await world.live()
    truck = a_truck(live, 1)
    await live.carrier.post(VEHICLES, truck)
    (row,) = truck["rows"]
    at = (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")
    body = {"rows": [{**row, "declared_at": at, **changes}]}
    return await live.window.registrar.try_post(VEHICLES, body)


@attempt(
    WHO,
    "gives a carrier's truck to another carrier for days of the past",
    refused("DECLARED_TOO_LATE", "VEH-04"),
)
async def hands_on_in_the_past(world: World) -> httpx2.Response:
    return await files_of_a_truck(world, -30, carrier="carrier:C2")


@attempt(
    WHO,
    "rates a carrier's truck for more than its carrier does",
    refused("LOAD_OF_THE_CARRIER", "VEH-05"),
)
async def rates_it_higher(world: World) -> httpx2.Response:
    return await files_of_a_truck(world, 2, rated_load_kg="30000")


@attempt(WHO, "declares a lot", refused("FORBIDDEN"))
async def declares(world: World) -> httpx2.Response:
    return await world.window.registrar.try_post("/declaration/v1/lots", {})


@attempt(
    WHO,
    "confirms the own proposal as somebody of another body",
    refused("SAME_PERSON", "REG-TWO"),
)
async def of_another_body(world: World) -> httpx2.Response:
    body = {"rows": [await a_mandate(world)]}
    filed = await world.window.registrar.post("/registry/v1/mandates", body)
    await world.window.seen_long_enough(filed["filing_id"])
    elsewhere = world.acting("registrar", "platform:elsewhere", subject="another-person")
    path = f"/registry/v1/changes/{filed['filing_id']}/decision"
    return await elsewhere.try_post(path, {"confirm": True})


@attempt(WHO, "files a second person under one certificate", refused("FILING_NO_TAKEN"))
async def one_certificate_for_two(world: World) -> httpx2.Response:
    filing, days = f"F-{uuid4().hex[:10]}", {"filed_on": "2026-01-05", "valid_until": "2036-01-05"}
    row = {"name": "A", "sex": "F", "township": "A", "phone": "13000000009", "filing_no": filing}
    for _ in range(2):
        one = {**row, **days, "resident_no": fresh_resident_no()}
        answer = await world.window.registrar.try_post("/registry/v1/residents", {"rows": [one]})
    return answer
