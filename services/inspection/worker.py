"""The Temporal worker of queue ``inspection``: orders and accreditations with their steps.

Beside it draw days are opened ahead: at start and every hour.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from asyncpg import PostgresError
from temporalio.client import Client
from temporalio.worker import Worker

from services.inspection.activities import AccreditationActivities, InspectionActivities
from services.inspection.commands.draw_days import seeds_ahead
from services.inspection.commands.seeds import SeedKeeper
from services.platform import temporal
from services.platform.database import Database, DatabaseUnreachable
from services.platform.house import House
from services.platform.vault import Vault
from workflows.aeo_accreditation import AeoAccreditation
from workflows.inspection import Inspection
from workflows.ports.inspection import QUEUE

EVERY_S: Final = 3600.0
AGAIN_S: Final = 30.0

log = structlog.get_logger()


def create_worker(client: Client, database: Database, *, vault: Vault) -> Worker:
    """A worker that carries inspection orders and accreditations."""
    orders = InspectionActivities(database, vault=vault)
    accreditations = AccreditationActivities(database, vault=vault)
    return temporal.worker(
        client,
        queue=QUEUE,
        workflows=[Inspection, AeoAccreditation],
        activities=[orders.attend_order, accreditations.attend_accreditation],
    )


async def draw_days_opened(house: House) -> None:
    """Have today's and tomorrow's draw seeds of every port stand until cancelled."""
    database, keeper = house.database("inspection"), SeedKeeper(house.vault)
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
