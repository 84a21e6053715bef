"""The case of one e-book period of a factory (落地加工, 电子账册).

Opened by the factory -> purchases, receipts and outputs come in as facts in the database -> the
factory counts what is left and closes -> within tolerance: closed; over it: an officer's word on
every alert closes the period, or gives it back to be corrected.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.kernel.messages import Decision, Outcome
    from workflows import runs, steps
    from workflows.ports.processing import (
        LANDING_PROCESSING,
        BookCase,
        BookStep,
        ProcessingSteps,
    )
    from workflows.search_attributes import STATE


@workflow.defn(name=LANDING_PROCESSING)
class LandingProcessing:
    """Waits for people only: what came in and went out is read from the rows at closing."""

    @workflow.init
    def __init__(self, case: BookCase) -> None:
        self._book = BookStep(book_id=case.book_id)
        self._state = "OPEN"
        self._deciding = asyncio.Lock()

    @workflow.run
    async def run(self, case: BookCase) -> str:
        """The book's final state."""
        clock = asyncio.create_task(self._watch_period(case.ends_at))
        await workflow.wait_condition(lambda: self._state == "CLOSED" or runs.is_full())
        clock.cancel()
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self._state != "CLOSED":
            workflow.continue_as_new(case)
        return self._state

    async def _watch_period(self, ends_at: datetime) -> None:
        """Escalate visibly when the period ends before the book is closed."""
        await workflow.sleep(max(ends_at - workflow.now(), timedelta(0)))
        await steps.take(ProcessingSteps.period_ran_out, self._book)

    @workflow.update
    async def close_book(self, decision: Decision) -> Outcome:
        """The factory counts what is left and asks for the period to be closed."""
        async with self._deciding:
            outcome: Outcome = await steps.take(ProcessingSteps.close_book, decision)
            self._stand(outcome)
        return outcome

    @workflow.update
    async def close_alert(self, decision: Decision) -> Outcome:
        """An officer closes one alert with a reason."""
        async with self._deciding:
            outcome: Outcome = await steps.take(ProcessingSteps.close_alert, decision)
            self._stand(outcome)
        return outcome

    def _stand(self, outcome: Outcome) -> None:
        if outcome.state is not None:
            self._state = outcome.state
            workflow.upsert_search_attributes([STATE.value_set(outcome.state)])
