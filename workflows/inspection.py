"""The case of one inspection order (查验): drawn, found, countersigned, disposed of.

The order is written with the screening that asks for it. The window draws its officers at once,
and while it is short of them again, each time later; it ends the order of a lot that was
withdrawn. Whoever else must act is a person, in the record. It never releases anything.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.kernel.messages import Case
    from workflows.desk import Desk
    from workflows.ports.inspection import INSPECTION, InspectionSteps


@workflow.defn(name=INSPECTION)
class Inspection:
    """Waits for two officers; what they decide stands in the record before it is told."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        self._desk = Desk(case)

    @workflow.run
    async def run(self, case: Case) -> str:
        """The order's final state: concluded, or withdrawn with its lot."""
        return await self._desk.attend(InspectionSteps.attend_order)

    @workflow.signal
    def look(self) -> None:
        """Something has changed on record: a verdict, too few officers, the lot's withdrawal."""
        self._desk.look()
