"""A service's step, taken by a workflow: one short transaction, run as a local activity."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, TypeVar

from temporalio import workflow

from workflows.policies import SQL_STEP

M = TypeVar("M")
T = TypeVar("T")


async def take(
    step: Callable[[Any, M], Coroutine[Any, Any, T]], message: M, *, told: bool = True
) -> T:
    """Take the step until the database answers; its result, a business refusal among them.

    In the engine's own console the step is told by what its port promises. The two steps of a
    green lot, taken by the ten thousand, go by their names only: the words would cost an eighth
    of the lot.
    """
    done: T = await workflow.execute_local_activity_method(
        step, message, summary=_promise(step) if told else None, **SQL_STEP
    )
    return done


@cache
def _promise(step: Callable[..., Any]) -> str:
    """The first line of what a port says of its step."""
    return (step.__doc__ or step.__name__).strip().partition("\n")[0]
