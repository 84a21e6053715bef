"""How fast the window takes declarations in, beside its own statement sent by the bare driver."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

import asyncpg

from deploy.bench.acceptance import acceptances, statements_per_second
from deploy.bench.figures import Figures
from deploy.bench.ground import Ground
from deploy.bench.load import Result, as_fast_as_possible, at_rate
from deploy.bench.processes import cores, intake
from deploy.operate.data_directory import LocalError

_CONNECTIONS_LEAST: Final = 8
_CONNECTIONS_EACH: Final = 2
"""One request that a replica works at, and one that waits for it: none is idle between two."""
_CONNECTIONS_TRIED: Final = (4, 8, 16, 32)
_WARM_UP: Final = 400
_SUBMITS: Final = 2000
_STATEMENTS: Final = 5000
_SHARE_OF_LOAD: Final = 0.6
_STEADY_SECONDS: Final = 10.0


def submit_vs_floor(ground: Ground, figures: Figures, rounds: int) -> None:
    """Submits through the declaration service's process, without relay and workers.

    The receipt stands without Temporal, so its way does not lead there. Clerks submit lots of one
    ticket, every one for another resident. The floor is the very statement that accepts a lot,
    with the connections that served it best, so it has the whole machine; the service has it by as
    many replicas as there are cores.
    """
    with ExitStack() as replicas:
        ports = [replicas.enter_context(intake(ground.stack)) for _ in range(cores())]
        asyncio.run(_submit_vs_floor(ground, figures, ports, rounds))


async def _submit_vs_floor(
    ground: Ground, figures: Figures, ports: Sequence[int], rounds: int
) -> None:
    figures.absolute("submit_replicas", len(ports))
    await submits(ground, ports, _WARM_UP)
    connections = await _best_connections(ground)
    figures.absolute("floor_connections", connections)
    async with _pool(ground, connections) as pool:
        for _ in range(rounds):
            rows = acceptances(ground.residents, _STATEMENTS)
            floor = await statements_per_second(pool, rows)
            load = await submits(ground, ports, _SUBMITS)
            figures.ratio("submit_vs_floor", load.per_second / floor)
            figures.absolute("floor_per_s", floor)
            figures.absolute("submit_per_s", load.per_second)
            await _steady(ground, figures, ports, load.per_second * _SHARE_OF_LOAD)


async def _steady(
    ground: Ground, figures: Figures, ports: Sequence[int], per_second: float
) -> None:
    """Constant arrivals at a share of what was reached: how even the answers are."""
    requests = ground.one_ticket_lots(int(per_second * _STEADY_SECONDS))
    # A collection of this process's own garbage would be told as the window's latency.
    gc.collect()
    gc.disable()
    result = await at_rate(ports, requests, per_second=per_second, connections=64)
    gc.enable()
    _all_accepted(result)
    middle, late = result.quantile(0.5), result.quantile(0.99)
    figures.ratio("submit_p99_vs_median", late / middle)
    figures.absolute("submit_median_ms", middle * 1000)
    figures.absolute("submit_p99_ms", late * 1000)


async def submits(
    ground: Ground, ports: Sequence[int], number: int, *, connections: int | None = None
) -> Result:
    """That many lots of one ticket, as fast as they are answered, none of them refused.

    By default over as many connections as keep every replica at work.
    """
    requests = ground.one_ticket_lots(number)
    at_once = connections or max(_CONNECTIONS_LEAST, _CONNECTIONS_EACH * len(ports))
    result = await as_fast_as_possible(ports, requests, connections=at_once)
    return _all_accepted(result)


async def _best_connections(ground: Ground) -> int:
    reached = {}
    for connections in _CONNECTIONS_TRIED:
        async with _pool(ground, connections) as pool:
            rows = acceptances(ground.residents, _STATEMENTS // 2)
            reached[connections] = await statements_per_second(pool, rows)
    return max(reached, key=lambda connections: reached[connections])


def _pool(ground: Ground, connections: int) -> asyncpg.Pool:
    url = ground.endpoints.database_url
    return asyncpg.create_pool(url, min_size=connections, max_size=connections)


def _all_accepted(result: Result) -> Result:
    if set(result.statuses) != {201}:
        raise LocalError(f"The window refused lots of the bench: {dict(result.statuses)}")
    return result
