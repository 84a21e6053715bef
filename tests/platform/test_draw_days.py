"""Draw days stand before anything is drawn: the window opens them ahead, and no act does."""

import asyncio
from datetime import UTC, datetime, timedelta

from services.kernel.clock import business_day
from services.platform.draws.days import seeds_ahead
from services.platform.draws.seeds import SeedKeeper
from tests.support.inspection import Office


async def test_every_port_has_a_seed_for_today_and_tomorrow_and_one_only(office: Office) -> None:
    port = await office.port(officers=0)
    database, keeper = office.assembly.database("risk"), SeedKeeper(office.assembly.vault)
    await asyncio.gather(*(seeds_ahead(database, keeper) for _ in range(3)))
    today = business_day(datetime.now(UTC))
    rows = await office.sql.fetch(
        "SELECT business_on, round FROM draw_seeds WHERE port = $1 ORDER BY business_on", port
    )
    assert [tuple(row) for row in rows] == [(today, 1), (today + timedelta(days=1), 1)]
    assert await seeds_ahead(database, keeper) == 0


async def test_a_day_that_was_closed_is_not_opened_again_ahead(office: Office) -> None:
    port = await office.port(officers=0)
    database, keeper = office.assembly.database("risk"), SeedKeeper(office.assembly.vault)
    await seeds_ahead(database, keeper)
    today = business_day(datetime.now(UTC)).isoformat()
    risk = office.risk_officer(1, port)
    (seed,) = (await risk.get("/risk/v1/draw-seeds", port=port, day=today))["items"]
    await risk.post(f"/risk/v1/draw-seeds/{seed['seed_id']}/reveal")
    await seeds_ahead(database, keeper)
    seeds = (await risk.get("/risk/v1/draw-seeds", port=port, day=today))["items"]
    assert [s["round"] for s in seeds] == [1]


async def test_a_port_that_is_closed_needs_no_seed(office: Office) -> None:
    port = await office.port(officers=0)
    await office.sql.execute("UPDATE ports SET active = false WHERE port = $1", port)
    database, keeper = office.assembly.database("risk"), SeedKeeper(office.assembly.vault)
    await seeds_ahead(database, keeper)
    made = await office.sql.fetchval("SELECT count(*) FROM draw_seeds WHERE port = $1", port)
    assert made == 0
