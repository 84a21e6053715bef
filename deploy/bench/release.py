"""From a resident's request to release through the whole window, beside cases that do nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

import asyncpg

from deploy.bench.empties import EmptyCases
from deploy.bench.figures import Figures
from deploy.bench.ground import Ground
from deploy.bench.load import Lines
from deploy.bench.processes import window
from deploy.bench.trade import refused
from deploy.operate.data_directory import LocalError
from services.kernel.identifiers import new_uuid

_IN_FLIGHT: Final = 32
_CONNECTIONS: Final = 8
_WARM_UP: Final = 200
_LOTS: Final = 240
_EMPTY_CASES: Final = 400
_LOOK_EVERY_S: Final = 0.04
_WITHIN_S: Final = 120.0

Act: TypeAlias = Callable[[], Coroutine[Any, Any, None]]

_RELEASED: Final = "SELECT count(released_at) FROM lots WHERE lot_id > $1"


def single_vs_empty_workflow(ground: Ground, figures: Figures, rounds: int) -> None:
    """Green declarations of one ticket per second, by residents' phones, request to released.

    The window runs as ``up`` runs it: one process with HTTP, relay and workers. The floor is the
    same engine starting and ending cases that do nothing, with the same worker settings, started
    eagerly, as many in flight.
    """
    with window(ground.stack) as process:
        asyncio.run(_single_vs_empty(ground, figures, process.port, rounds))


async def _single_vs_empty(ground: Ground, figures: Figures, port: int, rounds: int) -> None:
    sql = await asyncpg.connect(ground.endpoints.database_url)
    async with EmptyCases.at(ground.endpoints) as cases:
        await _released_per_second(ground, sql, port, _WARM_UP)
        await _empty_per_second(cases, _WARM_UP)
        for _ in range(rounds):
            empty = await _empty_per_second(cases, _EMPTY_CASES)
            released = await _released_per_second(ground, sql, port, _LOTS)
            figures.ratio("single_vs_empty_workflow", released / empty)
            figures.absolute("empty_cases_per_s", empty)
            figures.absolute("released_lots_per_s", released)
    await sql.close()


async def _released_per_second(
    ground: Ground, sql: asyncpg.Connection, port: int, number: int
) -> float:
    """Keep a fixed number of lots on their way until all are released."""
    requests = ground.one_ticket_lots(number, by_phone=True)
    first = new_uuid()

    async def submit(lines: Lines, request: bytes) -> None:
        status, body = await lines.exchange(request)
        if status != 201:
            raise refused(status, body)

    async def released() -> int:
        return int(await sql.fetchval(_RELEASED, first))

    async with Lines.open(port, connections=_CONNECTIONS) as lines:
        acts = [partial(submit, lines, request) for request in requests]
        return await _done_per_second(acts, released)


async def _empty_per_second(cases: EmptyCases, number: int) -> float:
    closed = 0

    async def start() -> None:
        nonlocal closed
        await cases.one()
        closed += 1

    async def ended() -> int:
        return closed

    return await _done_per_second([start] * number, ended)


async def _done_per_second(acts: Sequence[Act], done: Callable[[], Awaitable[int]]) -> float:
    """Start acts so that never more than so many are on their way; how many a second get done."""
    todo = iter(acts)
    begun = finished = 0
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        while finished < len(acts):
            while begun < len(acts) and begun - finished < _IN_FLIGHT:
                group.create_task(next(todo)())
                begun += 1
            await asyncio.sleep(_LOOK_EVERY_S)
            finished = await done()
            if time.perf_counter() - started > _WITHIN_S:
                raise LocalError(f"Only {finished} of {len(acts)} cases of the bench got done.")
    return len(acts) / (time.perf_counter() - started)
