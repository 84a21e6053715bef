"""A full day of the port of Dongxing through the whole chain."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from deploy.bench.cost import Meter, Spent
from deploy.bench.empties import EmptyCases
from deploy.bench.figures import Figures
from deploy.bench.processes import Process, cost_so_far, window
from deploy.demo.day import read_day
from deploy.demo.play import AT_ONCE, Play
from deploy.demo.report import Outcome
from deploy.demo.sample_day import SampleDay
from deploy.local.stack import LocalStack
from deploy.operate.data_directory import DataDirectory, LocalError
from deploy.operate.migrate import migrate
from deploy.sandbox.parties import Parties

DAY: Final = SampleDay(lots=412, tickets=11_000, groups=128, refusals=False)
_EMPTY_CASES: Final = 200


@dataclass(frozen=True)
class _Day:
    """A day that was played: what became, what the servers spent on it, what it opened."""

    outcome: Outcome
    servers: Spent
    cases: int
    empty_s: float
    """Processor seconds of an empty case on the same servers, before and after the day."""


def dongxing_day(figures: Figures) -> None:
    """412 lots with 11,000 tickets, filed, declared, inspected, paid and received, once.

    On servers of its own. ``day_vs_empty`` compares the processor time of window, engine and
    databases with that of as many empty cases as the day opened, on the same servers; processor
    time and bytes of the whole day are those of the parties, whom this process plays, too.
    """
    with tempfile.TemporaryDirectory(prefix="tradewindow-day-") as place:
        home = Path(place).resolve() / "home"
        DAY.write(Path(place) / "day")
        with LocalStack(home, keep_ports=False) as stack:
            migrate(stack.endpoints, stack.secrets)
            with window(stack) as process:
                before = cost_so_far()
                day = asyncio.run(_played(stack, process, Path(place) / "day"))
                cost = cost_so_far() - before
    refused = [run.codes for run in day.outcome.runs if not run.accepted]
    if refused:
        raise LocalError(f"The day's lots were to be accepted; {len(refused)} were not.")
    figures.ratio("day_vs_empty", day.servers.total / (day.cases * day.empty_s))
    figures.absolute("dongxing_day_s", day.outcome.wall_seconds)
    figures.absolute("dongxing_day_cases", day.cases)
    figures.absolute("dongxing_day_window_cpu_s", day.servers.window)
    figures.absolute("dongxing_day_engine_cpu_s", day.servers.engine)
    figures.absolute("dongxing_day_database_cpu_s", day.servers.database)
    figures.absolute("dongxing_day_cpu_s", cost.cpu_seconds)
    figures.absolute("dongxing_day_cpu_per_ticket_ms", cost.cpu_seconds * 1000 / DAY.tickets)
    figures.absolute("dongxing_day_written_per_ticket_kb", cost.bytes_written / 1024 / DAY.tickets)


async def _played(stack: LocalStack, process: Process, day: Path) -> _Day:
    meter = Meter.of(stack, process)
    async with EmptyCases.at(stack.endpoints) as cases:
        await cases.many(_EMPTY_CASES, at_once=AT_ONCE)
        earlier = await cases.cpu_s_each(meter, _EMPTY_CASES, at_once=AT_ONCE)
        opened_before = await _cases(cases)
        before = await meter.read_at_rest()
        outcome = await _play(stack, process, day)
        servers = await meter.read_at_rest() - before
        opened = await _cases(cases) - opened_before
        later = await cases.cpu_s_each(meter, _EMPTY_CASES, at_once=AT_ONCE)
    return _Day(outcome, servers, opened, (earlier + later) / 2)


async def _cases(cases: EmptyCases) -> int:
    """How many cases the engine knows, running and ended."""
    return (await cases.client.count_workflows()).count


async def _play(stack: LocalStack, process: Process, day: Path) -> Outcome:
    limits = httpx2.Limits(max_connections=40)
    address = f"http://127.0.0.1:{process.port}"
    async with httpx2.AsyncClient(base_url=address, timeout=60, limits=limits) as http:
        parties = Parties(http, DataDirectory(stack.directory.home).issuer_key())
        return await Play(parties, read_day(day)).run()
