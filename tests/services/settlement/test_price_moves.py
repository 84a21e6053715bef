"""A bank alone cannot walk the market's price away; a move is agreed by banks or by persons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from services.kernel.clock import business_day
from tests.services.settlement.conftest import BICS, Bench

WISH = {"amount": "100.00", "currency": "CNY", "pay_currency": "VND"}


async def post(bench: Bench, bank: int, mid: str, pair: str = "CNY/VND") -> dict[str, Any]:
    posted: dict[str, Any] = await (await bench.bank(BICS[bank])).quote(pair, mid, "1000000")
    return posted


async def agreed(bench: Bench, mid: str = "3560") -> dict[str, Any]:
    """The price of two banks, whose quotes then fall silent."""
    await post(bench, 0, mid)
    price = await post(bench, 1, mid)
    await bench.sql.execute("DELETE FROM bank_quotes")
    return price


async def published_before(bench: Bench, ago: timedelta, mid: str, pair: str = "CNY/VND") -> None:
    """A lone bank's price of some time ago."""
    began = datetime.now(UTC) - ago
    await bench.sql.execute(
        "INSERT INTO pooled_prices SELECT $1, $2, coalesce(max(version), 0) + 1, $3::numeric,"
        " $3::numeric, $3::numeric, '{TSTACNBJ}', '{}', $4::timestamptz,"
        " $4::timestamptz + interval '30 minutes' FROM pooled_prices WHERE pair = $2",
        uuid4(),
        pair,
        Decimal(mid),
        began,
    )


async def duty(bench: Bench) -> int:
    """Which of the banks is on duty today."""
    return BICS.index((await bench.call("GET", "/rota")).json()["bank_bic"])


async def lock(bench: Bench) -> httpx2.Response:
    return await bench.call("POST", "/firm-quotes", json=WISH)


async def test_a_lone_jump_is_not_published_and_the_price_before_stays(bench: Bench) -> None:
    before = await agreed(bench)
    jump = await post(bench, 0, "35600")
    assert (jump["price_id"], jump["mid"]) == (None, None)
    assert jump["withheld"]["code"] == "PRICE_MOVED"
    assert jump["withheld"]["facts"] == {
        "mid": "35600",
        "last_mid": "3560",
        "moved_bp": "90000",
        "max_bp": "200",
    }
    assert await bench.events(jump["quote_id"]) == ["BankQuotePosted", "PooledPriceWithheld"]
    current = (await bench.call("GET", "/prices/current")).json()
    assert current["price_id"] == before["price_id"]
    assert (await lock(bench)).json()["price_id"] == before["price_id"]


async def test_when_the_price_before_has_run_out_a_lone_jump_is_refused_to_the_payer(
    bench: Bench,
) -> None:
    await agreed(bench)
    await post(bench, await duty(bench), "3640")
    await bench.sql.execute(
        "UPDATE pooled_prices SET valid_until = now() WHERE valid_from <= now()"
    )
    refused = await lock(bench)
    assert (refused.status_code, refused.json()["code"]) == (409, "PRICE_MOVED")
    facts = refused.json()["errors"][0]["facts"]
    assert (facts["mid"], facts["last_mid"], facts["moved_bp"]) == ("3640", "3560", "225")


async def test_two_banks_that_agree_may_move_the_price_and_later_ones_are_measured_by_it(
    bench: Bench,
) -> None:
    await agreed(bench)
    assert (await post(bench, 0, "3640"))["withheld"] is not None
    moved = await post(bench, 1, "3642")
    assert (moved["mid"], moved["withheld"]) == ("3641", None)
    await bench.sql.execute("DELETE FROM bank_quotes")
    assert (await post(bench, 2, "3650"))["mid"] == "3650"
    assert (await post(bench, 2, "3560"))["withheld"] is not None


async def test_a_lone_bank_cannot_walk_the_price_away_in_small_steps(bench: Bench) -> None:
    await agreed(bench)
    assert (await post(bench, 0, "3630"))["mid"] == "3630"
    assert (await post(bench, 0, "3700"))["withheld"]["facts"]["last_mid"] == "3560"


async def test_a_day_begins_where_the_last_one_ended(bench: Bench) -> None:
    await published_before(bench, timedelta(days=9), "3000")
    await published_before(bench, timedelta(days=2), "3560")
    assert (await post(bench, 0, "3640"))["withheld"]["facts"]["last_mid"] == "3560"
    assert (await post(bench, 0, "3600"))["mid"] == "3600"
    assert (await post(bench, 0, "3640"))["withheld"]["facts"]["last_mid"] == "3560"


async def test_a_first_price_has_nothing_to_be_measured_by_and_then_measures(bench: Bench) -> None:
    assert (await post(bench, 0, "3560"))["mid"] == "3560"
    assert (await post(bench, 0, "3630"))["mid"] == "3630"
    assert (await post(bench, 0, "3700"))["withheld"] is not None


async def test_persons_may_allow_a_move_for_one_pair_and_day(bench: Bench) -> None:
    await published_before(bench, timedelta(days=2), "300", "CNY/MMK")
    assert (await post(bench, 0, "400", "CNY/MMK"))["withheld"] is not None
    today = business_day(datetime.now(UTC))
    await bench.sql.execute(
        "INSERT INTO policy_parameters (policy_id, key, scope, value, authority, effective_from,"
        " effective_to, proposed_by, approved_by, approved_at) VALUES ($1,"
        " 'fx.price_move_max_bp', 'CNY-MMK', '4000', 'two officers', $2, $3, 'ada', 'ben', now())",
        uuid4(),
        today,
        today + timedelta(days=1),
    )
    assert (await post(bench, 0, "400", "CNY/MMK"))["mid"] == "400"
    await published_before(bench, timedelta(days=1), "3560")
    assert (await post(bench, 0, "4000"))["withheld"] is not None, "the other pair is as before"


@pytest.mark.parametrize("key", ["fx.price_move_max_bp", "fx.price_move_banks"])
async def test_the_limits_are_filed_with_authority_and_date(bench: Bench, key: str) -> None:
    row = await bench.sql.fetchrow(
        "SELECT authority, effective_from FROM policy_parameters WHERE key = $1 AND scope = ''", key
    )
    assert row is not None
    assert "operator's default" in row["authority"]
