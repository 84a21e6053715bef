"""The desk of a case: it looks at the record, waits, and looks again until the case has ended.

A case carries nobody's word. Told that something has changed, or when the moment has come that it
asked to be woken at, it takes its one step, which reads where the case stands, does what nobody
asked for and says when to look again. Many tells are one look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError

from services.kernel.messages import Case, Standing
from workflows.policies import SQL_STEP, TRIED_STEP
from workflows.search_attributes import STATE

T = TypeVar("T")
S = TypeVar("S", bound=Standing)
_AT_ONCE = timedelta(milliseconds=1)


class Desk:
    """Where one case is attended to."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._told = False
        self._alarm_at: datetime | None = None
        self._alarm: asyncio.Task[None] | None = None
        self._shown = workflow.info().typed_search_attributes.get(STATE)
        """Where the engine's console shows the case: as it was opened, to begin with."""

    def look(self) -> None:
        """Something has changed on record."""
        self._told = True

    async def step(self, step: Callable[[Any, Case], Coroutine[Any, Any, T]]) -> T:
        """Take a step of this case until the database answers: one short transaction."""
        return await self._take(step, SQL_STEP)

    async def try_step(self, step: Callable[[Any, Case], Coroutine[Any, Any, None]]) -> bool:
        """Take a step that nothing else waits for; False when it would not be done for a while."""
        try:
            await self._take(step, TRIED_STEP)
        except ActivityError:
            return False
        return True

    async def _take(
        self, step: Callable[[Any, Case], Coroutine[Any, Any, T]], policy: dict[str, Any]
    ) -> T:
        now = Case(case_id=self._case.case_id, at=workflow.now())
        done: T = await workflow.execute_local_activity_method(step, now, **policy)
        return done

    async def attend(self, step: Callable[[Any, Case], Coroutine[Any, Any, S]]) -> str:
        """Take the step at every look until the record says that the case has ended; its state."""
        while True:
            standing = await self.step(step)
            if standing.ended:
                return standing.state
            self.show(standing.state)
            await self.wait(standing.look_at)

    @property
    def shown(self) -> str | None:
        """The state that the engine's console shows; None of a case started anew."""
        return self._shown

    def show(self, state: str, *more: Any) -> None:
        """Say in the engine's console where the case stands, when that has changed."""
        if state != self._shown:
            self._shown = state
            workflow.upsert_search_attributes([STATE.value_set(state), *more])

    async def wait(self, until: datetime | None) -> None:
        """Until the case is told, or the moment has come; a full run goes on in a new one.

        The engine takes so many events for one run; the next begins with a look at the record. An
        alarm is left to ring when its moment has lost its meaning: to take it back would cost an
        event, and a case that it wakes for nothing looks and waits again.
        """
        if until is not None and until != self._alarm_at:
            self._alarm_at = until
            self._alarm = asyncio.create_task(self._ring_at(until))
        await workflow.wait_condition(lambda: self._told or _is_full())
        if _is_full():
            workflow.continue_as_new(Case(case_id=self._case.case_id))
        self._told = False

    async def _ring_at(self, moment: datetime) -> None:
        await workflow.sleep(max(moment - workflow.now(), _AT_ONCE))
        if self._alarm_at == moment:
            self._alarm_at = None
        self._told = True


def _is_full() -> bool:
    return workflow.info().is_continue_as_new_suggested()
