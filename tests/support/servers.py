"""One PostgreSQL and one Temporal for a whole test run, however many workers it has.

A holder process is started for the servers: at once in a run with workers, so that they come up
while tests are collected, else by the first test that needs them. The holder ends, and takes the
servers and their data with it, when the process that began the test run ends. Each worker gets a
database of its own, copied from a migrated one, and a Temporal namespace of its own, and a second
pair of both where nothing works until a test wakes it.

    python -m tests.support.servers DIRECTORY PID WORKERS    is that holder
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psutil

from deploy.local.postgres import LocalPostgres
from deploy.local.stack import LocalStack
from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.operate.ending import end_process
from deploy.operate.migrate import migrate

ROOT: Final = Path(__file__).resolve().parents[2]
_RUN_DIRECTORY: Final = "TRADEWINDOW_TEST_RUN"
_RUN_OWNER: Final = "TRADEWINDOW_TEST_RUN_OWNER"
_START_WITHIN_S: Final = 120.0
_BESIDE: Final = ("asleep", "walked")
"""Further places of each worker: where nothing works until it is woken, and where all that is on
record was done by walks, for which no time was skipped."""
RUN_IS_FULL_AT: Final = 400
"""After so many events a case goes on in a new run here; after 4,096 elsewhere."""
PROMPT: Final = 'history.timerProcessorMaxTimeShift="10ms"'
"""Elsewhere a timer may fire a second late, as hosts' clocks may differ. Here is one clock, and
where time is skipped every timer is due as soon as it is set."""
DYNAMIC: Final = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    PROMPT,
    f"limit.historyCount.suggestContinueAsNew={RUN_IS_FULL_AT}",
)
COPIED: Final = "TEMPLATE tradewindow STRATEGY FILE_COPY"
"""How a database is made: by its files, where nobody waits for a disk, at a quarter of the work."""
_OF_A_DEADLOCK: Final = 40
"""Lines of the log that say who waited for whom, with which statements."""
_started: Final[list[subprocess.Popen[bytes]]] = []


def begin_run(*, workers: int) -> None:
    """Name the place of this run's servers, which workers inherit; with workers, start them."""
    directory = tempfile.mkdtemp(prefix="tradewindow-tests-")
    os.environ[_RUN_DIRECTORY] = directory
    os.environ[_RUN_OWNER] = str(os.getpid())
    if workers:
        _start_holder(Path(directory), workers)


def deadlocks() -> list[str]:
    """What the shared server's log says of deadlocks in this run: locks are taken in one order."""
    log = home_of_run() / "logs" / "postgres.log"
    if not log.exists():
        return []
    lines = log.read_text(errors="replace").splitlines()
    found = [n for n, line in enumerate(lines) if "deadlock detected" in line]
    return ["\n".join(lines[n : n + _OF_A_DEADLOCK]) for n in found]


def end_run() -> None:
    """Stop the servers of this run, if any were started, and remove its data."""
    directory = place_of_run()
    with contextlib.suppress(OSError, ValueError, psutil.Error):
        holder = psutil.Process(int((directory / "holder.pid").read_text()))
        holder.terminate()
        holder.wait(20)
    shutil.rmtree(directory, ignore_errors=True)


def place_of_run() -> Path:
    """What belongs to this run alone and ends with it."""
    return Path(os.environ[_RUN_DIRECTORY])


def home_of_run() -> Path:
    """The data directory the servers of this run work in (secrets.json, issuer.jwk)."""
    return place_of_run() / "home"


def endpoints_for(worker: str, *, workers: int) -> Endpoints:
    """The servers as this worker may use them: its own database, its own namespace."""
    run = place_of_run()
    with _alone(run / "turn"):
        if not (run / "holder.pid").exists():
            _start_holder(run, workers)
        _wait_for_holder(run)
    return _own_place(f"tradewindow_{worker}", worker if workers else "default")


def beside(own: Endpoints, name: str) -> Endpoints:
    """Another database and namespace of a worker's own, by one of the names in ``_BESIDE``."""
    database = f"{urlsplit(own.database_url).path.strip('/')}_{name}"
    return _own_place(database, f"{own.temporal_namespace}-{name}")


def _own_place(database: str, namespace: str) -> Endpoints:
    shared = DataDirectory(home_of_run()).endpoints()
    return replace(with_database(shared, database), temporal_namespace=namespace)


def with_database(endpoints: Endpoints, name: str) -> Endpoints:
    """The same servers with a freshly migrated database of this name."""
    # Copying needs the model database without sessions, hence one worker at a time.
    with _alone(place_of_run() / "turn"):
        postgres = LocalPostgres(DataDirectory(home_of_run()))
        postgres.sql(f'CREATE DATABASE "{name}" {COPIED}')
    server = endpoints.database_url.rpartition("/")[0]
    return replace(endpoints, database_url=f"{server}/{name}")


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start_holder(run: Path, workers: int) -> None:
    with (run / "holder.log").open("w") as log:
        holder = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "tests.support.servers"),
                *(str(run), os.environ[_RUN_OWNER], str(workers)),
            ],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Kept, because it outlives this process on purpose and must not be taken for forgotten.
    _started.append(holder)
    (run / "holder.pid").write_text(str(holder.pid))


def _wait_for_holder(run: Path) -> None:
    pid = int((run / "holder.pid").read_text())
    deadline = time.monotonic() + _START_WITHIN_S
    while not (run / "ready").exists():
        if not _runs(pid) or time.monotonic() > deadline:
            raise RuntimeError(
                f"the servers for the tests did not start:\n{(run / 'holder.log').read_text()}"
            )
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    """Whether the process is there and is more than an entry that nobody has collected."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _hold(run: Path, owner: int, workers: int) -> None:
    told_to_end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told_to_end.set())
    workers_own = [f"gw{number}" for number in range(workers)]
    beside = [f"{own}-{name}" for own in workers_own or ["default"] for name in _BESIDE]
    stack = LocalStack(
        run / "home",
        dynamic=DYNAMIC,
        namespaces=(*workers_own, *beside),
        keep_ports=False,
        durable=False,
    )
    with stack:
        migrate(stack.endpoints, stack.secrets)
        # Every test's database is a copy of this one: what one test left here, all would find.
        LocalPostgres(DataDirectory(run / "home")).sql(
            "ALTER DATABASE tradewindow SET default_transaction_read_only = on"
        )
        (run / "ready").touch()
        while psutil.pid_exists(owner) and not told_to_end.wait(0.3):
            pass
        # Nobody keeps the data: there is nothing to shut down cleanly for.
        stack.kill_temporal()
        stack.kill_postgres()
    shutil.rmtree(run, ignore_errors=True)


if __name__ == "__main__":
    _hold(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    end_process(0)
