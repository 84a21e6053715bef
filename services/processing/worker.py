"""The Temporal worker of queue ``processing``: e-book periods and their step."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.worker import Worker

from services.platform import temporal
from services.platform.database import Database
from services.processing.activities import ProcessingActivities
from workflows.landing_processing import LandingProcessing
from workflows.ports.processing import QUEUE


def create_worker(client: Client, database: Database) -> Worker:
    """A worker that carries e-book periods."""
    steps = ProcessingActivities(database)
    return temporal.worker(
        client,
        queue=QUEUE,
        workflows=[LandingProcessing],
        activities=[steps.attend_book],
    )
