"""The step of an inspection order, over this service's own database role."""

from __future__ import annotations

from temporalio import activity

from services.inspection.commands.orders import order_attend
from services.inspection.domain.states import ORDER
from services.kernel.messages import Case, Standing
from services.platform.database import Database
from services.platform.draws.seeds import Drawing
from services.platform.standing import case_ended
from services.platform.vault import Vault
from workflows.ports.inspection import InspectionSteps


class InspectionActivities(InspectionSteps):
    """Locks the order, looks at the record and draws, withdraws, or finds nothing to do."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._database = database
        self._drawing = Drawing(database, vault)

    @activity.defn(name="inspection.attend_order")
    async def attend_order(self, case: Case) -> Standing:
        if (ended := await case_ended(self._database, case, ORDER)) is not None:
            return ended
        keeper = self._drawing.seeds
        return await self._drawing.take(case, lambda act: order_attend(act, case, keeper=keeper))
