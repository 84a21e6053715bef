"""No test waits for ever: one that hangs fails, and its traceback says what it waited for.

``timeout`` in pyproject.toml (pytest-timeout) bounds whatever hangs, fixtures and threads too, but
can only show that an event loop was waiting. So the coroutine of a test has a shorter limit of its
own, by cancellation, whose traceback names the line.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import pytest

T = TypeVar("T")
_LIMIT_S: Final = 600.0
"""Several times what the slowest test takes on a slow machine."""
LOOKS: Final = 1200
"""As often it is looked, a twentieth of a second apart, for what comes by itself."""


async def sooner_or_later(seen: Callable[[], Awaitable[T | None]]) -> T:
    """What is seen as soon as there is something (neither None nor False) to see."""
    for _ in range(LOOKS):
        if found := await seen():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{seen}: not seen within a minute")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            item.obj = _bounded(item.obj)


def _bounded(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def within_limit(*args: Any, **kwargs: Any) -> None:
        async with asyncio.timeout(_LIMIT_S):
            await test(*args, **kwargs)

    return within_limit
