"""The Temporal worker of queue ``inspection``: orders with their step."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.worker import Worker

from services.inspection.activities import InspectionActivities
from services.platform import temporal
from services.platform.database import Database
from services.platform.vault import Vault
from workflows.inspection import Inspection
from workflows.ports.inspection import QUEUE


def create_worker(client: Client, database: Database, *, vault: Vault) -> Worker:
    """A worker that carries inspection orders."""
    orders = InspectionActivities(database, vault=vault)
    return temporal.worker(
        client, queue=QUEUE, workflows=[Inspection], activities=[orders.attend_order]
    )
