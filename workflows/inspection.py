"""The case of one inspection order (查验): drawn, found, countersigned, disposed of.

The order is opened by the first step of its own workflow, so it is seen only once it can be
decided. Whoever must act is a person; the window only draws, and draws again while an order is
short of officers. It never releases anything by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError

with workflow.unsafe.imports_passed_through():
    from services.kernel.messages import Decision, Outcome
    from workflows import runs, steps
    from workflows.ports.declaration import ReleaseClockRanOutSignal
    from workflows.ports.inspection import (
        INSPECTION,
        DrawOrder,
        InspectionCase,
        InspectionOutcome,
        InspectionSteps,
        LotWithdrawn,
        OrderState,
    )
    from workflows.search_attributes import CASE_TYPE, LANE, PORT, STATE

_UNSTAFFED: Final = "UNSTAFFED"
_DRAW_AGAIN_FIRST: Final = timedelta(seconds=30)
_DRAW_AGAIN_MAX: Final = timedelta(minutes=10)


@workflow.defn(name=INSPECTION)
class Inspection:
    """Waits for two officers; what they may do is decided under the order's lock."""

    @workflow.init
    def __init__(self, case: InspectionCase) -> None:
        self._case = case
        self._attempt = case.attempt
        self._release_due_at = case.release_due_at
        self._order: OrderState | None = None
        self._withdrawn = False
        self._news = False
        self._lock = asyncio.Lock()

    @workflow.run
    async def run(self, case: InspectionCase) -> InspectionOutcome:
        """The disposal that two officers signed."""
        clock = None
        if case.release_due_at is not None:
            clock = asyncio.create_task(self._watch_clock(case.release_due_at))
        try:
            return await self._until_disposed(case)
        finally:
            if clock is not None:
                clock.cancel()

    async def _until_disposed(self, case: InspectionCase) -> InspectionOutcome:
        while True:
            async with self._lock:
                order = await self._window_step()
            if order.outcome is not None:
                await workflow.wait_condition(workflow.all_handlers_finished)
                return order.outcome
            await self._wait(order)
            if runs.is_full():
                await workflow.wait_condition(workflow.all_handlers_finished)
                if not self._withdrawn:
                    now = {"attempt": self._attempt, "release_due_at": self._release_due_at}
                    workflow.continue_as_new(case.model_copy(update=now))

    async def _watch_clock(self, due_at: datetime) -> None:
        """Tell the lot when its legal time is over; officers decide before and after alike."""
        await workflow.sleep(max(due_at - workflow.now(), timedelta(0)))
        lot = workflow.get_external_workflow_handle(self._case.lot_id)
        fact = ReleaseClockRanOutSignal(lot_id=self._case.lot_id, at=workflow.now())
        # A lot that has just ended needs no telling.
        with contextlib.suppress(FailureError):
            await lot.signal("clock_ran_out", fact)
        self._release_due_at = None

    async def _window_step(self) -> OrderState:
        """What the window itself does now: withdraw, draw, or nothing."""
        self._news = False
        if self._withdrawn:
            return await self._step(InspectionSteps.withdraw_order, self._case)
        if self._order is None or self._order.state == _UNSTAFFED:
            self._attempt += 1
            draw = DrawOrder(
                order_id=self._case.order_id, lot_id=self._case.lot_id, attempt=self._attempt
            )
            return await self._step(InspectionSteps.draw_order, draw)
        return self._order

    async def _wait(self, order: OrderState) -> None:
        """Until a person acts; an unstaffed order is drawn again, later each time."""
        timeout = None
        if order.state == _UNSTAFFED:
            timeout = min(_DRAW_AGAIN_FIRST * self._attempt, _DRAW_AGAIN_MAX)
        try:
            await workflow.wait_condition(lambda: self._news or runs.is_full(), timeout=timeout)
        except TimeoutError:
            return

    async def _step(self, step: Any, message: Any) -> OrderState:
        order: OrderState = await steps.take(step, message)
        if self._order is None:
            workflow.upsert_search_attributes(
                [
                    CASE_TYPE.value_set("inspection"),
                    PORT.value_set(order.port),
                    LANE.value_set(order.lane),
                    STATE.value_set(order.state),
                ]
            )
        elif self._order.state != order.state:
            workflow.upsert_search_attributes([STATE.value_set(order.state)])
        self._order = order
        return order

    async def _decided(self, step: Any, decision: Decision) -> Outcome:
        """Carry out a person's decision, one at a time, and look where the order stands then."""
        await workflow.wait_condition(lambda: self._order is not None)
        async with self._lock:
            outcome: Outcome = await steps.take(step, decision)
            if outcome.state is not None:
                await self._step(InspectionSteps.order_standing, self._case)
                self._news = True
        return outcome

    def _require_open(self) -> None:
        if self._order is not None and self._order.outcome is not None:
            raise ApplicationError(
                f"The inspection order is {self._order.state}; read it again.",
                type="STATE_CONFLICT",
                non_retryable=True,
            )

    @workflow.update
    async def record_findings(self, decision: Decision) -> Outcome:
        """A drawn officer's findings."""
        return await self._decided(InspectionSteps.record_findings, decision)

    @record_findings.validator
    def _may_record_findings(self, decision: Decision) -> None:
        self._require_open()

    @workflow.update
    async def countersign_findings(self, decision: Decision) -> Outcome:
        """The other drawn officer's signature."""
        return await self._decided(InspectionSteps.countersign_findings, decision)

    @countersign_findings.validator
    def _may_countersign_findings(self, decision: Decision) -> None:
        self._require_open()

    @workflow.update
    async def redraw_order(self, decision: Decision) -> Outcome:
        """Other officers, because a drawn one may no longer decide."""
        return await self._decided(InspectionSteps.redraw_order, decision)

    @redraw_order.validator
    def _may_redraw_order(self, decision: Decision) -> None:
        self._require_open()

    @workflow.signal
    def lot_withdrawn(self, _fact: LotWithdrawn) -> None:
        """The lot was cancelled."""
        self._withdrawn = True
        self._news = True
