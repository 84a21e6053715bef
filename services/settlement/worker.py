"""The Temporal worker of queue ``settlement``: settlements and their step."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.worker import Worker

from services.platform import temporal
from services.platform.database import Database
from services.settlement.activities import SettlementActivities
from workflows.ports.settlement import QUEUE
from workflows.rmb_settlement import RmbSettlement


def create_worker(client: Client, database: Database) -> Worker:
    """A worker that carries settlements."""
    steps = SettlementActivities(database)
    return temporal.worker(
        client, queue=QUEUE, workflows=[RmbSettlement], activities=[steps.attend_payment]
    )
