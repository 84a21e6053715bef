"""`tradewindow up` keeps its children running, and stops them in order."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import child
from deploy.local.supervisor import PAUSE_S_MAX, BackOff, answers_ready
from deploy.operate.data_directory import DataDirectory
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
WINDOW = """
import http.server, json, pathlib, sys
class Window(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()
home = pathlib.Path(sys.argv[-1])
port = json.loads((home / "run" / "ports.json").read_text())["window"]
http.server.HTTPServer(("127.0.0.1", port), Window).serve_forever()
"""
UP = """
import sys
from pathlib import Path
from deploy.local import supervisor
supervisor.migrate = lambda *_: None
supervisor.Supervisor(
    Path(sys.argv[1]),
    port=int(sys.argv[2]),
    window=[sys.executable, "-c", sys.argv[3]],
    engine_ui="--engine-ui" in sys.argv,
).run()
"""


def test_the_pause_grows_with_each_failure_up_to_a_limit() -> None:
    trouble = BackOff()
    pauses = [trouble.next_pause_s() for _ in range(12)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.5, PAUSE_S_MAX)


def test_the_pause_is_short_again_after_a_steady_time() -> None:
    trouble = BackOff()
    for _ in range(5):
        trouble.next_pause_s()
    trouble.since -= 3600
    assert trouble.next_pause_s() == 0.5


def test_a_port_where_nobody_listens_is_not_ready() -> None:
    assert not answers_ready(1)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    top = Path(tempfile.mkdtemp(prefix="tradewindow-fault-"))
    yield top / "home"
    shutil.rmtree(top, ignore_errors=True)


@pytest.fixture(scope="module")
def port() -> int:
    return 8500 + os.getpid() % 400


@pytest.fixture(scope="module")
def up(home: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", UP, str(home), str(port), WINDOW],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        told = list(told_until_ready(process))
        assert not [line for line in told if line.startswith("Temporal ")]
        yield process
        process.kill()


def told_until_ready(up: subprocess.Popen[str]) -> Iterator[str]:
    """What a person at the terminal reads until everything runs."""
    assert up.stdout is not None
    for line in up.stdout:
        yield line
        if line.startswith("Ready."):
            return
    raise AssertionError("it ended before it was ready")


@pytest.mark.slow
@pytest.mark.xdist_group("supervisor")
def test_the_engines_screen_is_shown_when_asked_for_to_this_machines_name_only() -> None:
    top = Path(tempfile.mkdtemp(prefix="tradewindow-screen-"))
    with subprocess.Popen(
        [sys.executable, "-c", UP, str(top / "home"), str(free_port()), WINDOW, "--engine-ui"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        (address,) = [
            line.split()[1] for line in told_until_ready(process) if line.startswith("Temporal ")
        ]
        assert address == f"http://127.0.0.1:{DataDirectory(top / 'home').ports()['engine_ui']}"
        until(lambda: asked(address) == 200)
        assert asked(address, Host="evil.example") == 403
        assert asked(address, Origin="http://evil.example") == 403
        # Started again after its end, it is where the door looks for it.
        (engine,) = children(process, "start-dev")
        engine.kill()
        until(lambda: asked(address) == 502)
        until(lambda: asked(address) == 200)
        process.terminate()
        process.communicate(timeout=60)
    shutil.rmtree(top, ignore_errors=True)


def asked(address: str, **headers: str) -> int:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    try:
        connection.request("GET", "/api/v1/namespaces/default", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def until(condition: Callable[[], bool], *, within_s: float = 120.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def children(up: subprocess.Popen[str], name: str) -> list[psutil.Process]:
    found = []
    for process in psutil.Process(up.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if name in " ".join(process.cmdline()):
                found.append(process)
    return found


@pytest.mark.slow
@pytest.mark.xdist_group("supervisor")
@pytest.mark.parametrize("name", ["http.server", "bin/postgres", "start-dev"])
def test_a_child_that_is_killed_is_started_again(
    up: subprocess.Popen[str], port: int, name: str
) -> None:
    (victim,) = children(up, name)
    victim.kill()
    until(lambda: [p.pid for p in children(up, name)] not in ([], [victim.pid]))
    until(lambda: answers_ready(port))


@pytest.mark.slow
@pytest.mark.xdist_group("supervisor")
def test_sigterm_stops_everything_and_leaves_the_directory_free(
    up: subprocess.Popen[str], home: Path
) -> None:
    everything = psutil.Process(up.pid).children(recursive=True)
    up.send_signal(signal.SIGTERM)
    said, _ = up.communicate(timeout=120)
    assert up.returncode == 0
    assert said.endswith("Stopped.\n")
    assert not [process for process in everything if not child.has_ended(process)]
    with DataDirectory(home).locked():
        pass
