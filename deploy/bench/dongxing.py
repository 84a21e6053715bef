"""A full day of the port of Dongxing through the whole chain."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Final

import httpx2

from deploy.bench.figures import Figures
from deploy.bench.processes import cost_so_far
from deploy.data_directory import DataDirectory, LocalError
from deploy.demo.day import read_day
from deploy.demo.parties import Parties
from deploy.demo.play import Play
from deploy.demo.report import Outcome
from deploy.demo.run import running
from deploy.demo.sample_day import SampleDay

DAY: Final = SampleDay(lots=412, tickets=11_000, groups=128, refusals=False)


def dongxing_day(figures: Figures) -> None:
    """412 lots with 11,000 tickets, filed, declared, inspected, paid and received, once.

    On servers of its own. Processor time and bytes are those of the servers, the window and the
    parties that this process plays.
    """
    with tempfile.TemporaryDirectory(prefix="tradewindow-day-") as place:
        home = Path(place).resolve() / "home"
        home.mkdir(mode=0o700)
        DAY.write(Path(place) / "day")
        with running(home) as base_url:
            before = cost_so_far()
            outcome = asyncio.run(_play(home, base_url, Path(place) / "day"))
            cost = cost_so_far() - before
    refused = [run.codes for run in outcome.runs if not run.accepted]
    if refused:
        raise LocalError(f"The day's lots were to be accepted; {len(refused)} were not.")
    figures.absolute("dongxing_day_s", outcome.wall_seconds)
    figures.absolute("dongxing_day_cpu_s", cost.cpu_seconds)
    figures.absolute("dongxing_day_cpu_per_ticket_ms", cost.cpu_seconds * 1000 / DAY.tickets)
    figures.absolute("dongxing_day_written_per_ticket_kb", cost.bytes_written / 1024 / DAY.tickets)


async def _play(home: Path, base_url: str, day: Path) -> Outcome:
    limits = httpx2.Limits(max_connections=40)
    async with httpx2.AsyncClient(base_url=base_url, timeout=60, limits=limits) as http:
        parties = Parties(http, DataDirectory(home).issuer_key())
        return await Play(parties, read_day(day)).run()
