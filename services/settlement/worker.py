"""The Temporal worker of queue ``settlement``: settlements and their steps."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.worker import Worker

from services.platform import temporal
from services.platform.database import Database
from services.settlement.activities import SettlementActivities
from services.settlement.domain.messages.official import OfficialSchemas
from workflows.ports.settlement import QUEUE
from workflows.rmb_settlement import RmbSettlement


def create_worker(client: Client, database: Database, *, official: OfficialSchemas) -> Worker:
    """A worker that carries settlements."""
    steps = SettlementActivities(database, official)
    return temporal.worker(
        client,
        queue=QUEUE,
        workflows=[RmbSettlement],
        activities=[
            steps.examine,
            steps.record_compliance,
            steps.offer,
            steps.apply_status,
            steps.ask_again,
            steps.escalate,
        ],
    )
