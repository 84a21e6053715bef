"""The steps of screening, inspection and accreditation, over this service's own database role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio import activity

from services.inspection.commands import orders
from services.inspection.commands.accreditation_attending import accreditation_attend
from services.inspection.commands.rules import RuleBookCache
from services.inspection.commands.screening import Screener, lot_screen
from services.inspection.commands.seeds import SeedKeeper, SeedMissing, seed_commit
from services.kernel.messages import Case, Standing
from services.platform.act import Act, step
from services.platform.database import Database
from services.platform.policy import PolicyCache
from services.platform.vault import Vault
from workflows.ports.inspection import AccreditationSteps, InspectionSteps, LotScreening

R = TypeVar("R")


class _Window:
    """What the window's own steps are taken with: role, law, opened seeds."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database = database
        self.policies = PolicyCache()
        self.seeds = SeedKeeper(vault)

    async def take(self, case: Case, work: Callable[[Act], Awaitable[R]]) -> R:
        """Take a step; where it lacks a draw seed, commit to one first, in a step of its own."""
        while True:
            try:
                async with step(self.database, self.policies, case.at) as act:
                    return await work(act)
            except SeedMissing as missing:
                async with step(self.database, self.policies, None) as act:
                    port, day = missing.port, missing.business_on
                    await seed_commit(act, self.seeds, port=port, day=day)


class ScreeningActivities(LotScreening):
    """Screening, run in the declaration worker under the inspection role."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._window = _Window(database, vault)
        self._screener = Screener(RuleBookCache(), self._window.seeds)

    @activity.defn(name="inspection.screen_lot")
    async def screen_lot(self, case: Case) -> None:
        await self._window.take(case, lambda act: lot_screen(act, self._screener, case.case_id))


class InspectionActivities(InspectionSteps):
    """Locks the order, looks at the record and draws, withdraws, or finds nothing to do."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._window = _Window(database, vault)

    @activity.defn(name="inspection.attend_order")
    async def attend_order(self, case: Case) -> Standing:
        keeper = self._window.seeds
        return await self._window.take(
            case, lambda act: orders.order_attend(act, case, keeper=keeper)
        )


class AccreditationActivities(AccreditationSteps):
    """Locks the case, looks at the record and draws, says that a day has come, or does nothing."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._window = _Window(database, vault)

    @activity.defn(name="inspection.attend_accreditation")
    async def attend_accreditation(self, case: Case) -> Standing:
        keeper = self._window.seeds
        return await self._window.take(
            case, lambda act: accreditation_attend(act, case, keeper=keeper)
        )
