"""A quote may have tiers: for more, at a price that is no better; a sum is dealt in the first that
takes it."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2
import pytest

from tests.support.bench import BICS, MARKET, Bench
from tests.support.quoting import duty

JSON = "application/json"
TIERS = (("1000000", "3550", "3570"), ("5000000", "3540", "3580"))


def tiers(*rows: tuple[str, str, str]) -> list[dict[str, str]]:
    return [dict(zip(("up_to", "bid", "ask"), row, strict=True)) for row in rows]


async def quoted(bench: Bench, bank: int, **body: Any) -> httpx2.Response:
    if body.get("tiers"):
        body = {"volume": body["tiers"][-1]["up_to"], **body}
    asked = json.dumps({"pair": "CNY/VND", **body}).encode()
    return await bench.signed(BICS[bank]).post(f"{MARKET}/quotes", asked, JSON)


async def locked(bench: Bench, amount: str, currency: str = "CNY") -> httpx2.Response:
    other = "VND" if currency == "CNY" else "CNY"
    wish = {"amount": amount, "currency": currency, "pay_currency": other}
    return await bench.call("POST", "/firm-quotes", json=wish)


async def two_quote(bench: Bench) -> dict[str, Any]:
    """One bank by tiers, one at one price: 2 m together at the first, 6 m at the second."""
    await quoted(bench, 0, tiers=tiers(*TIERS))
    price: dict[str, Any] = (await quoted(bench, 1, mid="3560", volume="1000000")).json()
    return price


async def test_the_markets_tiers_are_those_of_its_banks_together(bench: Bench) -> None:
    price = await two_quote(bench)
    assert (price["mid"], price["bid"], price["ask"]) == ("3560", "3549.32", "3570.68")
    shown = (await bench.call("GET", f"{MARKET}/prices/{price['price_id']}")).json()
    assert shown["tiers"] == [
        {"up_to": "2000000.00", "bid": "3549.32", "ask": "3570.68"},
        {"up_to": "6000000.00", "bid": "3540.99", "ask": "3579.01"},
    ]
    assert shown["volume"] == "6000000.00"


async def test_a_quote_at_one_price_is_one_tier(bench: Bench) -> None:
    price = (await quoted(bench, 0, mid="3560", volume="1000000")).json()
    shown = (await bench.call("GET", f"{MARKET}/prices/{price['price_id']}")).json()
    only = {"up_to": "1000000.00", "bid": shown["bid"], "ask": shown["ask"]}
    assert shown["tiers"] == [only]
    one = await quoted(bench, 1, tiers=tiers(("1000000", "3550", "3570")))
    assert one.json()["mid"] == "3560"


async def test_a_sum_is_dealt_in_the_tier_that_covers_it(bench: Bench) -> None:
    await two_quote(bench)
    assert (await locked(bench, "2000000.01")).json()["rate"] == "3540.99"
    beyond = await locked(bench, "4000000.00")
    assert (beyond.status_code, beyond.json()["code"]) == (409, "VOLUME_EXCEEDED")
    facts = beyond.json()["errors"][0]["facts"]
    assert facts["left"] == {"amount": "3999999.99", "currency": "CNY"}
    assert facts["quoted"] == {"amount": "6000000.00", "currency": "CNY"}
    assert (await locked(bench, "3999999.99")).status_code == 201


async def test_what_is_given_in_the_other_currency_is_dealt_in_the_tier_of_what_it_brings(
    bench: Bench,
) -> None:
    await two_quote(bench)
    within = (await locked(bench, "7141360000", "VND")).json()
    assert (within["rate"], within["gets"]["amount"]) == ("3570.68", "2000000.00")
    over = (await locked(bench, "7158020", "VND")).json()
    assert (over["rate"], over["gets"]["amount"]) == ("3579.01", "2000.00")


async def test_of_many_at_once_no_more_is_dealt_in_a_tier_than_is_quoted_in_it(
    bench: Bench,
) -> None:
    await two_quote(bench)
    answers = await asyncio.gather(*(locked(bench, "900000.00") for _ in range(8)))
    rates = sorted(a.json().get("rate", a.json().get("code")) for a in answers)
    assert rates == ["3540.99"] * 4 + ["3549.32"] * 2 + ["VOLUME_EXCEEDED"] * 2


async def test_what_is_locked_counts_on_though_a_bank_quotes_anew_in_between(bench: Bench) -> None:
    await two_quote(bench)
    assert (await locked(bench, "2000000.00")).json()["rate"] == "3549.32"
    for _ in range(2):
        anew = (await quoted(bench, 1, mid="3560", volume="1000000")).json()
    assert (await locked(bench, "1000.00")).json()["rate"] == "3540.99"
    await bench.signed(BICS[1]).post(f"{MARKET}/quotes/{anew['quote_id']}/withdrawal", b"{}", JSON)
    assert (await locked(bench, "1000.00")).json()["rate"] == "3539.32", "nor if it withdraws"


async def test_what_is_locked_counts_no_longer_when_all_banks_have_quoted_anew(
    bench: Bench,
) -> None:
    await two_quote(bench)
    assert (await locked(bench, "2000000.00")).json()["rate"] == "3549.32"
    await two_quote(bench)
    assert (await locked(bench, "2000000.00")).json()["rate"] == "3549.32"


async def test_what_the_bank_on_duty_deals_at_the_markets_price_counts_when_it_is_dealt_with_alone(
    bench: Bench,
) -> None:
    on_duty = await duty(bench)
    await quoted(bench, on_duty, tiers=tiers(*TIERS))
    assert (await locked(bench, "1000000.00")).json()["source"] == "POOLED"
    far = await quoted(bench, (on_duty + 1) % len(BICS), mid="3700", volume="1000000")
    assert far.json()["withheld"]["code"] == "QUOTES_APART"
    alone = (await locked(bench, "1000.00")).json()
    assert (alone["source"], alone["rate"]) == ("ROTA", "3539.32")


async def test_the_bank_on_duty_alone_is_dealt_with_by_its_tiers(bench: Bench) -> None:
    await quoted(bench, await duty(bench), tiers=tiers(*TIERS))
    await bench.sql.execute("UPDATE pooled_prices SET ended_at = now() WHERE valid_from <= now()")
    first, second = await locked(bench, "1000000.00"), await locked(bench, "1000.00")
    assert (first.json()["source"], first.json()["rate"]) == ("ROTA", "3549.32")
    assert second.json()["rate"] == "3539.32"
    assert (await locked(bench, "4000000.00")).json()["code"] == "VOLUME_EXCEEDED"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"tiers": tiers(TIERS[1], TIERS[0])}, "REQUEST_INVALID", "/tiers"),
        (
            {"tiers": tiers(TIERS[0], ("5000000", "3551", "3580"))},
            "REQUEST_INVALID",
            "/tiers",
        ),
        (
            {"tiers": tiers(TIERS[0], ("5000000", "3540", "3569"))},
            "REQUEST_INVALID",
            "/tiers",
        ),
        ({"tiers": tiers(("9", "3570", "3550"))}, "REQUEST_INVALID", "/tiers/0"),
        ({"tiers": tiers(*TIERS), "volume": "9"}, "REQUEST_INVALID", ""),
        ({"tiers": tiers(*TIERS), "mid": "3560"}, "REQUEST_INVALID", ""),
        ({"tiers": [], "volume": "9"}, "REQUEST_INVALID", "/tiers"),
        (
            {"tiers": tiers(*((str(n), "3550", "3570") for n in range(1, 7)))},
            "REQUEST_INVALID",
            "/tiers",
        ),
        ({"mid": "3560"}, "REQUEST_INVALID", "/volume"),
        (
            {"tiers": tiers(TIERS[0], ("1000000000.01", "3540", "3580"))},
            "VOLUME_TOO_LARGE",
            "/volume",
        ),
        (
            {"tiers": tiers(TIERS[0], ("5000000", "3488.79", "3580"))},
            "TIER_TOO_WIDE",
            "/tiers/1",
        ),
    ],
)
async def test_tiers_that_say_no_price_are_refused(
    bench: Bench, body: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await quoted(bench, 0, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_tier_at_the_very_edge_of_what_is_laid_down_is_taken(bench: Bench) -> None:
    edge = await quoted(bench, 0, tiers=tiers(TIERS[0], ("5000000", "3488.8", "3631.2")))
    assert edge.status_code == 201


async def test_a_bank_weighs_by_what_it_deals_at_its_first_price(bench: Bench) -> None:
    await quoted(bench, 0, tiers=tiers(("1", "3575", "3585"), ("9000000", "3540", "3620")))
    for bank in (1, 2):
        price = (await quoted(bench, bank, mid="3560", volume="1000000")).json()
    assert price["mid"] == "3560"


async def test_the_tiers_are_told_with_the_quote_and_with_the_price(bench: Bench) -> None:
    posted = (await quoted(bench, 0, tiers=tiers(*TIERS))).json()
    for case, last in ((posted["quote_id"], "3540"), (posted["price_id"], "3539.32")):
        body = await bench.sql.fetchval(
            "SELECT body FROM events WHERE case_id = $1 AND seq = 1", UUID(hex=case[4:])
        )
        told = json.loads(body)["tiers"]
        assert [Decimal(tier["up_to"]) for tier in told] == [1000000, 5000000]
        assert told[-1]["bid"] == last
