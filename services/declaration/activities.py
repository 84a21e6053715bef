"""The step of a lot's case, as an activity over this service's own database role."""

from __future__ import annotations

from temporalio import activity

from services.declaration.commands.attending import lot_attend
from services.kernel.messages import Case
from services.platform.acting import step
from services.platform.database import Database
from services.platform.policy import PolicyCache
from workflows.ports.declaration import DeclarationSteps, LotStanding


class DeclarationActivities(DeclarationSteps):
    """Locks the lot, looks at the record and does what it justifies, or finds nothing to do."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._policies = PolicyCache()

    @activity.defn(name="declaration.attend_lot")
    async def attend_lot(self, case: Case) -> LotStanding:
        async with step(self._database, self._policies, case.at) as act:
            return await lot_attend(act, case)
