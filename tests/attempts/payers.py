"""A payer, who has a bank pay for goods across the border."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx2

from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.world import World, a_name
from tests.support.bench import API, BICS, MARKET
from tests.support.on_file import seller_filed

WHO = "A payer"


@attempt(WHO, "has a lot paid that customs still holds", refused("NOT_RELEASED", "SET-07"))
async def pays_what_is_held(world: World) -> httpx2.Response:
    return await world.bench.instruct(await world.bench.lot(state="IN_INSPECTION"))


@attempt(WHO, "has one lot paid twice", refused("DUPLICATE", "SET-08"))
async def pays_twice(world: World) -> httpx2.Response:
    lot_id = await world.bench.lot()
    await world.bench.start(lot_id)
    return await world.bench.instruct(lot_id)


@attempt(
    WHO,
    "sends more across the border than the goods were released for",
    ends("HELD", "held until two persons of the bank's compliance have looked", "SET-09"),
)
async def pays_more(world: World) -> str:
    stl_id = await world.bench.start(await world.bench.lot("100.00"), "99999.00")
    return str((await world.bench.read(stl_id))["state"])


@attempt(
    WHO,
    "pays a seller who is filed with one letter other than on a list of names",
    ends("HELD", "held until two persons of the bank's compliance have looked", "SET-24"),
)
async def pays_almost_a_listed_name(world: World) -> str:
    return str((await world.bench.inside(await almost_listed(world)))["state"])


@attempt(
    WHO,
    "looks by its answer, its reads and its timeline whether a payment is screened, or was let go",
    ends(True, "told for a time as any payment is that its bank has not answered", "SET-25"),
)
async def looks_for_a_screening(world: World) -> bool:
    held, other = await almost_listed(world), await world.bench.start(await world.bench.lot())
    usual = await as_its_payer(world, other)
    seen = [await as_its_payer(world, held)]
    for person in ("lets-go-a", "lets-go-b"):
        signed = await world.bench.sign_hold(held, person)
        assert signed.status_code == 200, signed.text
        seen.append(await as_its_payer(world, held))
    return seen == [usual] * 3


@attempt(
    WHO,
    "takes a payment back that its bank's system has asked for, to see whether it is held",
    ends(["WITH_THE_BANK"] * 3, "refused as any payment that its bank has taken", "SET-25"),
)
async def takes_back_to_see(world: World) -> list[str]:
    held, other = await almost_listed(world), await world.bench.start(await world.bench.lot())
    said = []
    for one in (held, other):
        bank = world.bench.signed((await world.bench.inside(one))["bank_bic"])
        waiting = (await bank.get(f"{API}/bank/messages?limit=200")).json()["items"]
        for message in waiting:
            if message["instruction_id"] == other:
                await bank.get(f"{API}/bank/messages/{message['message_id']}")
    for one in (held, other):
        said.append(await world.bench.call("POST", f"/instructions/{one}/cancellation"))
    for person in ("lets-go-a", "lets-go-b"):
        await world.bench.sign_hold(held, person)
    said.append(await world.bench.call("POST", f"/instructions/{held}/cancellation"))
    return [answer.json()["code"] for answer in said]


async def as_its_payer(world: World, instruction_id: str) -> list[Any]:
    """What a payer reads of a payment, but for what is each one's own."""
    own = {"instruction_id", "client_reference", "lot_id", "seller_code", "bank_bic", "request_id"}
    times = {"requested_at", "offered_at"}
    read = await world.bench.read(instruction_id)
    party = world.acting("clerk", world.bench.party_of("clerk"))
    case = await party.get(f"/window/v1/cases/{instruction_id}")
    timeline = await party.get(f"/window/v1/cases/{instruction_id}/timeline")
    return [
        {name: value for name, value in read.items() if name not in own | times},
        read["offered_at"] == read["requested_at"],
        [case[name] for name in ("state", "holder", "version", "missing", "clock", "ended_at")],
        [(event["seq"], event["type"]) for event in timeline["items"]],
    ]


async def almost_listed(world: World) -> str:
    """A payment to somebody whose name is a letter off a listed one."""
    name = a_name()
    entry = {"list_name": "UN", "reference": uuid4().hex, "kind": "NAME", "value": f"{name} Phong"}
    bank = {"role": "bank_compliance", "party": f"bank:{BICS[0]}"}
    listed = await world.bench.call("POST", "/screening-entries", **bank, json=entry)
    assert listed.status_code == 201, listed.text
    seller = f"{name} Phang"
    await seller_filed(world.window.sql, seller)
    return await world.bench.start(await world.bench.lot(seller=seller))


@attempt(WHO, "has a stranger's lot paid", refused("NOT_FOUND"))
async def pays_a_strangers(world: World) -> httpx2.Response:
    lot_id = await world.bench.lot()
    return await world.bench.instruct(lot_id, party="group:SOMEBODY-ELSE")


@attempt(WHO, "pays in another currency without a quote", refused("QUOTE_REQUIRED"))
async def without_a_quote(world: World) -> httpx2.Response:
    return await world.bench.instruct(await world.bench.lot(), pay_currency="VND")


@attempt(WHO, "uses a quote that was locked for another sum", refused("QUOTE_MISMATCH"))
async def a_quote_for_another_sum(world: World) -> httpx2.Response:
    await (await world.bench.bank(BICS[0])).quote("CNY/VND", "3560", "1000000")
    wish = {"amount": "100.00", "currency": "CNY", "pay_currency": "VND"}
    locked = await world.bench.call("POST", "/firm-quotes", json=wish)
    quote_id = locked.json()["quote_id"]
    return await world.bench.instruct(
        await world.bench.lot(), pay_currency="VND", firm_quote_id=quote_id
    )


@attempt(
    WHO,
    "cuts a large sum into parts, to have each at the price of small ones",
    ends(["3549.32", "3539.32"], "what is locked already counts: the rest is dealt a tier further"),
)
async def cuts_a_sum(world: World) -> list[str]:
    await _quoted(world, *BICS)
    return [await _locked(world), await _locked(world)]


@attempt(
    WHO,
    "cuts a large sum into parts, and locks the next when a bank has quoted anew",
    ends(["3549.32", "3539.32"], "what is locked counts on while an earlier quote stands"),
)
async def waits_for_a_new_price(world: World) -> list[str]:
    await _quoted(world, *BICS)
    first = await _locked(world)
    await _quoted(world, BICS[0], BICS[0])
    return [first, await _locked(world)]


async def _quoted(world: World, *bics: str) -> None:
    tiers = b'[{"up_to":"100","bid":"3550","ask":"3570"},{"up_to":"999","bid":"3540","ask":"3580"}]'
    body = b'{"pair":"CNY/VND","volume":"999","tiers":' + tiers + b"}"
    for bic in bics:
        await world.bench.signed(bic).post(f"{MARKET}/quotes", body, "application/json")


async def _locked(world: World) -> str:
    wish = {"amount": "400.00", "currency": "CNY", "pay_currency": "VND"}
    return str((await world.bench.call("POST", "/firm-quotes", json=wish)).json()["rate"])
