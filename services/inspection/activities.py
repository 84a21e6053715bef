"""The step of an inspection order, over this service's own database role."""

from __future__ import annotations

from temporalio import activity

from services.inspection.commands.orders import order_attend
from services.kernel.messages import Case, Standing
from services.platform.database import Database
from services.platform.draws.seeds import Drawing
from services.platform.vault import Vault
from workflows.ports.inspection import InspectionSteps


class InspectionActivities(InspectionSteps):
    """Locks the order, looks at the record and draws, withdraws, or finds nothing to do."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._drawing = Drawing(database, vault)

    @activity.defn(name="inspection.attend_order")
    async def attend_order(self, case: Case) -> Standing:
        keeper = self._drawing.seeds
        return await self._drawing.take(case, lambda act: order_attend(act, case, keeper=keeper))
