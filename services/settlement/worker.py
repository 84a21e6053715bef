"""The Temporal worker of queue ``settlement``: settlements and their step.

Beside it banks' reports that a dead process left are carried out: at start and now and then.
Nothing waits for it in the ordinary course: a report is carried out by the request that brings it.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from asyncpg import PostgresError
from temporalio.client import Client
from temporalio.worker import Worker

from services.platform import temporal
from services.platform.database import Database, DatabaseUnreachable
from services.platform.house import House
from services.platform.policy import PolicyCache
from services.settlement.activities import SettlementActivities
from services.settlement.commands.left_reports import left_reports_carry_out
from workflows.ports.settlement import QUEUE
from workflows.rmb_settlement import RmbSettlement

EVERY_S: Final = 30.0

log = structlog.get_logger()


def create_worker(client: Client, database: Database) -> Worker:
    """A worker that carries settlements."""
    steps = SettlementActivities(database)
    return temporal.worker(
        client, queue=QUEUE, workflows=[RmbSettlement], activities=[steps.attend_payment]
    )


async def left_reports_carried_out(house: House) -> None:
    """Carry out what was kept and left until cancelled."""
    database, policies, vault = house.database("settlement"), PolicyCache(), house.vault
    while True:
        try:
            done = await left_reports_carry_out(database, policies, vault)
        except (DatabaseUnreachable, PostgresError) as error:
            log.warning("left_reports_wait_for_database", error=type(error).__name__)
        else:
            if done:
                log.info("left_reports_carried_out", reports=done)
        await asyncio.sleep(EVERY_S)
