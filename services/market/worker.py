"""What the market does for itself: a price that runs out is followed by that of who stays."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

import structlog
from asyncpg import PostgresError

from services.market import queries
from services.market.commands.pooling import price_follow
from services.platform.acting import step
from services.platform.database import Database, DatabaseUnreachable
from services.platform.house import House
from services.platform.policy import PolicyCache

LOOK_S: Final = 5.0
"""How long it goes without a look. A quote holds for longer (``fx.quote_holds_min_s``): what runs
out is mostly known before, and followed at that moment."""
_PAUSE_S: Final = 0.05

log = structlog.get_logger()


async def prices_followed(house: House) -> None:
    """Follow each price that runs out until cancelled."""
    database, policies = house.database("market"), PolicyCache()
    while True:
        try:
            rest_s = await run_out_follow(database, policies)
        except (DatabaseUnreachable, PostgresError) as error:
            # Banks that quote again make a price all the same, and the bank on duty deals alone.
            log.warning("prices_wait_for_database", error=type(error).__name__)
            rest_s = LOOK_S
        await asyncio.sleep(rest_s)


async def run_out_follow(database: Database, policies: PolicyCache) -> float:
    """Follow what has run out; after how many seconds to look again.

    Run by two processes at once, it publishes one price: the second finds it in force.
    """
    now = datetime.now(UTC)
    async with database.reading() as tx:
        standing = await queries.standing_prices(tx, now)
    rest_s = LOOK_S
    for pair, ends in standing:
        if ends is not None:
            rest_s = min(rest_s, (ends - now).total_seconds())
            continue
        async with step(database, policies, None) as act:
            followed = await price_follow(act, pair)
        if followed:
            log.info("price_followed", pair=str(pair))
    return max(rest_s, _PAUSE_S)
