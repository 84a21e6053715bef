"""No bank ends the price of all: a quote holds for a while, and what runs out is followed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.market.worker import LOOK_S, run_out_follow
from services.platform.policy import PolicyCache
from tests.services.market.test_standing import current, quoted, withdrawn
from tests.support.bench import BICS, MARKET, Bench
from tests.support.quoting import post, price_ends, run_out


async def followed(bench: Bench) -> float:
    return await run_out_follow(bench.prices, PolicyCache())


async def price_now(bench: Bench) -> dict[str, Any]:
    """The price in force, to whom it is shown whole."""
    answer = await current(bench)
    assert answer.status_code == 200, answer.text
    found = await bench.call("GET", f"{MARKET}/prices/{answer.json()['price_id']}")
    shown: dict[str, Any] = found.json()
    return shown


async def test_a_price_that_runs_out_is_followed_by_that_of_the_banks_that_stay(
    bench: Bench,
) -> None:
    await post(bench, 0, "3560")
    both = await post(bench, 1, "3570")
    assert await followed(bench) <= LOOK_S
    assert (await price_now(bench))["price_id"] == both["price_id"], "nothing has run out yet"
    await run_out(bench, 1)
    assert (await current(bench)).json()["code"] == "QUOTE_UNAVAILABLE"
    await followed(bench)
    alone = await price_now(bench)
    assert (alone["mid"], alone["used"]) == ("3560", [BICS[0]])
    assert alone["version"] == both["version"] + 1
    assert await bench.events(alone["price_id"]) == ["PooledPricePublished"]


async def test_two_processes_follow_it_with_one_price(bench: Bench) -> None:
    await post(bench, 0, "3560")
    both = await post(bench, 1, "3570")
    await run_out(bench, 1)
    await asyncio.gather(*(followed(bench) for _ in range(6)))
    assert (await price_now(bench))["version"] == both["version"] + 1


async def test_it_is_looked_again_when_the_next_price_runs_out(bench: Bench) -> None:
    await post(bench, 0, "3560")
    end = datetime.now(UTC) + timedelta(seconds=2)
    await price_ends(bench, end)
    assert await followed(bench) <= 2


async def test_no_price_follows_that_one_bank_alone_would_not_be_let_make(bench: Bench) -> None:
    for bank in (0, 1):
        await post(bench, bank, "3560")
    await post(bench, 2, "3590")
    await bench.sql.execute("UPDATE bank_quotes SET mid = 3700 WHERE bank_bic = $1", BICS[2])
    for bank in (0, 1):
        await run_out(bench, bank)
    await followed(bench)
    assert (await current(bench)).status_code == 409
    await run_out(bench, 2)
    await followed(bench)
    assert (await current(bench)).status_code == 409, "nobody quotes"


async def test_banks_that_agree_again_by_one_that_runs_out_have_a_price_again(
    bench: Bench,
) -> None:
    await post(bench, 0, "3560")
    apart = await post(bench, 1, "3700")
    assert apart["withheld"]["code"] == "QUOTES_APART"
    await run_out(bench, 1)
    await followed(bench)
    assert (await price_now(bench))["used"] == [BICS[0]]


async def test_a_days_price_is_not_followed_on_the_next_before_anybody_has_quoted(
    bench: Bench,
) -> None:
    await post(bench, 0, "3560")
    await bench.sql.execute("UPDATE bank_quotes SET quoted_at = quoted_at - interval '1 day'")
    await price_ends(bench, datetime.now(UTC))
    await followed(bench)
    assert (await current(bench)).status_code == 409


async def test_what_a_bank_has_withdrawn_is_not_followed(bench: Bench) -> None:
    only = await post(bench, 0, "3560")
    assert (await withdrawn(bench, 0, only["quote_id"])).status_code == 200
    await followed(bench)
    assert (await current(bench)).status_code == 409


@pytest.mark.parametrize(("seconds", "status"), [(2, 422), (50, 422), (75, 201)])
async def test_a_quote_holds_for_the_least_time_or_is_refused(
    bench: Bench, seconds: int, status: int
) -> None:
    end = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
    answer = await quoted(bench, 0, "3560", "1000000", valid_until=end)
    assert answer.status_code == status, answer.text
    if status == 422:
        (problem,) = answer.json()["errors"]
        assert (problem["code"], problem["pointer"]) == ("QUOTE_TOO_SHORT", "/valid_until")
        assert problem["rule"] == "MKT-07"
