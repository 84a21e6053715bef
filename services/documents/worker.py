"""What documents do for themselves: files that nobody names are cleared."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from asyncpg import PostgresError

from services.documents.commands.files import unnamed_files_clear
from services.platform.database import DatabaseUnreachable
from services.platform.files import Files, StoreAway
from services.platform.house import House

EVERY_S: Final = 6 * 3600.0

log = structlog.get_logger()


async def unnamed_files_cleared(house: House) -> None:
    """Clear files that no document names until cancelled."""
    database, files = house.database("documents"), Files.of(house.settings)
    while True:
        try:
            cleared = await unnamed_files_clear(database, files)
        except (DatabaseUnreachable, PostgresError, StoreAway) as error:
            log.warning("files_not_cleared", error=type(error).__name__)
        else:
            if cleared:
                log.info("files_cleared", files=cleared)
        await asyncio.sleep(EVERY_S)
