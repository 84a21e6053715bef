"""The case of one accreditation (AEO认证), from application through every re-examination.

Persons accept, assess, report, decide and sign; the window draws the examiners, watches the
decision clock (90 days, extended once by 30) and the five years to the next re-examination. A
clock that runs out is said aloud and decides nothing.
"""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from services.kernel.clock import BEIJING
    from services.kernel.messages import Decision, Outcome
    from workflows import runs, steps
    from workflows.ports.inspection import (
        ACCREDITATION,
        AccreditationCase,
        AccreditationState,
        AccreditationStep,
        AccreditationSteps,
    )
    from workflows.search_attributes import STATE

_ENDED: Final = ("DECLINED", "WITHDRAWN", "FAILED", "DOWNGRADED")
_TO_BE_DRAWN: Final = ("SELF_ASSESSED", "UNDER_REVIEW")
_CLOCK_RUNS: Final = ("ACCEPTED", "SELF_ASSESSED", "ON_SITE", "REPORTED")
_CERTIFIED: Final = ("CERTIFIED", "SUSPENDED")
_DRAW_AGAIN: Final = timedelta(hours=1)
_AT_ONCE: Final = timedelta(milliseconds=1)


@workflow.defn(name=ACCREDITATION)
class AeoAccreditation:
    """Waits for persons and for days; what may be done is decided under the case's lock."""

    @workflow.init
    def __init__(self, case: AccreditationCase) -> None:
        self._aeo_id = case.aeo_id
        self._state: AccreditationState | None = None
        self._attempt = 0
        self._news = False
        self._lock = asyncio.Lock()

    @workflow.run
    async def run(self, case: AccreditationCase) -> str:
        """The final state of the case."""
        while True:
            async with self._lock:
                state = await self._window_step()
            if state.state in _ENDED:
                await workflow.wait_condition(workflow.all_handlers_finished)
                return state.state
            await self._wait(state)
            if runs.is_full():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(case.model_copy(update={"cycle": state.cycle}))

    async def _window_step(self) -> AccreditationState:
        """What the window itself does now: say that a day has come, draw examiners, or look."""
        self._news = False
        state = self._state or await self._step(AccreditationSteps.accreditation_state)
        if self._clock_end(state) is not None and self._is_past(self._clock_end(state)):
            state = await self._step(AccreditationSteps.clock_ran_out)
        if self._review(state) is not None and self._is_past(self._review(state)):
            state = await self._step(AccreditationSteps.review_fell_due)
        if state.state in _TO_BE_DRAWN:
            self._attempt += 1
            state = await self._step(AccreditationSteps.draw_examiners)
        return state

    async def _wait(self, state: AccreditationState) -> None:
        """Until a person acts, a clock runs out, or another draw is worth trying."""
        moments = [m for m in (self._clock_end(state), self._review(state)) if m is not None]
        if state.state in _TO_BE_DRAWN:
            moments.append(workflow.now() + _DRAW_AGAIN)
        timeout = max(min(moments) - workflow.now(), _AT_ONCE) if moments else None
        try:
            await workflow.wait_condition(lambda: self._news or runs.is_full(), timeout=timeout)
        except TimeoutError:
            return

    def _clock_end(self, state: AccreditationState) -> datetime | None:
        """The end of the last day for the decision, while that clock runs."""
        running = state.state in _CLOCK_RUNS and state.cycle == 1 and not state.overdue
        if not running or state.due_on is None:
            return None
        return _start_of(state.due_on + timedelta(days=1))

    def _review(self, state: AccreditationState) -> datetime | None:
        """The day of the next re-examination, while there is a certificate."""
        if state.state not in _CERTIFIED or state.review_due_on is None:
            return None
        return _start_of(state.review_due_on)

    def _is_past(self, moment: datetime | None) -> bool:
        return moment is not None and workflow.now() >= moment

    async def _step(self, step: Any) -> AccreditationState:
        message = AccreditationStep(
            aeo_id=self._aeo_id,
            cycle=self._state.cycle if self._state else 1,
            at=workflow.now(),
            attempt=self._attempt,
        )
        state: AccreditationState = await steps.take(step, message)
        if self._state is None or self._state.state != state.state:
            workflow.upsert_search_attributes([STATE.value_set(state.state)])
        self._state = state
        return state

    @workflow.update
    async def decide(self, decision: Decision) -> Outcome:
        """A person's act on the case; ``decision.body['act']`` says which."""
        await workflow.wait_condition(lambda: self._state is not None)
        async with self._lock:
            outcome: Outcome = await steps.take(AccreditationSteps.decide_accreditation, decision)
            if outcome.state is not None:
                await self._step(AccreditationSteps.accreditation_state)
                self._news = True
        return outcome

    @decide.validator
    def _may_decide(self, decision: Decision) -> None:
        if self._state is not None and self._state.state in _ENDED:
            raise ApplicationError(
                f"The accreditation is {self._state.state}; read it again.",
                type="STATE_CONFLICT",
                non_retryable=True,
            )


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=BEIJING)
