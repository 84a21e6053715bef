"""What a bank's counter shows of the pooled price: its course, who is in, who is not and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.kernel.clock import business_day
from services.market.domain.model import LatestQuote, Standing
from services.market.domain.rules.pricing import pooled, standings
from tests.services.market.test_pricing import NOON, TERMS, VND, quote
from tests.support.bench import BICS, MARKET, Bench

BANK = f"bank:{BICS[0]}"


def latest(bic: str, mid: str, millions: int = 10, **changed: Any) -> LatestQuote:
    values = {"valid_until": NOON + timedelta(minutes=30), "withdrawn": False, **changed}
    return LatestQuote(bic, Decimal(mid), Decimal(millions) * 1_000_000, NOON, **values)


def test_each_bank_stands_where_the_price_has_it_and_what_has_ended_moves_nothing() -> None:
    quotes = [
        latest("A", "3560"),
        latest("B", "3565"),
        latest("C", "3572"),
        latest("D", "3700"),
        latest("E", "3560", 0),
        latest("F", "9999", valid_until=NOON),
        latest("G", "9999", withdrawn=True),
    ]
    found = {
        one.quote.bank_bic: one for one in standings(quotes, at=NOON, outlier=TERMS["outlier"])
    }
    assert {bic: one.standing for bic, one in found.items()} == {
        "A": Standing.IN,
        "B": Standing.IN,
        "C": Standing.IN,
        "D": Standing.TOO_FAR,
        "E": Standing.NO_VOLUME,
        "F": Standing.ENDED,
        "G": Standing.WITHDRAWN,
    }
    assert found["B"].off_bp == 0
    assert found["D"].off_bp is not None
    assert round(found["D"].off_bp) == 379
    assert found["F"].off_bp is found["G"].off_bp is None


def test_who_is_in_is_exactly_who_the_pooled_price_is_made_of() -> None:
    mids = {"A": "3560", "B": "3565", "C": "3600.65", "D": "3600.66", "E": "3530"}
    price = pooled([quote(bic, mid, 10) for bic, mid in mids.items()], VND, **TERMS)
    found = standings(
        [latest(bic, mid) for bic, mid in mids.items()], at=NOON, outlier=TERMS["outlier"]
    )
    assert price is not None
    inside = sorted(one.quote.bank_bic for one in found if one.standing is Standing.IN)
    assert tuple(inside) == price.used
    assert set(mids) - set(inside) == set(price.dropped) == {"D"}


async def test_banks_read_who_is_in_and_who_is_not_and_nobody_who_only_trades(
    bench: Bench,
) -> None:
    for bic in BICS:
        await (await bench.bank(bic)).quote("CNY/VND", "3560", "1000000")
    await bench.sql.execute(
        "INSERT INTO bank_quotes VALUES ($1, 'TSTFNBJX', 'CNY/VND', NULL, NULL, 3700, 50000000,"
        " now(), now() + interval '5 minutes', 3700, 3688.9, 3711.1)",
        uuid4(),
    )
    answer = await bench.call("GET", f"{MARKET}/quotes/standing", role="bank", party=BANK)
    assert answer.status_code == 200
    items = answer.json()["items"]
    by_bank = {one["bank_bic"]: one for one in items}
    assert {by_bank[bic]["standing"] for bic in BICS} == {"IN"}
    assert (by_bank["TSTFNBJX"]["standing"], by_bank["TSTFNBJX"]["off_bp"]) == ("TOO_FAR", "393.3")
    assert [one["standing"] == "IN" for one in items] == sorted(
        (one["standing"] == "IN" for one in items), reverse=True
    )
    await bench.sql.execute("DELETE FROM bank_quotes WHERE bank_bic = 'TSTFNBJX'")
    refused = await bench.call("GET", f"{MARKET}/quotes/standing", role="clerk")
    assert refused.status_code == 403


async def test_a_days_course_has_the_last_price_of_every_five_minutes(bench: Bench) -> None:
    day = business_day(datetime.now(UTC)) - timedelta(days=3)
    begins = datetime.fromisoformat(f"{day}T09:00:00+08:00")
    made: list[UUID] = []
    for number, minute in enumerate((0, 4, 5, 61), start=1):
        made.append(uuid4())
        await bench.sql.execute(
            "INSERT INTO pooled_prices (price_id, pair, version, mid, bid, ask, used, dropped,"
            " valid_from, valid_until)"
            " VALUES ($1, 'CNY/MMK', $2, $3, 280, 300, '{A,B}', '{C}', $4, $5)",
            *(made[-1], 700_000 + number, 290 + number, begins + timedelta(minutes=minute)),
            begins + timedelta(minutes=minute + 5),
        )
    query = {"pair": "CNY/MMK", "day": day.isoformat()}
    answer = await bench.call("GET", f"{MARKET}/prices/course", params=query)
    assert [one["mid"] for one in answer.json()["items"]] == ["292", "293", "294"]
    first = answer.json()["items"][0]
    assert (first["used"], first["dropped"], first["version"]) == (["A", "B"], ["C"], 700_002)
    await bench.sql.execute("DELETE FROM pooled_prices WHERE price_id = ANY($1)", made)
    empty = await bench.call("GET", f"{MARKET}/prices/course", params=query)
    assert empty.json()["items"] == []


@pytest.mark.parametrize("path", ["prices/course", "quotes/standing"])
async def test_of_a_pair_that_nobody_quotes_nothing_is_said(bench: Bench, path: str) -> None:
    answer = await bench.call(
        "GET", f"{MARKET}/{path}", role="bank", party=BANK, params={"pair": "EUR/USD"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "PAIR_UNKNOWN")
