"""The step of a payment's case, as an activity over this service's own database role."""

from __future__ import annotations

from temporalio import activity

from services.kernel.messages import Case, Standing
from services.platform.act import step
from services.platform.database import Database
from services.platform.policy import PolicyCache
from services.settlement.commands.attending import payment_attend
from workflows.ports.settlement import SettlementSteps


class SettlementActivities(SettlementSteps):
    """Locks the instruction, looks at the record and does what is due, or finds nothing to do."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._policies = PolicyCache()

    @activity.defn(name="settlement.attend_payment")
    async def attend_payment(self, case: Case) -> Standing:
        async with step(self._database, self._policies, case.at) as act:
            return await payment_attend(act, case)
