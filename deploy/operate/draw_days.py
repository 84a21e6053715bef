"""Draw days are opened ahead: at start and every hour, beside the worker that draws."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from asyncpg import PostgresError

from deploy.operate.assembly import Assembly
from services.inspection.commands.draw_days import seeds_ahead
from services.inspection.commands.seeds import SeedKeeper
from services.platform.database import DatabaseUnreachable

EVERY_S: Final = 3600.0
AGAIN_S: Final = 30.0

log = structlog.get_logger()


async def draw_days_opened(assembly: Assembly) -> None:
    """Have today's and tomorrow's draw seeds of every port stand until cancelled."""
    database, keeper = assembly.database("inspection"), SeedKeeper(assembly.vault)
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
