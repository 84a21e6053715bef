"""The step of an accreditation, over this service's own database role."""

from __future__ import annotations

from temporalio import activity

from services.accreditation.commands.attending import accreditation_attend
from services.kernel.messages import Case, Standing
from services.platform.database import Database
from services.platform.draws.seeds import Drawing
from services.platform.vault import Vault
from workflows.ports.accreditation import AccreditationSteps


class AccreditationActivities(AccreditationSteps):
    """Locks the case, looks at the record and draws, says that a day has come, or does nothing."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._drawing = Drawing(database, vault)

    @activity.defn(name="accreditation.attend_accreditation")
    async def attend_accreditation(self, case: Case) -> Standing:
        keeper = self._drawing.seeds
        return await self._drawing.take(
            case, lambda act: accreditation_attend(act, case, keeper=keeper)
        )
