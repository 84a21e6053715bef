"""Whole flows and single payments in processor time, beside cases that do nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeAlias

from deploy.bench.cost import Meter, Spent
from deploy.bench.empties import EmptyCases
from deploy.bench.figures import Figures
from deploy.bench.flow import Trade, trading
from deploy.bench.ground import Ground
from deploy.bench.processes import Process, window

AT_ONCE: Final = 8
_WARM_UP: Final = 96
"""Of each kind: PostgreSQL plans a statement anew the first five times that a connection sends it,
and eight flows at once keep as many connections busy."""
_FLOWS: Final = 16
_PAYMENTS: Final = 24
_EMPTY_CASES: Final = 100

Act: TypeAlias = Callable[[], Awaitable[object]]


def flow_vs_empty(ground: Ground, figures: Figures, rounds: int) -> None:
    """An inspected flow and a green one, each in processor time of an empty case.

    From declaration to closing, eight on their way at any time: lot of ten shares, confirmed by
    mandate, screened (and found and countersigned), out of the gate, offered, bought, paid, closed.
    Counted are the window, the engine with its database, and PostgreSQL; the parties and the bank
    are played by this process and left out. Of an empty case its worker counts as the window does.
    """
    with window(ground.stack) as process:
        asyncio.run(_flow_vs_empty(ground, figures, process, rounds))


async def _flow_vs_empty(ground: Ground, figures: Figures, process: Process, rounds: int) -> None:
    async with _at_work(ground, process) as (trade, cases, meter):
        flows: dict[str, Act] = {"inspected": trade.inspected, "green": trade.green}
        for flow in flows.values():
            await _in_turns([flow] * _WARM_UP)
        for _ in range(rounds):
            empty = await cases.cpu_s_each(meter, _EMPTY_CASES, at_once=AT_ONCE)
            figures.absolute("empty_case_cpu_ms", empty * 1000)
            await trade.banks.quote()
            for kind, flow in flows.items():
                each = await _spent_each(meter, [flow] * _FLOWS)
                figures.ratio(f"flow_vs_empty_{kind}", each.total / empty)
                _by_process(figures, f"{kind}_flow", each)


def settlement_vs_empty(ground: Ground, figures: Figures, rounds: int) -> None:
    """From asking for a price to settled, in processor time of an empty case.

    Each lot was released before, and is paid in full by one instruction; the bank fetches its
    message and reports it settled as soon as it waits.
    """
    with window(ground.stack) as process:
        asyncio.run(_settlement_vs_empty(ground, figures, process, rounds))


async def _settlement_vs_empty(
    ground: Ground, figures: Figures, process: Process, rounds: int
) -> None:
    async with _at_work(ground, process) as (trade, cases, meter):
        await _in_turns(await _payments(trade, _WARM_UP))
        for _ in range(rounds):
            empty = await cases.cpu_s_each(meter, _EMPTY_CASES, at_once=AT_ONCE)
            await trade.banks.quote()
            each = await _spent_each(meter, await _payments(trade, _PAYMENTS))
            figures.ratio("settlement_vs_empty", each.total / empty)
            _by_process(figures, "settlement", each)


async def _payments(trade: Trade, number: int) -> list[Act]:
    """Payments that may be made: a released lot for each."""
    lots: list[Any] = []

    async def release() -> None:
        lots.append(await trade.released())

    await _in_turns([release] * number)
    return [partial(trade.paid, lot) for lot in lots]


@asynccontextmanager
async def _at_work(
    ground: Ground, process: Process
) -> AsyncIterator[tuple[Trade, EmptyCases, Meter]]:
    meter = Meter.of(ground.stack, process)
    async with trading(ground, process.port) as trade, EmptyCases.at(ground.endpoints) as cases:
        yield trade, cases, meter


async def _spent_each(meter: Meter, acts: Sequence[Act]) -> Spent:
    before = await meter.read_at_rest()
    await _in_turns(acts)
    return (await meter.read_at_rest() - before) / len(acts)


async def _in_turns(acts: Sequence[Act]) -> None:
    """All of them, never more than so many at once."""
    todo = iter(acts)

    async def work() -> None:
        for act in todo:
            await act()

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())


def _by_process(figures: Figures, what: str, each: Spent) -> None:
    figures.absolute(f"{what}_cpu_ms", each.total * 1000)
    figures.absolute(f"{what}_window_ms", each.window * 1000)
    figures.absolute(f"{what}_engine_ms", each.engine * 1000)
    figures.absolute(f"{what}_database_ms", each.database * 1000)
