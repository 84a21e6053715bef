"""The case of one lot (边民互市申报), from submission to closing.

Identity of every member -> screening -> green: release; otherwise the inspection case as a child
-> gate-out -> sale in the second market -> settlement, each instruction a child -> closed.
What is true is in the database; this process decides only what happens next and who is waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from services.kernel.messages import Decision, Outcome
    from workflows import steps
    from workflows.ports import inspection, settlement
    from workflows.ports.declaration import (
        RESIDENT_DECLARATION,
        DeclarationSteps,
        EndUnreleased,
        EscalateLot,
        GatePassedSignal,
        IdentityConfirmedSignal,
        LotCase,
        LotSoldSignal,
        LotStanding,
        LotStep,
        RecordSale,
        ReleaseClockRanOutSignal,
        ReleaseLot,
        SendToInspection,
        SettlementRequestedSignal,
    )
    from workflows.search_attributes import LANE, STATE
    from workflows.summaries import SUMMARIES

_OPEN = ("SUBMITTED", "IDENTITY_OK", "IN_INSPECTION")
# A step whose answer was lost with its worker answers with where the lot stands by then, perhaps
# further than the step brought it itself: states are asked for by group, never one alone.
_RELEASED = ("RELEASED", "GATE_OUT", "SOLD", "SETTLED", "CLOSED")
_SOLD = ("SOLD", "SETTLED", "CLOSED")


@workflow.defn(name=RESIDENT_DECLARATION)
class ResidentDeclaration:
    """One workflow carries the lot; its tickets are handled as sets by the steps."""

    @workflow.init
    def __init__(self, case: LotCase) -> None:
        self._lot = LotStep(lot_id=case.lot_id)
        self._identity_ok = case.identity_confirmed
        self._release_due_at = case.release_due_at
        self._clock: asyncio.Task[None] | None = None
        self._state = "IDENTITY_OK" if case.identity_confirmed else "SUBMITTED"
        self._own_use = False
        self._gate_passed = False
        self._purchase_id: str | None = None
        self._instructions: list[str] = []
        self._settling: set[str] = set()
        self._news = False
        self._inspection: workflow.ChildWorkflowHandle[Any, inspection.InspectionOutcome] | None = (
            None
        )

    @workflow.run
    async def run(self, case: LotCase) -> str:
        """The lot's final state."""
        await workflow.wait_condition(lambda: self._identity_ok or self._state not in _OPEN)
        if self._state in _OPEN:
            await self._screen_and_decide()
        if self._state in _RELEASED:
            await self._follow_the_goods()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._state

    async def _screen_and_decide(self) -> None:
        """Green is released without a person; anything else waits for its inspection.

        The clock is watched from here on, so that a lot whose screening hangs is told too. A green
        lot's is stopped before the server learns of it, so it costs nothing.
        """
        self._start_clock(self._release_due_at)
        try:
            await self._screen_then_release_or_inspect()
        finally:
            self._stop_clock()

    async def _screen_then_release_or_inspect(self) -> None:
        screened = await steps.take(
            inspection.LotScreening.screen_lot,
            inspection.ScreenLot(lot_id=self._lot.lot_id),
            told=False,
        )
        if self._state not in _OPEN:
            return
        if screened.lane == inspection.Lane.GREEN:
            await self._release(screened.lane, order_id=None)
        else:
            await self._inspect(screened)

    async def _release(self, lane: str, *, order_id: str | None) -> None:
        standing = await steps.take(
            DeclarationSteps.release_lot,
            ReleaseLot(lot_id=self._lot.lot_id, lane=lane, order_id=order_id),
            told=order_id is not None,
        )
        self._stand(standing)
        workflow.upsert_search_attributes([LANE.value_set(lane), STATE.value_set(standing.state)])

    async def _inspect(self, screened: inspection.ScreeningResult) -> None:
        """Hold the lot for two officers' decision; the clock escalates, it never releases."""
        order_id = screened.order_id
        if order_id is None:
            raise ApplicationError("a lane other than green names its order", non_retryable=True)
        standing = await steps.take(
            DeclarationSteps.send_to_inspection,
            SendToInspection(lot_id=self._lot.lot_id, lane=screened.lane, order_id=order_id),
        )
        self._stand(standing)
        if standing.state != "IN_INSPECTION":
            return
        workflow.upsert_search_attributes(
            [LANE.value_set(screened.lane), STATE.value_set(standing.state)]
        )
        # The inspection watches the clock while it is the one that is waited for. Cases begun
        # before it did watch it here.
        by_inspection = workflow.patched("clock-in-inspection")
        due_at = standing.release_due_at
        self._stop_clock()
        self._inspection = await workflow.start_child_workflow(
            inspection.INSPECTION,
            inspection.InspectionCase(
                order_id=order_id,
                lot_id=self._lot.lot_id,
                release_due_at=due_at if by_inspection else None,
            ),
            id=order_id,
            task_queue=inspection.QUEUE,
            result_type=inspection.InspectionOutcome,
            static_summary=f"{SUMMARIES[inspection.INSPECTION]} of {self._lot.lot_id}",
        )
        if self._state == "CANCELLED":
            await self._withdraw_inspection(self._inspection)
        if not by_inspection:
            self._start_clock(due_at)
        outcome = await self._inspection
        self._stop_clock()
        await self._act_on(outcome, screened.lane)

    async def _act_on(self, outcome: inspection.InspectionOutcome, lane: str) -> None:
        """Do with the lot what two officers signed."""
        if outcome.lot_move == inspection.LotMove.WITHDRAW:
            return
        if outcome.lot_move == inspection.LotMove.RELEASE:
            await self._release(lane, order_id=outcome.order_id)
            return
        standing = await steps.take(
            DeclarationSteps.end_unreleased,
            EndUnreleased(
                lot_id=self._lot.lot_id,
                order_id=outcome.order_id,
                move=outcome.lot_move,
                disposal=outcome.disposal,
            ),
        )
        self._stand(standing)
        workflow.upsert_search_attributes([STATE.value_set(standing.state)])

    def _start_clock(self, due_at: datetime | None) -> None:
        if due_at is not None:
            self._clock = asyncio.create_task(self._watch_clock(due_at))

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()

    async def _watch_clock(self, due_at: datetime) -> None:
        await workflow.sleep(max(due_at - workflow.now(), timedelta(0)))
        await self._escalate(workflow.now())

    async def _escalate(self, at: datetime) -> None:
        """Tell visibly that the release clock ran out before a decision; release nothing."""
        await steps.take(
            DeclarationSteps.clock_ran_out, EscalateLot(lot_id=self._lot.lot_id, at=at)
        )

    async def _follow_the_goods(self) -> None:
        """After release: gate, sale and payment come in any order; the lot closes with the last."""
        sold = False
        while self._state != "CLOSED":
            await workflow.wait_condition(lambda: self._news)
            self._news = False
            self._start_settlements()
            if self._gate_passed and self._purchase_id is not None and not sold:
                sold = await self._record_sale(self._purchase_id)
            if self._gate_passed and (sold or self._own_use):
                standing = await steps.take(DeclarationSteps.close_if_settled, self._lot)
                self._stand(standing)
        workflow.upsert_search_attributes([STATE.value_set(self._state)])

    async def _record_sale(self, purchase_id: str) -> bool:
        standing: LotStanding = await steps.take(
            DeclarationSteps.record_sale,
            RecordSale(lot_id=self._lot.lot_id, purchase_id=purchase_id),
        )
        self._stand(standing)
        return standing.state in _SOLD

    def _start_settlements(self) -> None:
        for instruction_id in self._instructions:
            if instruction_id not in self._settling:
                self._settling.add(instruction_id)
                asyncio.create_task(self._settle(instruction_id))  # noqa: RUF006 - ends with run

    async def _settle(self, instruction_id: str) -> None:
        """One instruction's own case; what it paid is read from the ledger when closing."""
        try:
            await self._settlement_of(instruction_id)
        except FailureError:
            workflow.logger.exception("settlement case ended badly: %s", instruction_id)
        self._news = True

    async def _settlement_of(self, instruction_id: str) -> None:
        await workflow.execute_child_workflow(
            settlement.RMB_SETTLEMENT,
            settlement.SettlementCase(instruction_id=instruction_id, lot_id=self._lot.lot_id),
            id=instruction_id,
            task_queue=settlement.QUEUE,
            result_type=settlement.SettlementOutcome,
            parent_close_policy=ParentClosePolicy.ABANDON,
            static_summary=f"{SUMMARIES[settlement.RMB_SETTLEMENT]} of {self._lot.lot_id}",
        )

    def _stand(self, standing: LotStanding) -> None:
        self._state = standing.state
        self._own_use = standing.own_use

    @workflow.signal
    def identity_confirmed(self, fact: IdentityConfirmedSignal | None = None) -> None:
        """Every share is confirmed; cases begun earlier were told without the clock's end."""
        self._identity_ok = True
        if fact is not None:
            self._release_due_at = fact.release_due_at
        if self._state == "SUBMITTED":
            self._state = "IDENTITY_OK"

    @workflow.signal
    async def clock_ran_out(self, fact: ReleaseClockRanOutSignal) -> None:
        """The inspection was not decided in the legal time."""
        await self._escalate(fact.at)

    @workflow.signal
    def gate_passed(self, _fact: GatePassedSignal) -> None:
        """The goods are out."""
        self._gate_passed = True
        self._news = True

    @workflow.signal
    def lot_sold(self, fact: LotSoldSignal) -> None:
        """A factory bought the lot."""
        self._purchase_id = fact.purchase_id
        self._news = True

    @workflow.signal
    def settlement_requested(self, fact: SettlementRequestedSignal) -> None:
        """An instruction drew on the lot's released value."""
        if fact.instruction_id not in self._instructions:
            self._instructions.append(fact.instruction_id)
        self._news = True

    @workflow.update
    async def cancel(self, decision: Decision) -> Outcome:
        """Withdraw the lot; whether it was still time is decided under the lot's lock."""
        outcome: Outcome = await steps.take(DeclarationSteps.cancel_lot, decision)
        if outcome.state is not None:
            self._state = outcome.state
            workflow.upsert_search_attributes([STATE.value_set(outcome.state)])
            if self._inspection is not None:
                await self._withdraw_inspection(self._inspection)
        return outcome

    async def _withdraw_inspection(
        self, child: workflow.ChildWorkflowHandle[Any, inspection.InspectionOutcome]
    ) -> None:
        """Tell the inspection that its lot is gone; one that has just ended needs no telling."""
        with contextlib.suppress(FailureError):
            await child.signal("lot_withdrawn", inspection.LotWithdrawn(lot_id=self._lot.lot_id))
