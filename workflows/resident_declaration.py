"""The case of one lot (边民互市申报), from submission to closing.

SUBMITTED: every share is waited for -> IDENTITY_OK: screened -> green: released; otherwise kept
back until two officers' verdict on its order -> RELEASED: gate, sale and payment in any order ->
CLOSED. The release clock escalates, it never releases. What is true is on record; this process
only looks, and takes the steps that nobody asked for.
"""

from __future__ import annotations

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.kernel.messages import Case
    from workflows.desk import Desk
    from workflows.policies import TRIED_AGAIN_AFTER
    from workflows.ports.declaration import RESIDENT_DECLARATION, DeclarationSteps
    from workflows.ports.risk import LotScreening
    from workflows.search_attributes import LANE


_SHOWN = ("RELEASED",)
"""What the engine's console tells of a lot on its way; each telling is an event of history. A lot
in inspection is seen there by its order, a case of its own."""


@workflow.defn(name=RESIDENT_DECLARATION)
class ResidentDeclaration:
    """One workflow carries the lot; its tickets are handled as sets by the steps."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        self._desk = Desk(case)

    @workflow.run
    async def run(self, case: Case) -> str:
        """The lot's final state."""
        # A lot that waits for its members is not screened yet. Where nothing says so it is tried:
        # one that is not confirmed is left as it is, and so is one that was screened before.
        to_be_screened = self._desk.shown != "SUBMITTED"
        while True:
            screened = not to_be_screened or await self._desk.try_step(LotScreening.screen_lot)
            lot = await self._desk.step(DeclarationSteps.attend_lot)
            if lot.ended:
                return lot.state
            to_be_screened = lot.lane is None
            if to_be_screened and lot.state == "IDENTITY_OK" and screened:
                # Confirmed since it was tried.
                continue
            if lot.lane is not None and lot.state in _SHOWN:
                self._desk.show(lot.state, LANE.value_set(lot.lane))
            await self._desk.wait(lot.look_at if screened else _sooner(lot.look_at))

    @workflow.signal
    def look(self) -> None:
        """Something has changed on record: a share, a verdict, the gate, a sale, a payment."""
        self._desk.look()


def _sooner(look_at: datetime | None) -> datetime:
    """A lot that could not be screened is tried again soon, and its clock is not missed."""
    again = workflow.now() + TRIED_AGAIN_AFTER
    return again if look_at is None else min(look_at, again)
