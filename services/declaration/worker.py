"""The Temporal worker of queue ``declaration``: lots' workflows and their steps.

Screening belongs to the risk service but is a step of the lot's first task; whoever
assembles the worker hands it in, under the risk service's own database role.
"""

from __future__ import annotations

from temporalio.client import Client
from temporalio.worker import Worker

from services.declaration.activities import DeclarationActivities
from services.platform import temporal
from services.platform.database import Database
from workflows.ports.declaration import QUEUE
from workflows.ports.risk import LotScreening
from workflows.resident_declaration import ResidentDeclaration


def create_worker(client: Client, database: Database, *, screening: LotScreening) -> Worker:
    """A worker that carries lots."""
    steps = DeclarationActivities(database)
    return temporal.worker(
        client,
        queue=QUEUE,
        workflows=[ResidentDeclaration],
        activities=[screening.screen_lot, steps.attend_lot],
    )
