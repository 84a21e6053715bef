"""The step of screening, over this service's own database role."""

from __future__ import annotations

from temporalio import activity

from services.kernel.messages import Case
from services.platform.database import Database
from services.platform.draws.seeds import Drawing
from services.platform.vault import Vault
from services.risk.commands.rules import RuleBookCache
from services.risk.commands.screening import Screener, lot_screen
from workflows.ports.risk import LotScreening


class ScreeningActivities(LotScreening):
    """Screening, run in the declaration worker under the risk role."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._drawing = Drawing(database, vault)
        self._screener = Screener(RuleBookCache(), self._drawing.seeds)

    @activity.defn(name="risk.screen_lot")
    async def screen_lot(self, case: Case) -> None:
        await self._drawing.take(case, lambda act: lot_screen(act, self._screener, case.case_id))
