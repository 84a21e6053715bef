"""SIGKILL while a day runs: every lot ends where it would have ended, to the cent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psutil
import pytest

from deploy.demo.day import read_day
from deploy.demo.play import Play
from deploy.demo.report import as_json
from deploy.local.supervisor import answers_ready
from deploy.operate.data_directory import DataDirectory
from tests.journeys.books import broken_laws
from tests.support.reading import Readers

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]
DAY = Path(__file__).parents[1] / "journeys" / "day-sample"


@contextlib.contextmanager
def up(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`tradewindow up` in a directory, ready; stopped at the end."""
    home.mkdir(parents=True, exist_ok=True)
    # A port of its own: while a killed window is away, nobody who looks for a free one finds it.
    port = port_of_this_test(home)
    with (home.parent / "up.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy", "up", "--home", str(home), "--port", str(port)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ.copy(),
        )
    try:
        wait_until_ready(home, port)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def port_of_this_test(home: Path) -> int:
    return 20_000 + zlib.crc32(str(home).encode()) % 9_000


def wait_until_ready(home: Path, port: int) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if answers_ready(port):
            return
        time.sleep(0.2)
    raise AssertionError((home.parent / "up.log").read_text()[-3000:])


def kill(supervisor: int, what: str) -> None:
    """SIGKILL the window's process, the Temporal server or the whole of PostgreSQL."""
    for process in psutil.Process(supervisor).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            command = " ".join(process.cmdline())
            if what in command:
                process.send_signal(signal.SIGKILL)


async def play(home: Path) -> dict[str, object]:
    url = DataDirectory(home).window_url()
    async with httpx2.AsyncClient(base_url=url, timeout=30) as http:
        parties = Readers(http, DataDirectory(home).issuer_key())
        return as_json(await Play(parties, read_day(DAY)).run())


async def kill_in_turn(supervisor: int, targets: list[str]) -> None:
    for what in targets:
        await asyncio.sleep(4)
        kill(supervisor, what)


async def test_a_day_survives_the_kill_of_every_process_with_equal_outcome(tmp_path: Path) -> None:
    home = tmp_path / "home"
    targets = ["deploy window", "start-dev", "postgres", "deploy window"]
    with up(home) as supervisor:
        report, _ = await asyncio.gather(play(home), kill_in_turn(supervisor.pid, targets))
        expected = json.loads((DAY / "expected.json").read_text())
        accepted = expected["summary"]["accepted_lots"]
        assert report["summary"] == expected["summary"]
        assert report["states"] == {"CLOSED": accepted}
        assert report["settlements"] == {"SETTLED": accepted}
        assert await broken_laws(DataDirectory(home).endpoints().database_url) == {}


async def test_after_the_kill_of_everything_at_once_up_goes_on_where_it_was(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with up(home) as supervisor:
        playing = asyncio.create_task(play(home))
        await asyncio.sleep(8)
        for process in psutil.Process(supervisor.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                process.kill()
        supervisor.kill()
        await asyncio.to_thread(supervisor.wait)
        with up(home):
            report = await playing
            expected = json.loads((DAY / "expected.json").read_text())
            assert report["summary"] == expected["summary"]
            assert report["states"] == {"CLOSED": expected["summary"]["accepted_lots"]}
            assert await broken_laws(DataDirectory(home).endpoints().database_url) == {}
