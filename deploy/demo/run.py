"""`tradewindow demo`: everything started, one day played, a report, everything stopped."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo.day import read_day
from deploy.demo.page import written
from deploy.demo.play import Play
from deploy.demo.report import Outcome, as_json, show
from deploy.demo.sample_day import SampleDay
from deploy.local import child
from deploy.local.stack import LocalStack
from deploy.local.supervisor import answers_ready
from deploy.operate.data_directory import DataDirectory, LocalError, spare_port
from deploy.operate.home import Home, demo_home
from deploy.operate.migrate import migrate
from deploy.operate.verify import verify_home
from deploy.sandbox.parties import Parties, Unexpected
from services.platform.language import ENGLISH

_MARK: Final = "demo"
_LOOK_EVERY_S: Final = 1.0


def run(*, day: Path | None = None, report: Path | None = None, home: Home = None) -> int:
    """Run a border market's day through all four workflows, in a data directory of its own.

    Parameters
    ----------
    day
        A directory with the day's four CSV files; a sample day of our own when not given.
    report
        Where to write the report as JSON.
    """
    console = Console()
    directory = _fresh(demo_home(home))
    with _day_directory(day) as given, running(directory) as servers:
        console.print(f"Window at {servers.url}, data in {directory}")
        console.print(f"Screens at {servers.url}/portal/ while it runs")
        try:
            outcome = asyncio.run(_watched(servers, _play(directory, servers.url, given, console)))
        except Unexpected as error:
            raise LocalError(
                f"The day did not go as foreseen: {error}. The window's log is"
                f" {DataDirectory(directory).logs / 'window.log'}."
            ) from error
        outcome.verified = asyncio.run(verify_home(directory)).counts()
    show(outcome, console)
    if report is not None:
        report.write_text(json.dumps(as_json(outcome), ensure_ascii=False, indent=1) + "\n")
        console.print(f"Report written to {report}")
    page = written(outcome, directory, first=ENGLISH)
    # Said in one line, so that a terminal makes a link of it, however narrow.
    console.print(f"Report as a page: {page.resolve().as_uri()}", soft_wrap=True)
    return 0


def _fresh(home: Path) -> Path:
    """An empty data directory; only one that an earlier demo made is ever removed."""
    if home.exists() and any(home.iterdir()):
        if not (home / _MARK).exists():
            raise LocalError(f"{home} is not a demo's directory; name another one with --home.")
        with DataDirectory(home).locked():
            pass
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / _MARK).touch()
    return home


@contextmanager
def _day_directory(day: Path | None) -> Iterator[Path]:
    if day is not None:
        yield day
        return
    with tempfile.TemporaryDirectory() as made:
        SampleDay().write(Path(made))
        yield Path(made)


@dataclass(frozen=True)
class Servers:
    """The window of a demonstration, and the servers behind it."""

    stack: LocalStack
    window: child.Child

    @property
    def url(self) -> str:
        return self.stack.directory.window_url()

    def require_all(self) -> None:
        """Raises LocalError when one of them has ended, with the last that it said."""
        ended = list(self.stack.ended())
        if self.window.status is not None:
            ended.append("window")
        if ended:
            log = self.stack.directory.logs / f"{ended[0]}.log"
            raise LocalError(
                f"The demonstration's {ended[0]} has ended, and the day with it. Its log is {log};"
                f" it ends: {child.tail(log)}"
            )


async def _watched(servers: Servers, playing: Coroutine[Any, Any, Outcome]) -> Outcome:
    """The outcome of the day. Raises LocalError as soon as one of its servers has ended."""
    day = asyncio.create_task(playing)
    try:
        while not (await asyncio.wait([day], timeout=_LOOK_EVERY_S))[0]:
            servers.require_all()
    finally:
        day.cancel()
    return await day


@contextmanager
def running(home: Path) -> Iterator[Servers]:
    """The whole window in child processes. Stopped at the end."""
    with LocalStack(home, keep_ports=False) as stack:
        directory = DataDirectory(home)
        migrate(directory.endpoints(), directory.secrets())
        directory.use_port("window", spare_port())
        window = child.start(
            "window",
            [sys.executable, "-m", "deploy", "window", "--home", str(home)],
            log=directory.logs / "window.log",
            env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
        try:
            _require_ready(window, directory.ports()["window"], directory.logs / "window.log")
            yield Servers(stack, window)
        finally:
            window.stop(patience_s=30.0)


def _require_ready(window: child.Child, port: int, log: Path) -> None:
    if not window.until_ready(lambda: answers_ready(port)):
        raise LocalError(
            f"The window did not get ready. Its log is {log}; it ends: {child.tail(log)}"
        )


async def _play(home: Path, base_url: str, day: Path, console: Console) -> Outcome:
    limits = httpx2.Limits(max_connections=40)
    async with httpx2.AsyncClient(base_url=base_url, timeout=60, limits=limits) as http:
        parties = Parties(http, DataDirectory(home).issuer_key())
        with Progress(
            TextColumn("{task.description:>9}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        ) as bars:
            shown = {what: bars.add_task(what, total=None) for what in ("declared", "finished")}

            def progress(what: str, done: int, of: int) -> None:
                bars.update(shown[what], completed=done, total=of)

            return await Play(parties, read_day(day), progress).run()
