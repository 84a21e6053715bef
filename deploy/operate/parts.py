"""The parts of a process: side by side while it runs, and the one way to stop them.

A part is a coroutine that runs until it is cancelled; then it finishes what is under way, gives
back what it holds, and ends. One that ends before ends the whole process, which else would answer
that it lives and is ready: whoever keeps the process starts it anew.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import wraps
from typing import Final, ParamSpec

import structlog

from deploy.operate.loop import on_uvloop
from services.platform import telemetry
from services.platform.settings import SettingsError

P = ParamSpec("P")
Part = Callable[[], Awaitable[None]]

DRAIN_S: Final = 12.0
"""What a part may take to finish; its own patience (ten seconds for requests, steps and posts) ends
before. Whoever stops a process waits longer: it ends by itself."""
FAULT: Final = 70
"""The status of a process that a fault of ours has ended (EX_SOFTWARE)."""

log = structlog.get_logger()


class PartEnded(Exception):
    """A part of the process ended that should have lasted; what was wrong is in the log."""


async def until_cancelled() -> None:
    """Rest, while others work, until somebody says that it is enough."""
    await asyncio.Event().wait()


@asynccontextmanager
async def meanwhile(parts: Mapping[str, Part]) -> AsyncIterator[None]:
    """Inside, the parts run side by side. At the end each finishes what is under way.

    A part that ends by itself ends the inside and all other parts; raises an ExceptionGroup of
    SettingsError, where a person can mend it, or PartEnded.
    """
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(_lasting(n, part), name=n) for n, part in parts.items()]
        try:
            yield
        finally:
            for task in running:
                # Whom another's end has told already is finishing, and not to be disturbed.
                if not task.cancelling():
                    task.cancel()
            await _drained(running)


async def _lasting(name: str, part: Part) -> None:
    try:
        await part()
    except Exception as error:
        if (me := asyncio.current_task()) is not None and me.cancelling():
            log.error("not_finished", part=name, error=type(error).__name__)
            return
        if isinstance(error, SettingsError):
            raise
        log.error(
            "a_part_ended", part=name, error=type(error).__name__, where=telemetry.where(error)
        )
        raise PartEnded(name) from error
    log.error("a_part_ended", part=name, error=None)
    raise PartEnded(name)


async def _drained(running: list[asyncio.Task[None]]) -> None:
    if not running:
        return
    _, late = await asyncio.wait(running, timeout=DRAIN_S)
    for task in late:
        # Its steps are safe to run again, and nobody who asked for a stop should wait for ever.
        log.error("not_finished", part=task.get_name(), error="TimeoutError")
        task.cancel()


def process(command: Callable[P, Coroutine[None, None, None]]) -> Callable[P, int]:
    """A command that runs until SIGTERM or SIGINT, then finishes what is under way; its status.

    Told a second time, it lets go at once. Raises SettingsError for what a person can mend.
    """

    @wraps(command)
    async def run(*args: P.args, **kwargs: P.kwargs) -> int:
        work = asyncio.create_task(_status(command(*args, **kwargs)), name="process")
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, work.cancel)
        return await work

    return on_uvloop(run)


async def _status(command: Coroutine[None, None, None]) -> int:
    try:
        await command
    except asyncio.CancelledError:
        log.info("stopped")
        return 0
    except Exception as error:
        found = _each(error)
    else:
        return 0
    for one in found:
        if isinstance(one, SettingsError):
            raise one
    for one in found:
        if not isinstance(one, PartEnded):
            log.error("bug", error=type(one).__name__, where=telemetry.where(one))
    return FAULT


def _each(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [one for part in error.exceptions for one in _each(part)]
    return [error]
