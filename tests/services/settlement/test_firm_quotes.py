"""A firm quote is locked at the market's price: the pooled one, else that of the bank on duty."""

from __future__ import annotations

from uuid import UUID

import httpx2
import pytest

from tests.support.bench import BICS, Bench
from tests.support.quoting import agreed, duty, post

WISH = {"amount": "100.00", "currency": "CNY", "pay_currency": "VND"}


async def lock(bench: Bench) -> httpx2.Response:
    return await bench.call("POST", "/firm-quotes", json=WISH)


async def test_the_rota_bank_prices_when_there_is_no_pooled_price(bench: Bench) -> None:
    for bic in BICS:
        await (await bench.bank(bic)).quote("CNY/VND", "3560", "1000000")
    await bench.sql.execute("UPDATE pooled_prices SET valid_until = valid_from + interval '1 us'")
    wish = {"amount": "100.00", "currency": "CNY", "pay_currency": "VND"}
    quote = (await bench.call("POST", "/firm-quotes", json=wish)).json()
    assert (quote["source"], quote["price_id"], quote["bank_bic"]) == (
        "ROTA",
        None,
        BICS[await duty(bench)],
    )
    read = (await bench.call("GET", f"/firm-quotes/{quote['quote_id']}")).json()
    assert read == quote
    stranger = await bench.call("GET", f"/firm-quotes/{quote['quote_id']}", party="group:OTHER")
    assert stranger.status_code == 404


async def test_a_party_finds_its_own_quotes_and_which_of_them_still_serve(bench: Bench) -> None:
    await agreed(bench)
    locked = (await lock(bench)).json()["quote_id"]

    async def found(asked: str = "", **reader: str) -> list[str]:
        answer = await bench.call("GET", f"/firm-quotes?limit=200{asked}", **reader)
        return [quote["quote_id"] for quote in answer.json()["items"]]

    assert (await found())[0] == locked
    assert locked in await found("&usable=true")
    assert locked not in await found("&usable=false")
    assert locked not in await found(party="group:OTHER")
    await bench.sql.execute(
        "UPDATE firm_quotes SET expires_at = locked_at WHERE quote_id = $1", UUID(hex=locked[4:])
    )
    assert locked not in await found("&usable=true")
    assert locked in await found("&usable=false")


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
    assert (facts["mid"], facts["last_mid"], facts["moved_bp"]) == ("3640", "3560", "224.7192")


async def test_a_lone_jump_that_is_withheld_leaves_payers_the_price_before(bench: Bench) -> None:
    before = await agreed(bench)
    await post(bench, 0, "35600")
    assert (await lock(bench)).json()["price_id"] == before["price_id"]


async def test_a_later_quote_of_the_bank_on_duty_takes_the_place_of_its_earlier_one(
    bench: Bench,
) -> None:
    on_duty = await duty(bench)
    await post(bench, on_duty, "3560")
    await post(bench, on_duty, "3580")
    await bench.sql.execute("UPDATE pooled_prices SET valid_until = valid_from + interval '1 us'")
    assert (await lock(bench)).json()["rate"] == "3569.26"
    await bench.sql.execute(
        "UPDATE bank_quotes SET valid_until = quoted_at + interval '1 us' WHERE mid = 3580"
    )
    refused = await lock(bench)
    assert (refused.status_code, refused.json()["code"]) == (409, "QUOTE_UNAVAILABLE")
