"""The Temporal worker of queue ``accreditation``: accreditations with their step."""

from __future__ import annotations

from temporalio.client import Client
from temporalio.worker import Worker

from services.accreditation.activities import AccreditationActivities
from services.platform import temporal
from services.platform.database import Database
from services.platform.vault import Vault
from workflows.aeo_accreditation import AeoAccreditation
from workflows.ports.accreditation import QUEUE


def create_worker(client: Client, database: Database, *, vault: Vault) -> Worker:
    """A worker that carries accreditations."""
    cases = AccreditationActivities(database, vault=vault)
    return temporal.worker(
        client,
        queue=QUEUE,
        workflows=[AeoAccreditation],
        activities=[cases.attend_accreditation],
    )
