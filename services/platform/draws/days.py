"""Draw days opened ahead: every port's secret seed stands before anything can be drawn under it.

An act never opens a draw day for itself. The window opens today's and tomorrow's of every port,
long before the first lot; a step of the window that finds none all the same (a lot of an older
day, a day closed meanwhile) commits to one in a transaction of its own first.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from asyncpg import PostgresError
from sqlalchemy import text

from services.kernel.clock import business_day
from services.platform.acting import step
from services.platform.database import Database, DatabaseUnreachable
from services.platform.draws.seeds import SeedKeeper, seed_commit
from services.platform.policy import PolicyCache

EVERY_S: Final = 3600.0
AGAIN_S: Final = 30.0

# A day that was closed is not opened again by this: what is drawn late opens it when it needs to.
_LACKING = text(
    """
    SELECT p.port, d.day FROM v_ports AS p, unnest(CAST(:days AS date[])) AS d (day)
    WHERE p.active AND NOT EXISTS (
        SELECT FROM draw_seeds AS s WHERE s.port = p.port AND s.business_on = d.day
    )
    ORDER BY d.day, p.port
    """
)

log = structlog.get_logger()


async def draw_days_opened(database: Database, keeper: SeedKeeper) -> None:
    """Have today's and tomorrow's draw seeds of every port stand until cancelled."""
    while True:
        try:
            opened = await seeds_ahead(database, keeper)
        except (DatabaseUnreachable, PostgresError) as error:
            # A lot of a day without a seed is drawn all the same: the window's step opens it.
            log.warning("draw_days_wait_for_database", error=type(error).__name__)
            await asyncio.sleep(AGAIN_S)
            continue
        if opened:
            log.info("draw_days_opened", seeds=opened)
        await asyncio.sleep(EVERY_S)


async def seeds_ahead(database: Database, keeper: SeedKeeper) -> int:
    """Commit to a seed for today and tomorrow (Beijing) at every port that has none; how many.

    Run again, or by two processes at once, it makes one seed for each port and day.
    """
    today = business_day(datetime.now(UTC))
    async with database.reading() as tx:
        days = [today, today + timedelta(days=1)]
        lacking = (await tx.execute(_LACKING, {"days": days})).all()
    policies = PolicyCache()
    for missing in lacking:
        async with step(database, policies, None) as act:
            await seed_commit(act, keeper, port=missing.port, day=missing.day)
    return len(lacking)
