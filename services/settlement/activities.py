"""The step of a payment's case, as an activity over this service's own database role."""

from __future__ import annotations

from temporalio import activity

from services.kernel.messages import Case, Standing
from services.platform.acting import step
from services.platform.database import Database
from services.platform.policy import PolicyCache
from services.settlement.commands.attending import payment_attend, payment_ended
from workflows.ports.settlement import SettlementSteps


class SettlementActivities(SettlementSteps):
    """Locks the instruction, looks at the record and does what is due, or finds nothing to do."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._policies = PolicyCache()

    @activity.defn(name="settlement.attend_payment")
    async def attend_payment(self, case: Case) -> Standing:
        if (ended := await payment_ended(self._database, case)) is not None:
            return ended
        async with step(self._database, self._policies, case.at) as act:
            return await payment_attend(act, case)
