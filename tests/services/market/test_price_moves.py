"""A bank alone cannot walk the market's price away; a move is agreed by banks or by persons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.kernel.clock import business_day
from tests.support.bench import MARKET, Bench
from tests.support.quoting import agreed, post, published_before


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
    current = (await bench.call("GET", f"{MARKET}/prices/current")).json()
    assert current["price_id"] == before["price_id"]


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
    await published_before(bench.sql, timedelta(days=9), "3000")
    await published_before(bench.sql, timedelta(days=2), "3560")
    assert (await post(bench, 0, "3640"))["withheld"]["facts"]["last_mid"] == "3560"
    assert (await post(bench, 0, "3600"))["mid"] == "3600"
    assert (await post(bench, 0, "3640"))["withheld"]["facts"]["last_mid"] == "3560"


async def test_a_first_price_has_nothing_to_be_measured_by_and_then_measures(bench: Bench) -> None:
    assert (await post(bench, 0, "3560"))["mid"] == "3560"
    assert (await post(bench, 0, "3630"))["mid"] == "3630"
    assert (await post(bench, 0, "3700"))["withheld"] is not None


async def test_persons_may_allow_a_move_for_one_pair_and_day(bench: Bench) -> None:
    await published_before(bench.sql, timedelta(days=2), "300", "CNY/MMK")
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
    await published_before(bench.sql, timedelta(days=1), "3560")
    assert (await post(bench, 0, "4000"))["withheld"] is not None, "the other pair is as before"


@pytest.mark.parametrize("key", ["fx.price_move_max_bp", "fx.price_move_banks"])
async def test_the_limits_are_filed_with_authority_and_date(bench: Bench, key: str) -> None:
    row = await bench.sql.fetchrow(
        "SELECT authority, effective_from FROM policy_parameters WHERE key = $1 AND scope = ''", key
    )
    assert row is not None
    assert "operator's default" in row["authority"]
