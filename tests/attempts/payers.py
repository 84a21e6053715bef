"""A payer, who has a bank pay for goods across the border."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx2

from services.platform.payer_accounts import PayerAccount
from tests.attempts.attempt import attempt, ends, refused
from tests.attempts.world import World, a_name
from tests.services.settlement.payments import STATUSES, one_offered
from tests.services.settlement.test_screening_lists import added
from tests.support.bench import API, BICS, MARKET
from tests.support.numbers import fresh
from tests.support.on_file import payer_account_filed, seller_filed

WHO = "A payer"
ABSENCES = f"{MARKET}/rota/absences"


@attempt(WHO, "has a lot paid that customs still holds", refused("NOT_RELEASED", "SET-07"))
async def pays_what_is_held(world: World) -> httpx2.Response:
    return await world.bench.instruct(await world.bench.lot(state="IN_INSPECTION"))


@attempt(
    WHO,
    "instructs in haste, to be paid out before what customs has called in is seized",
    refused("NOT_RELEASED"),
)
async def instructs_in_haste(world: World) -> httpx2.Response:
    bench = world.bench
    lot_id = await bench.lot()
    payment = await bench.read(await bench.start(lot_id))
    bank = bench.signed(payment["bank_bic"])
    waiting = (await bank.get(f"{API}/bank/messages", limit="200")).json()["items"]
    (message,) = (
        m["message_id"] for m in waiting if m["instruction_id"] == payment["instruction_id"]
    )
    await bench.sql.execute(
        "UPDATE lots SET state = 'IN_INSPECTION' WHERE lot_id = $1", UUID(hex=lot_id[4:])
    )
    return await bank.get(f"{API}/bank/messages/{message}")


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
    "is on a list of names as the holder of the account, and filed as a group by another name",
    ends("HELD", "held until two persons of the bank's compliance have looked", "SET-12"),
)
async def pays_from_a_listed_holders_account(world: World) -> str:
    bench, group = world.bench, await world.group()
    party, holder = f"group:{group.code}", a_name()
    account = PayerAccount(fresh(19), holder, "", "Dongxing", "CN")
    for bic in BICS:
        await payer_account_filed(bench.sql, bench.services.vault, party, bic, account)
    await bench.list_name(holder)
    lot_id = await bench.lot(group_code=group.code, submitted_by=party)
    answer = await bench.instruct(lot_id, party=party)
    return str((await bench.until(answer.json()["instruction_id"], "HELD", "OFFERED"))["state"])


@attempt(
    WHO,
    "is on a list of names, and is filed as a group by another name before it instructs",
    ends(("HELD", ["buyer_before"]), "held: a party's earlier names are screened, too", "SET-29"),
)
async def pays_under_another_name(world: World) -> tuple[str, list[str]]:
    bench, group, name = world.bench, await world.group(), a_name()
    party = f"group:{group.code}"
    for called in (name, a_name(), a_name()):
        row = {"group_code": group.code, "kind": "mutual_aid", "port": world.port, "name": called}
        await world.window.changed("group", row)
    await bench.list_name(name)
    return await held_by_whom(world, party, group_code=group.code, submitted_by=party)


@attempt(
    WHO,
    "is on a list of names, and is filed as an enterprise by another name before it instructs",
    ends(("HELD", ["payer_before"]), "held: a party's earlier names are screened, too", "SET-29"),
)
async def pays_as_another_enterprise(world: World) -> tuple[str, list[str]]:
    bench, factory, name = world.bench, await world.processor(), a_name()
    party = f"enterprise:{factory.code}"
    filed = await world.window.registrar.get(f"/registry/v1/enterprises/{factory.code}")
    row = {of: filed[of] for of in ("enterprise_code", "credit_code", "port")}
    for called in (name, a_name()):
        await world.window.changed("enterprise", {**row, "name": called})
    await bench.list_name(name)
    return await held_by_whom(world, party, group_code=None, submitted_by=party)


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
    "sends another sum than is due, to be told at once whether a name is listed",
    ends(True, "held for the sum, whatever the name, before and after it is let go", "SET-21"),
)
async def sends_another_sum_to_see(world: World) -> bool:
    seen = []
    for seller in (await almost_listed_seller(world), None):
        lot_id = await world.bench.lot(**({"seller": seller} if seller else {}))
        held = await world.bench.start(lot_id, "7000.00")
        seen.append([await as_its_payer(world, held)])
        for person in ("lets-go-a", "lets-go-b"):
            await world.bench.sign_hold(held, person)
            seen[-1].append(await as_its_payer(world, held))
    assert seen[0][0][0]["held_for"] == ["AMOUNT_MISMATCH"]
    return seen[0] == seen[1]


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


@attempt(
    WHO,
    "takes back what a bank holds, waits for another bank's day, and tells by the answer",
    ends(
        ("HELD", ["EARLIER_PAYMENT_HELD"], True, True),
        "the other bank's two persons look, again and again; the payer reads what he always reads",
        "SET-28",
    ),
)
async def waits_for_another_bank(world: World) -> tuple[str, list[str], bool, bool]:
    bench, name = world.bench, a_name()
    await seller_filed(world.window.sql, name)
    pays = (await bench.read(await bench.start(await bench.lot())))["bank_bic"]
    await added(bench, pays, name)
    lot_id = await bench.lot(seller=name)
    seen = []
    for day in range(3):
        if day == 1:
            day_on = (await bench.call("GET", f"{MARKET}/rota")).json()["serves_on"]
            absent = f'{{"absent_on":"{day_on}"}}'.encode()
            await bench.signed(pays).post(ABSENCES, absent, "application/json")
        held = await bench.start(lot_id)
        seen.append(await as_its_payer(world, held))
        inside = await bench.inside(held)
        if day < 2:
            await bench.call("POST", f"/instructions/{held}/cancellation")
    usual = await as_its_payer(world, await bench.start(await bench.lot()))
    other = inside["bank_bic"] != pays
    return inside["state"], inside["held_for"], other, seen == [usual] * 3


@attempt(
    WHO,
    "has paid on another bank's day what one bank refused for a listed name",
    ends(
        ("REFUSED", "HELD", ["EARLIER_PAYMENT_HELD"]),
        "the other bank's two persons look: a refusal is no word that it may be paid",
        "SET-28",
    ),
)
async def refused_then_another_bank(world: World) -> tuple[str, str, list[str]]:
    bench, name = world.bench, a_name()
    await seller_filed(world.window.sql, name)
    pays = (await bench.read(await bench.start(await bench.lot())))["bank_bic"]
    await added(bench, pays, name)
    lot_id = await bench.lot(seller=name)
    first = await bench.start(lot_id)
    await bench.sign_hold(first, "refuses-it", act="refuse")
    day_on = (await bench.call("GET", f"{MARKET}/rota")).json()["serves_on"]
    absent = f'{{"absent_on":"{day_on}"}}'.encode()
    await bench.signed(pays).post(ABSENCES, absent, "application/json")
    again = await bench.inside(await bench.start(lot_id))
    return (await bench.inside(first))["state"], again["state"], again["held_for"]


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


async def held_by_whom(world: World, party: str, **lot: Any) -> tuple[str, list[str]]:
    """Where a party's payment of such a lot stands, and whose names the lists know."""
    role = {"group": "clerk", "enterprise": "enterprise"}[party.partition(":")[0]]
    lot_id = await world.bench.lot(**lot)
    answer = await world.bench.instruct(lot_id, role=role, party=party)
    assert answer.status_code == 201, answer.text
    paid = await world.bench.until(answer.json()["instruction_id"], "HELD", "OFFERED")
    return paid["state"], sorted({hit["role"] for hit in paid["hits"]})


async def almost_listed(world: World) -> str:
    """A payment to somebody whose name is a letter off a listed one."""
    return await world.bench.start(await world.bench.lot(seller=await almost_listed_seller(world)))


async def almost_listed_seller(world: World) -> str:
    """A seller whose name is a letter off a listed one."""
    name = a_name()
    await world.bench.list_name(f"{name} Phong")
    seller = f"{name} Phang"
    await seller_filed(world.window.sql, seller)
    return seller


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


@attempt(
    WHO,
    "compares in every view what its bank says of payments that a list, or nothing, has stopped",
    ends((True, True), "rejected without a stated reason, or worked on: all alike", "SET-36"),
)
async def compares_what_a_bank_says(world: World) -> tuple[bool, bool]:
    reasons = ("MS03", "RR04", "FRAD", "AC06", "ON SANCTIONS LIST 7")
    rejected = [await as_a_bank_says(world, "RJCT", reason) for reason in reasons]
    why = rejected[0][0]["bank_reason"]
    blocked = [await as_a_bank_says(world, code, why) for code in ("ACSP", "BLCK")]
    return rejected == [rejected[0]] * len(reasons), blocked[0] == blocked[1]


async def as_a_bank_says(world: World, code: str, reason: str) -> list[Any]:
    """What a payer reads of a payment of which its bank says so, but for what is each one's own."""
    bench, offered = world.bench, await one_offered(world.bench)
    kind = b"Cd" if len(reason) == 4 else b"Prtry"
    why = b"<%b>%b</%b>" % (kind, reason.encode(), kind)
    said = offered.xml(code, reason="AC04").replace(b"<Cd>AC04</Cd>", why)
    answer = await offered.client.post(STATUSES, said, "application/xml")
    assert answer.status_code == 202, answer.text
    party = world.acting("clerk", bench.party_of("clerk"))
    case = f"/window/v1/cases/{offered.instruction_id}"
    listed = await bench.call("GET", f"/instructions?lot_id={offered.lot_id}")
    timeline = (await party.get(f"{case}/timeline"))["items"]
    return [
        _alike(await bench.read(offered.instruction_id)),
        _alike(listed.json()),
        _alike(await party.get(case)),
        _alike(timeline),
    ]


_EACH_ONES_OWN = {"client_reference", "reference", "request_id"}


def _alike(said: Any) -> Any:
    """An answer without numbers of cases and without when it was, which each payment has."""
    if isinstance(said, list):
        return [_alike(one) for one in said]
    if not isinstance(said, dict):
        return said
    return {
        name: value is None if name.endswith(("_at", "_id")) else _alike(value)
        for name, value in said.items()
        if name not in _EACH_ONES_OWN
    }
