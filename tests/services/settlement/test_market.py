"""Quotes, prices and the rota over HTTP, and who may call what."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from joserfc import jwt

from services.manifests import scopes_of_roles
from tests.services.settlement.conftest import API, BICS, Bench

JSON = "application/json"


async def test_w25_the_fifth_quote_is_dropped_and_the_price_stays(bench: Bench) -> None:
    mids = zip(BICS, ("3560", "3572", "3565", "3550"), (40, 30, 20, 10), strict=True)
    for bic, mid, millions in mids:
        posted = await (await bench.bank(bic)).quote("CNY/VND", mid, f"{millions}000000")
    assert posted["mid"] == "3563.6"
    current = (await bench.call("GET", "/prices/current")).json()
    assert (current["price_id"], current["dropped"]) == (posted["price_id"], [])
    await bench.sql.execute(
        "INSERT INTO bank_quotes VALUES ($1, 'TSTENBJX', 'CNY/VND', NULL, NULL, 3700, 50000000,"
        " now(), now() + interval '5 minutes')",
        uuid4(),
    )
    again = await (await bench.bank(BICS[3])).quote("CNY/VND", "3550", "10000000")
    assert again["mid"] == "3563.6"
    by_id = (await bench.call("GET", f"/prices/{again['price_id']}")).json()
    assert by_id["dropped"] == ["TSTENBJX"]
    assert by_id["version"] == current["version"] + 1


async def test_parallel_quotes_each_publish_a_version_of_their_own(bench: Bench) -> None:
    banks = [await bench.bank(bic) for bic in BICS]
    posted = await asyncio.gather(*(b.quote("CNY/VND", "3560", "1000000") for b in banks))
    versions = sorted(p["version"] for p in posted)
    assert versions == list(range(versions[0], versions[0] + 4))


async def test_bid_and_ask_may_stand_for_the_mid(bench: Bench) -> None:
    body = b'{"pair":"CNY/VND","bid":"3550","ask":"3570","volume":"1000"}'
    answer = await bench.signed(BICS[0]).post(f"{API}/quotes", body, JSON)
    assert answer.json()["mid"] == "3560"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"pair":"CNY/VND","volume":"1000"}', "REQUEST_INVALID"),
        (b'{"pair":"CNY/VND","bid":"2","ask":"1","volume":"1000"}', "REQUEST_INVALID"),
        (b'{"pair":"EUR/USD","mid":"1","volume":"1000"}', "PAIR_UNKNOWN"),
        (b'{"pair":"CNY/VND","mid":"-1","volume":"1000"}', "REQUEST_INVALID"),
        (b'{"pair":"CNY/VND","mid":"1","volume":"1000","more":1}', "REQUEST_INVALID"),
        (b'{"pair":"CNY/VND","mid":3560.1,"volume":"1000"}', "REQUEST_INVALID"),
        (b'{"pair":"CNY/VND","mid":3560,"volume":"1000"}', "REQUEST_INVALID"),
        (b'{"pair":"CNY/VND","mid":"3.56e3","volume":"1000"}', "REQUEST_INVALID"),
        (b'{"pair":"CNY/VND","bid":3550,"ask":"3570","volume":"1000"}', "REQUEST_INVALID"),
        (b'{"pair":"CNY/VND","mid":"3560","volume":1000}', "REQUEST_INVALID"),
        (
            b'{"pair":"CNY/VND","mid":"3560","volume":"9","valid_until":"2020-01-01T00:00:00Z"}',
            "REQUEST_INVALID",
        ),
    ],
)
async def test_a_quote_that_says_no_price_is_refused(bench: Bench, body: bytes, code: str) -> None:
    answer = await bench.signed(BICS[0]).post(f"{API}/quotes", body, JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_rota_bank_prices_when_there_is_no_pooled_price(bench: Bench) -> None:
    for bic in BICS:
        await (await bench.bank(bic)).quote("CNY/VND", "3560", "1000000")
    await bench.sql.execute("UPDATE pooled_prices SET valid_until = valid_from + interval '1 us'")
    wish = {"amount": "100.00", "currency": "CNY", "pay_currency": "VND"}
    quote = (await bench.call("POST", "/firm-quotes", json=wish)).json()
    duty = (await bench.call("GET", "/rota")).json()
    assert (quote["source"], quote["price_id"], quote["bank_bic"]) == (
        "ROTA",
        None,
        duty["bank_bic"],
    )
    read = (await bench.call("GET", f"/firm-quotes/{quote['quote_id']}")).json()
    assert read == quote
    stranger = await bench.call("GET", f"/firm-quotes/{quote['quote_id']}", party="group:OTHER")
    assert stranger.status_code == 404


@pytest.mark.parametrize("role", ["bank", "bank_compliance"])
async def test_a_bank_stands_behind_a_firm_quote_and_locks_none(bench: Bench, role: str) -> None:
    """Who pays locks the price: a bank that could would deal with itself in a payer's name."""
    bank = {"role": role, "party": f"bank:{BICS[0]}"}
    wish = {"amount": "100.00", "currency": "CNY", "pay_currency": "VND"}
    for answer in (
        await bench.call("POST", "/firm-quotes", json=wish, **bank),
        await bench.call("GET", f"/firm-quotes/qte_{'0' * 32}", **bank),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


async def test_w27_an_absent_bank_is_stood_in_for_by_the_next(bench: Bench) -> None:
    day = date(2026, 12, 1)
    turn = (await bench.call("GET", f"/rota?day={day}")).json()
    assert not turn["stands_in"]
    body = f'{{"absent_on":"{day}"}}'.encode()
    for _ in range(2):
        answer = await bench.signed(turn["bank_bic"]).post(f"{API}/rota/absences", body, JSON)
        assert answer.status_code == 201
    after = (BICS.index(turn["bank_bic"]) + 1) % len(BICS)
    assert answer.json()["bank_bic"] == BICS[after]
    assert answer.json()["turn_bic"] == turn["bank_bic"]


async def test_a_day_without_an_official_calendar_has_no_rota(bench: Bench) -> None:
    answer = await bench.call("GET", "/rota?day=2040-01-02")
    assert (answer.status_code, answer.json()["code"]) == (409, "CALENDAR_MISSING")


async def test_the_factory_that_bought_a_lot_may_have_it_paid(bench: Bench) -> None:
    lot_id = await bench.lot()
    factory = {"role": "enterprise", "party": "enterprise:4506960009"}
    assert (await bench.instruct(lot_id, **factory)).status_code == 404
    async with bench.sql.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(
            "INSERT INTO purchases (purchase_id, order_id, lot_id, enterprise_code, hs_code,"
            " net_kg, price_minor, currency, bought_at)"
            " VALUES ($1, $2, $3, '4506960009', '080131', 100, 1, 'CNY', now())",
            uuid4(),
            uuid4(),
            UUID(hex=lot_id[4:]),
        )
    answer = await bench.instruct(lot_id, **factory)
    assert answer.status_code == 201
    assert answer.json()["buyer"] == f"group:{bench.group}", "paid on behalf of the residents"


NOBODY = "stl_" + "0" * 32
ROUTES: list[tuple[str, str, str, dict[str, Any] | None]] = [
    ("POST", "/quotes", "settlement:quote:post", {"pair": "CNY/VND", "mid": "1", "volume": "1"}),
    ("GET", "/prices/current", "settlement:price:read", None),
    ("GET", f"/prices/prc_{'0' * 32}", "settlement:price:read", None),
    ("GET", "/rota", "settlement:rota:read", None),
    ("POST", "/rota/absences", "settlement:rota:absent", {"absent_on": "2026-12-01"}),
    (
        "POST",
        "/firm-quotes",
        "settlement:firm_quote:create",
        {"amount": "1.00", "pay_currency": "VND"},
    ),
    ("GET", f"/firm-quotes/qte_{'0' * 32}", "settlement:firm_quote:read", None),
    (
        "POST",
        "/instructions",
        "settlement:instruction:create",
        {"client_reference": "r", "lot_id": f"lot_{'0' * 32}", "amount": "1.00"},
    ),
    ("GET", "/instructions", "settlement:instruction:read", None),
    ("GET", f"/instructions/{NOBODY}", "settlement:instruction:read", None),
    (
        "POST",
        f"/instructions/{NOBODY}/compliance",
        "settlement:hold:release",
        {"act": "release", "remark": "r"},
    ),
    (
        "POST",
        "/screening-entries",
        "settlement:screening:write",
        {"list_name": "L", "reference": "r", "kind": "NAME", "value": "n"},
    ),
    ("GET", "/bank/messages", "settlement:bank:read", None),
    ("GET", f"/bank/messages/msg_{'0' * 32}", "settlement:bank:read", None),
    ("POST", "/bank/statuses", "settlement:bank:answer", {}),
    ("GET", "/ledger/balances", "settlement:ledger:read", None),
    ("GET", "/ledger/transactions", "settlement:ledger:read", None),
]


@pytest.mark.parametrize(("method", "path", "scope", "body"), ROUTES)
async def test_every_route_asks_for_a_token_and_its_scope(
    bench: Bench, method: str, path: str, scope: str, body: dict[str, Any] | None
) -> None:
    anonymous = await bench.http.request(method, f"{API}{path}", json=body)
    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "UNAUTHENTICATED")
    role = next(r for r, scopes in scopes_of_roles().items() if scope not in scopes)
    lacking = await bench.call(method, path, role=role, json=body)
    assert (lacking.status_code, lacking.json()["code"]) == (403, "FORBIDDEN")
    assert any(scope in scopes for scopes in scopes_of_roles().values()), "no role may call it"


@pytest.mark.parametrize(
    ("method", "path", "role", "body"),
    [
        ("GET", f"/prices/prc_{'0' * 32}", "clerk", None),
        ("GET", "/prices/nonsense", "clerk", None),
        ("GET", f"/firm-quotes/qte_{'0' * 32}", "clerk", None),
        ("GET", f"/instructions/{NOBODY}", "clerk", None),
        (
            "POST",
            f"/instructions/{NOBODY}/compliance",
            "bank_compliance",
            {"act": "refuse", "remark": "r"},
        ),
        (
            "POST",
            "/instructions",
            "clerk",
            {
                "client_reference": "r",
                "lot_id": f"lot_{'0' * 32}",
                "amount": "1.00",
                "purpose_code": "GOD",
            },
        ),
    ],
)
async def test_what_does_not_exist_is_not_found(
    bench: Bench, method: str, path: str, role: str, body: dict[str, Any] | None
) -> None:
    answer = await bench.call(method, path, role=role, json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount": "7934.001"}, "AMOUNT_INVALID"),
        ({"amount": "-1"}, "REQUEST_INVALID"),
        ({"amount": 7934.0}, "REQUEST_INVALID"),
        ({"currency": "XXZ"}, "CURRENCY_UNKNOWN"),
        ({"surprise": 1}, "REQUEST_INVALID"),
        ({"purpose_code": "STR"}, "PURPOSE_UNKNOWN"),
    ],
)
async def test_bad_input_is_named_where_it_stands(
    bench: Bench, body: dict[str, Any], code: str
) -> None:
    answer: httpx2.Response = await bench.instruct(await bench.lot(), **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_bank_sees_its_position_and_an_auditor_sees_all(bench: Bench) -> None:
    instruction_id = await bench.start(await bench.lot())
    bic = (await bench.until(instruction_id, "OFFERED"))["bank_bic"]
    await (await bench.bank(bic)).work_once()
    await bench.until(instruction_id, "SETTLED")
    auditor = {"role": "auditor", "party": "auditor:1"}
    path = f"/ledger/transactions?instruction_id={instruction_id}"
    seen = (await bench.call("GET", path, **auditor)).json()["items"]
    assert [t["kind"] for t in seen] == ["RESERVE", "POST"]
    assert seen[1]["resolves"] == seen[0]["transaction_id"]
    other = next(b for b in BICS if b != bic)
    elsewhere = await bench.call("GET", path, role="bank", party=f"bank:{other}")
    assert elsewhere.json()["items"] == []
    balances = (await bench.call("GET", "/ledger/balances?limit=200", **auditor)).json()["items"]
    assert any(b["account"] == f"buyer:group:{bench.group}" for b in balances)
    own = (await bench.call("GET", "/ledger/balances", role="bank", party=f"bank:{bic}")).json()
    assert {b["account"].split(":")[0] for b in own["items"]} <= {"liquidity", "spread"}


@pytest.mark.parametrize("path", ["/ledger/balances", "/ledger/transactions"])
async def test_the_ledger_is_closed_to_whoever_is_neither_bank_nor_auditor(
    bench: Bench, path: str
) -> None:
    scoped = {"scope": "settlement:ledger:read"}
    answer = await bench.http.get(f"{API}{path}", headers=_with_claims(bench, **scoped))
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


def _with_claims(bench: Bench, **claims: str) -> dict[str, str]:
    """A clerk to whom the issuer gave more than the role should have."""
    header, body, _ = bench.bearer("clerk", bench.party_of("clerk")).split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "=="))
    key_id = json.loads(base64.urlsafe_b64decode(header + "=="))["kid"]
    forged = jwt.encode(
        {"alg": "Ed25519", "kid": key_id}, told | claims, bench.issuer, algorithms=["Ed25519"]
    )
    return {"Authorization": f"Bearer {forged}"}
