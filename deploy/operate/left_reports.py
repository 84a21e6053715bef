"""Banks' reports that a dead process left are carried out: at start and now and then.

Beside the worker of settlements. Nothing waits for it in the ordinary course: a report is carried
out by the request that brings it.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from asyncpg import PostgresError

from deploy.operate.assembly import Assembly
from services.platform.database import DatabaseUnreachable
from services.platform.policy import PolicyCache
from services.settlement.commands.left_reports import left_reports_carry_out

EVERY_S: Final = 30.0

log = structlog.get_logger()


async def left_reports_carried_out(assembly: Assembly) -> None:
    """Carry out what was kept and left until cancelled."""
    database, policies = assembly.database("settlement"), PolicyCache()
    while True:
        try:
            done = await left_reports_carry_out(database, policies)
        except (DatabaseUnreachable, PostgresError) as error:
            log.warning("left_reports_wait_for_database", error=type(error).__name__)
        else:
            if done:
                log.info("left_reports_carried_out", reports=done)
        await asyncio.sleep(EVERY_S)
