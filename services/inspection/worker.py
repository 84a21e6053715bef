"""The Temporal worker of queue ``inspection``: orders and accreditations with their steps.

Beside it draw days are opened ahead: at start and every hour.
"""

from __future__ import annotations

from temporalio.client import Client
from temporalio.worker import Worker

from services.inspection.activities import AccreditationActivities, InspectionActivities
from services.platform import temporal
from services.platform.database import Database
from services.platform.draws.days import draw_days_opened
from services.platform.draws.seeds import SeedKeeper
from services.platform.house import House
from services.platform.vault import Vault
from workflows.aeo_accreditation import AeoAccreditation
from workflows.inspection import Inspection
from workflows.ports.inspection import QUEUE


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


async def draw_days(house: House) -> None:
    """Open draw days ahead until cancelled."""
    await draw_days_opened(house.database("inspection"), SeedKeeper(house.vault))
