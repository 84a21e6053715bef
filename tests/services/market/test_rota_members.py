"""Who is on the rota is dated: a bank that joins changes neither past days nor today's duty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.kernel.business_days import next_business_day
from services.kernel.clock import business_day
from tests.support.bench import BICS, MARKET, Bench


async def duties(bench: Bench, days: int) -> list[str]:
    """Who is on duty, from so many days ago until today."""
    today = business_day(datetime.now(UTC))
    found = []
    for back in range(days, -1, -1):
        day = today - timedelta(days=back)
        found.append((await bench.call("GET", f"{MARKET}/rota?day={day}")).json()["bank_bic"])
    return found


async def test_a_bank_that_joins_or_leaves_changes_neither_past_days_nor_todays_duty(
    bench: Bench,
) -> None:
    before = await duties(bench, 10)
    today = business_day(datetime.now(UTC))
    await bench.sql.execute(
        "INSERT INTO banks (bic, name, public_key, rota_order, currencies)"
        " VALUES ('TSTJCNBJ', 'Joins', '{}', 50, '{CNY,VND}')"
        " ON CONFLICT (bic) DO UPDATE SET rota_order = 50"
    )
    await bench.sql.execute("UPDATE banks SET rota_order = NULL WHERE bic = $1", BICS[0])
    assert await duties(bench, 10) == before
    days = []
    day = next_business_day(today) + timedelta(days=1)
    for _ in range(4):
        day = next_business_day(day)
        days.append((await bench.call("GET", f"{MARKET}/rota?day={day}")).json()["bank_bic"])
        day += timedelta(days=1)
    assert set(days) == {*BICS[1:], "TSTJCNBJ"}, "from tomorrow on the new one takes turns"


async def test_a_place_that_is_changed_twice_before_it_holds_leaves_no_trace(bench: Bench) -> None:
    for place in (60, 61, None):
        await bench.sql.execute(
            "INSERT INTO banks (bic, name, public_key, rota_order, currencies)"
            " VALUES ('TSTTCNBJ', 'Twice', '{}', $1, '{CNY,VND}')"
            " ON CONFLICT (bic) DO UPDATE SET rota_order = excluded.rota_order",
            place,
        )
    held = await bench.sql.fetchval("SELECT count(*) FROM rota_places WHERE bic = 'TSTTCNBJ'")
    assert held == 0
