"""What a window does for itself while it runs: prepares the coming months, forgets old answers.

Runs beside the relay, once in a whole window, under the relay's role; what may be made and deleted
is the database's to say (``migrations/versions/0014_upkeep.py``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog
from asyncpg import PostgresError
from sqlalchemy import text

from services.platform import telemetry
from services.platform.database import Database, DatabaseUnreachable

EVERY_S: Final = 6 * 3600.0
AGAIN_S: Final = 60.0
ENOUGH_MONTHS: Final = 2
"""With fewer prepared somebody has to look: rows of a month without one are in nobody's way yet."""
TABLES: Final = ("events", "tickets")
BATCH: Final = 1000
"""As many answers are forgotten at once; fewer, and there are no more."""

_PREPARE: Final = text("SELECT months_prepare()")
_PREPARED: Final = text("SELECT months_prepared(:table)")
_FORGET: Final = text("SELECT answers_forget()")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What one round found and did."""

    months: dict[str, int]
    """How many coming months have a partition, by table."""
    forgotten: int
    """How many stored answers were old enough to be deleted."""


async def kept_up(database: Database) -> None:
    """Do the upkeep at once and every six hours until cancelled. Needs the relay's role."""

    async def once() -> None:
        done = await upkeep(database)
        log.info("upkeep", months=done.months, forgotten=done.forgotten)

    await in_rounds("upkeep", once, every_s=EVERY_S)


async def in_rounds(name: str, once: Callable[[], Awaitable[None]], *, every_s: float) -> None:
    """Do something at once and every so often until cancelled, whatever fails meanwhile."""
    while True:
        try:
            await once()
        except DatabaseUnreachable as error:
            log.warning(f"{name}_waits_for_database", error=type(error).__name__)
            await asyncio.sleep(AGAIN_S)
        except PostgresError as error:
            # A lock that could not be had soon: the window's own work goes first.
            log.warning(f"{name}_failed", sqlstate=error.sqlstate)
            await asyncio.sleep(AGAIN_S)
        except Exception as error:
            # What keeps the months from being made must not keep cases from being told.
            log.error("bug", error=type(error).__name__, where=telemetry.where(error))
            await asyncio.sleep(every_s)
        else:
            await asyncio.sleep(every_s)


async def upkeep(database: Database) -> Upkeep:
    """One round: what is measured stays true to the next, also when a later step fails."""
    try:
        async with database.transaction() as tx:
            await tx.execute(_PREPARE)
    finally:
        months = await months_ahead(database)
        for table, prepared in months.items():
            telemetry.months_prepared.labels(table).set(prepared)
    if min(months.values()) < ENOUGH_MONTHS:
        log.error("months_short", **months)
    forgotten = batch = await _forget(database)
    while batch == BATCH:
        batch = await _forget(database)
        forgotten += batch
    return Upkeep(months, forgotten)


async def months_ahead(database: Database) -> dict[str, int]:
    """How many coming months have a partition of their own, by table. Needs the relay's role."""
    async with database.reading() as tx:
        return {
            table: (await tx.execute(_PREPARED, {"table": table})).scalar_one() for table in TABLES
        }


async def _forget(database: Database) -> int:
    async with database.transaction() as tx:
        count: int = (await tx.execute(_FORGET)).scalar_one()
    return count
