"""What the engine carries on of a case as soon as somebody is at work there."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from tests.support.asleep import Asleep
from tests.support.patience import sooner_or_later
from workflows.search_attributes import STATE

Follows = Callable[[Asleep], Awaitable[object]]
_OF_A_START: Final = 3
"""Events of a run at which no worker has looked yet."""


def carried_to(case: str, state: str) -> Follows:
    """The case is shown in the state by the engine's console, or has run to its end in it."""

    async def until(asleep: Asleep) -> object:
        run = (await asleep.engine()).get_workflow_handle(case, result_type=str)

        async def there() -> bool:
            with contextlib.suppress(RPCError):
                found = await run.describe()
                if found.status == WorkflowExecutionStatus.COMPLETED:
                    return bool(await run.result() == state)
                shown = found.typed_search_attributes.get(STATE)
                return bool(found.history_length > _OF_A_START and shown == state)
            return False

        return await sooner_or_later(there)

    return until


async def waiting(asleep: Asleep, case: str, state: str) -> None:
    """The case has come to wait in a state, and then everybody has left."""
    async with asleep.awake():
        await carried_to(case, state)(asleep)


def noted(case: str, event: str) -> Follows:
    """The window has said something of the case that nobody asked for."""

    async def until(asleep: Asleep) -> object:
        async def said() -> bool:
            return event in await asleep.harbour.events(case)

        return await sooner_or_later(said)

    return until
