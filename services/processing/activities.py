"""The step of an e-book period's case, as an activity over this service's own database role."""

from __future__ import annotations

from temporalio import activity

from services.kernel.messages import Case, Standing
from services.platform.acting import step
from services.platform.database import Database
from services.platform.policy import PolicyCache
from services.processing.commands.book import book_attend
from workflows.ports.processing import ProcessingSteps


class ProcessingActivities(ProcessingSteps):
    """Locks the book, looks at the record and says that its period is over, or nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._policies = PolicyCache()

    @activity.defn(name="processing.attend_book")
    async def attend_book(self, case: Case) -> Standing:
        async with step(self._database, self._policies, case.at) as act:
            return await book_attend(act, case)
