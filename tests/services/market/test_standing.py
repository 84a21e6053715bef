"""A price is what banks stand behind: for how much, how long, and only while they agree."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from services.kernel.business_days import is_business_day
from services.kernel.clock import business_day
from tests.support.bench import BICS, MARKET, Bench
from tests.support.patience import LOOKS
from tests.support.quoting import agreed, duty, post, price_ends, run_out

JSON = "application/json"


async def quoted(bench: Bench, bank: int, mid: str, volume: str, **more: str) -> httpx2.Response:
    more_ = "".join(f',"{name}":"{value}"' for name, value in more.items())
    body = f'{{"pair":"CNY/VND","mid":"{mid}","volume":"{volume}"{more_}}}'
    return await bench.signed(BICS[bank]).post(f"{MARKET}/quotes", body.encode(), JSON)


async def withdrawn(bench: Bench, bank: int, quote_id: str) -> httpx2.Response:
    path = f"{MARKET}/quotes/{quote_id}/withdrawal"
    return await bench.signed(BICS[bank]).post(path, b"{}", JSON)


async def current(bench: Bench) -> httpx2.Response:
    return await bench.call("GET", f"{MARKET}/prices/current")


async def locked(bench: Bench, amount: str, **how: str) -> Any:
    wish = {"amount": amount, "currency": "CNY", "pay_currency": "VND", **how}
    return await bench.call("POST", "/firm-quotes", json=wish)


async def test_a_price_ends_with_the_first_own_end_of_its_quotes(bench: Bench) -> None:
    await quoted(bench, 0, "3560", "1000000")
    end = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    price = (await quoted(bench, 1, "3560", "1000000", valid_until=end)).json()
    shown = (await bench.call("GET", f"{MARKET}/prices/{price['price_id']}")).json()
    assert datetime.fromisoformat(shown["valid_until"]) <= datetime.fromisoformat(end)


async def test_a_price_that_another_has_followed_does_not_come_back_when_that_ends(
    bench: Bench,
) -> None:
    await quoted(bench, 0, "3560", "1000000")
    second = (await quoted(bench, 1, "3570", "1000000")).json()
    assert (await current(bench)).json()["price_id"] == second["price_id"]
    await run_out(bench, 1)
    gone = await current(bench)
    assert (gone.status_code, gone.json()["code"]) == (409, "QUOTE_UNAVAILABLE")


async def test_a_quote_is_withdrawn_at_will_and_the_price_is_made_of_the_others(
    bench: Bench,
) -> None:
    first = (await quoted(bench, 0, "3560", "1000000")).json()
    second = (await quoted(bench, 1, "3570", "1000000")).json()
    assert second["mid"] == "3565"
    foreign = await withdrawn(bench, 0, second["quote_id"])
    assert foreign.status_code == 404
    after = await withdrawn(bench, 1, second["quote_id"])
    assert (after.status_code, after.json()["mid"]) == (200, "3560")
    again = await withdrawn(bench, 1, second["quote_id"])
    assert (again.status_code, again.json()["code"]) == (409, "STATE_CONFLICT")
    last = (await withdrawn(bench, 0, first["quote_id"])).json()
    assert (last["price_id"], last["withheld"]) == (None, None)
    assert (await current(bench)).json()["code"] == "QUOTE_UNAVAILABLE"
    price_id = after.json()["price_id"]
    assert await bench.events(price_id) == ["PooledPricePublished", "PooledPriceEnded"]
    assert (await locked(bench, "100.00")).json()["code"] == "QUOTE_UNAVAILABLE"


_WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def waiting(bench: Bench, many: int) -> None:
    """Until so many acts wait for another to end."""
    for _ in range(LOOKS):
        if await bench.sql.fetchval(_WAITING) >= many:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"fewer than {many} wait")


async def test_no_price_stands_on_a_quote_that_is_withdrawn_while_another_is_posted(
    bench: Bench,
) -> None:
    first = (await quoted(bench, 0, "3560", "1000000")).json()
    async with bench.sql.acquire() as connection, connection.transaction():
        held = "SELECT FROM pooled_prices WHERE price_id = $1 FOR UPDATE"
        await connection.execute(held, UUID(hex=first["price_id"][4:]))
        post = asyncio.create_task(quoted(bench, 1, "3570", "1000000"))
        await waiting(bench, 1)
        withdrawal = asyncio.create_task(withdrawn(bench, 0, first["quote_id"]))
        await waiting(bench, 2)
    assert ((await post).status_code, (await withdrawal).status_code) == (201, 200)
    stands = (await current(bench)).json()
    assert (stands["mid"], stands["used"]) == ("3570", [BICS[1]])


async def test_a_banks_earlier_quote_does_not_count_again_when_the_later_is_withdrawn(
    bench: Bench,
) -> None:
    await quoted(bench, 0, "3560", "1000000")
    later = (await quoted(bench, 0, "3570", "1000000")).json()
    assert (await withdrawn(bench, 0, later["quote_id"])).json()["price_id"] is None
    assert (await current(bench)).status_code == 409


async def test_two_banks_far_apart_make_no_price_and_are_told_why(bench: Bench) -> None:
    before = (await quoted(bench, 0, "3560", "1000000")).json()
    apart = (await quoted(bench, 1, "3700", "1000000")).json()
    assert (apart["price_id"], apart["withheld"]["code"]) == (None, "QUOTES_APART")
    assert apart["withheld"]["facts"] == {"banks": sorted(BICS[:2])}
    assert await bench.events(apart["quote_id"]) == ["BankQuotePosted", "QuotesApart"]
    assert (await current(bench)).status_code == 409, "the older lone price does not stay"
    assert "PooledPriceEnded" in await bench.events(before["price_id"])


async def test_a_volume_beyond_all_reason_moves_the_price_no_further_than_twice_the_usual_one(
    bench: Bench,
) -> None:
    for bank in range(3):
        await quoted(bench, bank, "3560", "10000000")
    huge = await quoted(bench, 3, "3595", "999999999999999")
    assert (huge.status_code, huge.json()["code"]) == (422, "VOLUME_TOO_LARGE")
    large = (await quoted(bench, 3, "3595", "999999999.99")).json()
    assert large["mid"] == "3574"


async def test_a_move_of_a_hair_more_than_the_limit_says_so_before_it_is_rounded(
    bench: Bench,
) -> None:
    await agreed(bench)
    hair = (await post(bench, 0, "3631.21"))["withheld"]["facts"]
    assert (hair["moved_bp"], hair["max_bp"]) == ("200.0281", "200")


async def test_a_firm_quote_is_for_no_more_than_is_quoted(bench: Bench) -> None:
    await quoted(bench, 0, "3560", "30000000")
    beyond = await locked(bench, "30000000.01")
    assert (beyond.status_code, beyond.json()["code"]) == (409, "VOLUME_EXCEEDED")
    assert (await locked(bench, "29999000.00")).status_code == 201
    second = await locked(bench, "1000.01")
    left = second.json()["errors"][0]["facts"]["left"]
    assert left == {"amount": "1000.00", "currency": "CNY"}
    other_way = await bench.call(
        "POST",
        "/firm-quotes",
        json={"amount": "7000000", "currency": "VND", "pay_currency": "CNY"},
    )
    assert other_way.json()["code"] == "VOLUME_EXCEEDED", "counted in the base, whichever is given"
    assert (await locked(bench, "1000.00")).status_code == 201


async def test_of_many_at_once_no_more_is_locked_than_is_quoted(bench: Bench) -> None:
    await quoted(bench, 0, "3560", "1000")
    answers = await asyncio.gather(*(locked(bench, "300.00") for _ in range(8)))
    assert sorted(a.status_code for a in answers) == [201] * 3 + [409] * 5


async def test_the_bank_on_duty_alone_is_locked_for_no_more_than_it_quotes(bench: Bench) -> None:
    await quoted(bench, await duty(bench), "3560", "500")
    await bench.sql.execute("UPDATE pooled_prices SET ended_at = now() WHERE valid_from <= now()")
    first = await locked(bench, "400.00")
    assert (first.status_code, first.json()["source"]) == (201, "ROTA")
    assert (await locked(bench, "100.01")).json()["code"] == "VOLUME_EXCEEDED"
    assert (await locked(bench, "100.00")).status_code == 201


async def test_a_firm_quote_stands_no_longer_than_its_price(bench: Bench) -> None:
    await quoted(bench, 0, "3560", "1000000")
    end = datetime.now(UTC) + timedelta(seconds=20)
    await price_ends(bench, end)
    quote = (await locked(bench, "100.00")).json()
    assert datetime.fromisoformat(quote["expires_at"]) <= end


def next_day(works: bool) -> date:
    day = business_day(datetime.now(UTC)) + timedelta(days=1)
    while is_business_day(day) is not works:
        day += timedelta(days=1)
    return day


@pytest.mark.parametrize("past", [True, False], ids=["a past day", "a day without work"])
async def test_no_absence_is_announced_for(bench: Bench, past: bool) -> None:
    day = business_day(datetime.now(UTC)) - timedelta(days=1) if past else next_day(works=False)
    body = f'{{"absent_on":"{day}"}}'.encode()
    refused = await bench.signed(BICS[0]).post(f"{MARKET}/rota/absences", body, JSON)
    assert (refused.status_code, refused.json()["code"]) == (422, "ABSENCE_INVALID")
    assert await bench.sql.fetchval("SELECT count(*) FROM bank_absences") == 0
