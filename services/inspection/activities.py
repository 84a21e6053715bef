"""The steps of screening, inspection and accreditation, over this service's own database role."""

from __future__ import annotations

from temporalio import activity

from services.inspection.commands import orders
from services.inspection.commands.accreditation_attending import accreditation_attend
from services.inspection.commands.rules import RuleBookCache
from services.inspection.commands.screening import Screener, lot_screen
from services.kernel.messages import Case, Standing
from services.platform.database import Database
from services.platform.draws.seeds import Drawing
from services.platform.vault import Vault
from workflows.ports.inspection import AccreditationSteps, InspectionSteps, LotScreening


class ScreeningActivities(LotScreening):
    """Screening, run in the declaration worker under the inspection role."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._drawing = Drawing(database, vault)
        self._screener = Screener(RuleBookCache(), self._drawing.seeds)

    @activity.defn(name="inspection.screen_lot")
    async def screen_lot(self, case: Case) -> None:
        await self._drawing.take(case, lambda act: lot_screen(act, self._screener, case.case_id))


class InspectionActivities(InspectionSteps):
    """Locks the order, looks at the record and draws, withdraws, or finds nothing to do."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._drawing = Drawing(database, vault)

    @activity.defn(name="inspection.attend_order")
    async def attend_order(self, case: Case) -> Standing:
        keeper = self._drawing.seeds
        return await self._drawing.take(
            case, lambda act: orders.order_attend(act, case, keeper=keeper)
        )


class AccreditationActivities(AccreditationSteps):
    """Locks the case, looks at the record and draws, says that a day has come, or does nothing."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._drawing = Drawing(database, vault)

    @activity.defn(name="inspection.attend_accreditation")
    async def attend_accreditation(self, case: Case) -> Standing:
        keeper = self._drawing.seeds
        return await self._drawing.take(
            case, lambda act: accreditation_attend(act, case, keeper=keeper)
        )
