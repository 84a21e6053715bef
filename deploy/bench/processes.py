"""The window's processes as the bench starts them, and what they cost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psutil
import uvicorn
from starlette.applications import Starlette

from deploy.local import child
from deploy.local.stack import DATABASE, LocalStack
from deploy.operate.data_directory import LocalError
from deploy.operate.health import answers

ROOT: Final = Path(__file__).resolve().parents[2]
PROGRAM: Final = (sys.executable, "-P", "-m", "deploy")
BENCH_WINDOW: Final = (sys.executable, "-P", "-m", "deploy.bench.transaction")


@dataclass(frozen=True)
class Process:
    """A running process of the window: where it answers, and which one it is."""

    port: int
    pid: int


@contextmanager
def intake(stack: LocalStack, database: str = DATABASE) -> Iterator[int]:
    """The declaration service's HTTP process alone, without relay and workers; its port."""
    with intake_process(stack, database) as process:
        yield process.port


@contextmanager
def intake_process(stack: LocalStack, database: str = DATABASE) -> Iterator[Process]:
    """The same, where its processor time is asked for too."""
    port = free_port()
    address = urlsplit(stack.endpoints.database_url)
    settings = {
        "DATABASE_URL": f"postgresql://{address.hostname}:{address.port}/{database}",
        "TEMPORAL_ADDRESS": stack.endpoints.temporal_address,
        "SECRETS_FILE": str(stack.directory.home / "secrets.json"),
        "JWKS_FILE": str(stack.directory.home / "issuer.jwk"),
    }
    command = [*PROGRAM, "serve", "declaration", "--port", str(port)]
    with _running(stack, "serve", command, port, "/declaration/health/ready", settings) as pid:
        yield Process(port, pid)


@contextmanager
def window(stack: LocalStack) -> Iterator[Process]:
    """The whole window in one process, as ``up`` runs it."""
    with _window(stack, "window", [*PROGRAM, "window", "--home"]) as process:
        yield process


@contextmanager
def bench_window(stack: LocalStack) -> Iterator[Process]:
    """The same, with the bench's own route beside the services' (deploy/bench/transaction.py)."""
    with _window(stack, "bench_window", list(BENCH_WINDOW)) as process:
        yield process


@contextmanager
def _window(stack: LocalStack, name: str, command: list[str]) -> Iterator[Process]:
    port = free_port()
    stack.directory.remember_port("window", port)
    whole = [*command, str(stack.directory.home)]
    with _running(stack, name, whole, port, "/health/ready") as pid:
        yield Process(port, pid)


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[int]:
    """An application answering inside this process; its port."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.02)
    try:
        yield port
    finally:
        server.should_exit = True
        await serving


@contextmanager
def _running(
    stack: LocalStack,
    name: str,
    command: list[str],
    port: int,
    ready: str,
    settings: Mapping[str, str] | None = None,
) -> Iterator[int]:
    log = stack.directory.logs / f"{name}.log"
    process = child.start(
        name,
        command,
        log=log,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | dict(settings or {}),
        death_signal=signal.SIGTERM,
    )
    try:
        if not process.until_ready(lambda: answers(ready, port=port), look_every_s=0.05):
            raise LocalError(f"The window did not start for the bench: {child.tail(log)}")
        yield process.pid
    finally:
        process.stop(patience_s=30.0)


def cores() -> int:
    """How many processes can work at a time on this machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_port() -> int:
    """A port that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Cost:
    """Processor seconds and bytes written to disk, of this process and all it started."""

    cpu_seconds: float
    bytes_written: int

    def __sub__(self, earlier: Cost) -> Cost:
        return Cost(
            self.cpu_seconds - earlier.cpu_seconds, self.bytes_written - earlier.bytes_written
        )


def cost_so_far() -> Cost:
    """Of this process, the servers and the window, as the kernel counts them."""
    here = psutil.Process()
    cpu, written = 0.0, 0
    for process in (here, *here.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            # A database session that has ended counts with the parent that collected it.
            cpu += times.user + times.system + times.children_user + times.children_system
            if hasattr(process, "io_counters"):
                written += process.io_counters().write_bytes
    return Cost(cpu, written)
