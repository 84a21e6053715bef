"""The case of one accreditation (AEO认证), from application through every re-examination.

Persons accept, assess, report, decide and sign, in the record; the window draws the examiners,
watches the decision clock (90 days, extended once by 30) and the years to the next re-examination.
A clock that runs out is said aloud and decides nothing.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.kernel.messages import Case
    from workflows.desk import Desk
    from workflows.ports.accreditation import ACCREDITATION, AccreditationSteps


@workflow.defn(name=ACCREDITATION)
class AeoAccreditation:
    """Waits for persons and for days."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        self._desk = Desk(case)

    @workflow.run
    async def run(self, case: Case) -> str:
        """The final state of the case."""
        return await self._desk.attend(AccreditationSteps.attend_accreditation)

    @workflow.signal
    def look(self) -> None:
        """Something has changed on record: a person's act that moved the case or its clock."""
        self._desk.look()
