"""Quotes, prices and the rota over HTTP, and who may call what."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from services.manifests import scopes_of_roles
from tests.support.bench import BICS, MARKET, Bench

JSON = "application/json"


async def test_w25_the_fifth_quote_is_dropped_and_the_price_stays(bench: Bench) -> None:
    mids = zip(BICS, ("3560", "3572", "3565", "3550"), (40, 30, 20, 10), strict=True)
    for bic, mid, millions in mids:
        posted = await (await bench.bank(bic)).quote("CNY/VND", mid, f"{millions}000000")
    assert posted["mid"] == "3563.6"
    current = (await bench.call("GET", f"{MARKET}/prices/current")).json()
    assert (current["price_id"], current["dropped"]) == (posted["price_id"], [])
    await bench.sql.execute(
        "INSERT INTO bank_quotes VALUES ($1, 'TSTENBJX', 'CNY/VND', NULL, NULL, 3700, 50000000,"
        " now(), now() + interval '5 minutes', 3700, 3688.9, 3711.1)",
        uuid4(),
    )
    again = await (await bench.bank(BICS[3])).quote("CNY/VND", "3550", "10000000")
    assert again["mid"] == "3563.6"
    by_id = (await bench.call("GET", f"{MARKET}/prices/{again['price_id']}")).json()
    assert by_id["dropped"] == ["TSTENBJX"]
    assert by_id["version"] == current["version"] + 1


async def test_parallel_quotes_each_publish_a_version_of_their_own(bench: Bench) -> None:
    banks = [await bench.bank(bic) for bic in BICS]
    posted = await asyncio.gather(*(b.quote("CNY/VND", "3560", "1000000") for b in banks))
    versions = sorted(p["version"] for p in posted)
    assert versions == list(range(versions[0], versions[0] + 4))


async def test_bid_and_ask_may_stand_for_the_mid(bench: Bench) -> None:
    body = b'{"pair":"CNY/VND","bid":"3550","ask":"3570","volume":"1000"}'
    answer = await bench.signed(BICS[0]).post(f"{MARKET}/quotes", body, JSON)
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
    answer = await bench.signed(BICS[0]).post(f"{MARKET}/quotes", body, JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_w27_an_absent_bank_is_stood_in_for_by_the_next(bench: Bench) -> None:
    day = date(2026, 12, 1)
    turn = (await bench.call("GET", f"{MARKET}/rota?day={day}")).json()
    assert not turn["stands_in"]
    body = f'{{"absent_on":"{day}"}}'.encode()
    for _ in range(2):
        answer = await bench.signed(turn["bank_bic"]).post(f"{MARKET}/rota/absences", body, JSON)
        assert answer.status_code == 201
    after = (BICS.index(turn["bank_bic"]) + 1) % len(BICS)
    assert answer.json()["bank_bic"] == BICS[after]
    assert answer.json()["turn_bic"] == turn["bank_bic"]


async def test_a_day_without_an_official_calendar_has_no_rota(bench: Bench) -> None:
    answer = await bench.call("GET", f"{MARKET}/rota?day=2040-01-02")
    assert (answer.status_code, answer.json()["code"]) == (409, "CALENDAR_MISSING")


ROUTES: list[tuple[str, str, str, dict[str, Any] | None]] = [
    (
        "POST",
        f"{MARKET}/quotes",
        "market:quote:post",
        {"pair": "CNY/VND", "mid": "1", "volume": "1"},
    ),
    ("GET", f"{MARKET}/prices/current", "market:price:read", None),
    ("GET", f"{MARKET}/prices/prc_{'0' * 32}", "market:price:read", None),
    ("GET", f"{MARKET}/rota", "market:rota:read", None),
    ("POST", f"{MARKET}/rota/absences", "market:rota:absent", {"absent_on": "2026-12-01"}),
]


@pytest.mark.parametrize(("method", "path", "scope", "body"), ROUTES)
async def test_every_route_asks_for_a_token_and_its_scope(
    bench: Bench, method: str, path: str, scope: str, body: dict[str, Any] | None
) -> None:
    anonymous = await bench.http.request(method, path, json=body)
    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "UNAUTHENTICATED")
    role = next(r for r, scopes in scopes_of_roles().items() if scope not in scopes)
    lacking = await bench.call(method, path, role=role, json=body)
    assert (lacking.status_code, lacking.json()["code"]) == (403, "FORBIDDEN")
    assert any(scope in scopes for scopes in scopes_of_roles().values()), "no role may call it"


@pytest.mark.parametrize("price_id", [f"prc_{'0' * 32}", "nonsense"])
async def test_a_price_that_there_is_not_is_not_found(bench: Bench, price_id: str) -> None:
    answer = await bench.call("GET", f"{MARKET}/prices/{price_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_everybody_reads_the_joint_price_and_the_rota_and_not_who_quoted(
    bench: Bench,
) -> None:
    for bic in BICS:
        posted = await (await bench.bank(bic)).quote("CNY/VND", "3560", "1000000")
    answer = await bench.http.get(f"{MARKET}/board")
    assert answer.status_code == 200
    board = answer.json()
    dong = next(one for one in board["items"] if one["pair"] == "CNY/VND")
    assert dong["price"]["mid"] == posted["mid"]
    assert set(dong["price"]) == {"mid", "bid", "ask", "valid_from", "valid_until"}
    on_duty = (await bench.call("GET", f"{MARKET}/rota", role="auditor")).json()
    assert dong["duty"]["day"] == on_duty["day"] == board["day"]
    assert dong["currency"] == "VND"
