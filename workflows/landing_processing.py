"""The case of one e-book period of a factory (落地加工, 电子账册).

Opened by the factory; purchases, receipts and outputs are entries on record; the factory counts
what is left and closes, within tolerance at once, over it by an officer's word on every alert. The
case watches the end of the period and says aloud when the book is still open then. It closes
nothing.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.kernel.messages import Case
    from workflows.desk import Desk
    from workflows.ports.processing import LANDING_PROCESSING, ProcessingSteps


@workflow.defn(name=LANDING_PROCESSING)
class LandingProcessing:
    """Waits for the factory and its officers, and for the period's end."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        self._desk = Desk(case)

    @workflow.run
    async def run(self, case: Case) -> str:
        """The book's final state."""
        return await self._desk.attend(ProcessingSteps.attend_book)

    @workflow.signal
    def look(self) -> None:
        """Something has changed on record: the book was closed."""
        self._desk.look()
