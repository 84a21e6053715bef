"""The servers of one machine under faults: killed, crowded out, started twice."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from temporalio.client import Client

from deploy.local import child
from deploy.local.postgres import SETTINGS
from deploy.local.stack import Endpoints, LocalError, LocalStack

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("local-stack")]

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from pathlib import Path
from deploy.local.stack import LocalStack
stack = LocalStack(Path(sys.argv[1]))
stack.start()
stack.sql("CREATE TABLE IF NOT EXISTS kept (n int)", database="tradewindow")
stack.sql("INSERT INTO kept VALUES (1)", database="tradewindow")
print("running", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A place as deep as a person's can be: far longer than a socket's name may be."""
    top = Path(tempfile.mkdtemp(prefix="tradewindow-fault-"))
    yield top / ("deep" * 20) / "home with a space"
    shutil.rmtree(top, ignore_errors=True)


@pytest.fixture
def running(home: Path) -> Iterator[LocalStack]:
    with LocalStack(home) as stack:
        yield stack


@pytest.fixture
def elsewhere(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the directory and its servers."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        yield process
        process.kill()


def rows(stack: LocalStack) -> int:
    return int(stack.sql("SELECT count(*) FROM kept", database="tradewindow"))


async def workflows_can_be_counted(endpoints: Endpoints) -> bool:
    client = await Client.connect(endpoints.temporal_address)
    return (await client.count_workflows()).count >= 0


def test_committed_rows_survive_kill_9_of_postgres(running: LocalStack) -> None:
    before = running.endpoints
    running.sql("CREATE TABLE kept (n int)", database="tradewindow")
    running.sql("INSERT INTO kept VALUES (1)", database="tradewindow")
    running.kill_postgres()
    assert running.ensure_running() == ("postgres",)
    assert running.endpoints == before
    assert rows(running) == 1


async def test_temporal_comes_back_on_its_port_after_kill_9(running: LocalStack) -> None:
    before = running.endpoints
    running.kill_temporal()
    assert running.ensure_running() == ("temporal",)
    assert running.endpoints == before
    assert await workflows_can_be_counted(before)


def test_what_runs_is_not_restarted(running: LocalStack) -> None:
    assert running.ensure_running() == ()


def test_the_database_runs_as_it_was_told(running: LocalStack) -> None:
    for name in ("max_connections", "shared_buffers", "synchronous_commit", "fsync"):
        assert running.sql(f"SHOW {name}") == SETTINGS[name]
    assert running.sql("SHOW unix_socket_directories") == ""


def test_the_database_refuses_whoever_has_no_password(running: LocalStack) -> None:
    rules = running.sql("SELECT DISTINCT auth_method FROM pg_hba_file_rules")
    assert rules == "scram-sha-256"


def test_servers_listen_on_the_loopback_address_only(running: LocalStack) -> None:
    mine = psutil.Process().children(recursive=True)
    heard = [
        connection.laddr.ip
        for process in mine
        for connection in process.net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert heard
    assert set(heard) <= {"127.0.0.1", "::1"}


def test_files_of_the_servers_are_closed_to_others(running: LocalStack) -> None:
    home = running.directory.home
    readable = [
        path
        for folder in (home / "temporal", home / "logs", home / "run", home / "postgres")
        for path in [folder]
        if path.stat().st_mode & 0o077
    ]
    assert readable == []
    assert not (home / "secrets.json").stat().st_mode & 0o077


def test_a_taken_port_is_said_before_anything_starts(home: Path) -> None:
    stack = LocalStack(home)
    before = set(psutil.Process().children())
    with (
        socket.create_server(("127.0.0.1", stack.directory.ports()["temporal"])),
        pytest.raises(LocalError, match="is taken"),
    ):
        stack.start()
    assert set(psutil.Process().children()) <= before


def test_a_second_start_is_refused_by_name_of_the_first(
    home: Path, elsewhere: subprocess.Popen[str]
) -> None:
    with pytest.raises(LocalError, match=f"in use by process {elsewhere.pid}"):
        LocalStack(home).start()


def test_kill_9_of_the_holder_loses_nothing_and_leaves_nothing(
    home: Path, elsewhere: subprocess.Popen[str]
) -> None:
    servers = psutil.Process(elsewhere.pid).children(recursive=True)
    elsewhere.send_signal(signal.SIGKILL)
    elsewhere.wait()
    with LocalStack(home) as stack:
        assert rows(stack) >= 1
        assert not [process for process in servers if not child.has_ended(process)]


def test_kill_9_of_everything_at_once_loses_nothing(
    home: Path, elsewhere: subprocess.Popen[str]
) -> None:
    holder = psutil.Process(elsewhere.pid)
    for process in [*holder.children(recursive=True), holder]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    elsewhere.wait()
    with LocalStack(home) as stack:
        assert rows(stack) >= 1


def test_a_pid_file_that_names_somebody_else_does_not_keep_the_database_down(home: Path) -> None:
    with LocalStack(home) as stack:
        stack.kill_postgres()
    pid_file = home / "postgres" / "postmaster.pid"
    _, _, rest = pid_file.read_text().partition("\n")
    pid_file.write_text(f"{os.getpid()}\n{rest}")
    with LocalStack(home) as stack:
        assert stack.sql("SELECT 1") == "1"


def test_a_half_made_cluster_is_made_anew() -> None:
    top = Path(tempfile.mkdtemp(prefix="tradewindow-fault-"))
    try:
        (top / "home" / "postgres.new" / "base").mkdir(parents=True)
        with LocalStack(top / "home", durable=False) as stack:
            assert stack.sql("SELECT 1") == "1"
    finally:
        shutil.rmtree(top, ignore_errors=True)
