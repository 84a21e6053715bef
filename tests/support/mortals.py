"""The window as processes that can be killed: HTTP, workers, relay, engine and database.

Each of them is a real process on real servers of a directory of its own. The window's three are
forked from one that has everything loaded, so that another stands in a killed one's place at once.
Who waits out a process that was killed has less patience here than elsewhere: a second, not ten.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import httpx2
from temporalio.client import Client
from temporalio.worker import Worker

from deploy.local import child
from deploy.local.stack import LocalStack
from deploy.operate.assembly import Assembly, register_search_attributes
from deploy.operate.data_directory import DataDirectory
from deploy.operate.migrate import migrate
from deploy.operate.settings import settings_of
from deploy.operate.window import all_in_one, answering
from migrations.filed import law_as_filed
from services.manifests import workers
from services.platform import relay as relays
from services.platform import temporal
from services.platform.temporal import connect
from tests.support.patience import sooner_or_later
from tests.support.ports import free_port
from tests.support.quiet import Wire
from tests.support.reading import Readers
from tests.support.servers import PROMPT

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from tests.support.harbour import Harbour

SOON: Final = timedelta(seconds=1)
_SOON: Final = f'"{SOON.total_seconds():.0f}s"'
DYNAMIC: Final = (
    f"history.defaultWorkflowTaskTimeout={_SOON}",
    # Whoever dies in each step dies several times in one task; from the fourth time on the engine
    # would wait for the task 5, 10, 20 s longer, which is more than a test waits for its end.
    f"history.workflowTaskRetryMaxInterval={_SOON}",
    PROMPT,
)
_PROCESSES: Final = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__, "uvicorn", "uvicorn.protocols.http.httptools_impl"])
_PR_SET_PDEATHSIG: Final = 1


async def _api(assembly: Assembly) -> None:
    await answering(all_in_one(assembly), assembly.settings)


async def _workers(assembly: Assembly) -> None:
    impatient = partial(Worker, sticky_queue_schedule_to_start_timeout=SOON)
    setattr(temporal, Worker.__name__, impatient)
    client = await assembly.connected()
    await asyncio.gather(*(assembly.worker(name, client).run() for name in workers()))


async def _relay(assembly: Assembly) -> None:
    setattr(relays, "LOOK_S", SOON.total_seconds())  # noqa: B010 - a constant elsewhere
    assert assembly.relay is not None
    await assembly.relay.run(await assembly.connected(), alone=True)


_PARTS: Final[dict[str, Callable[[Assembly], Coroutine[Any, Any, None]]]] = {
    "api": _api,
    "workers": _workers,
    "relay": _relay,
}


def _live(part: str, home: Path, engine: str, port: int, log: Path) -> None:
    """What a forked process does until it is killed; it dies with the process that forks."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    settings = settings_of(
        home, endpoints=replace(DataDirectory(home).endpoints(), temporal_address=engine)
    )
    settings.http_port = port
    assembly = Assembly.create(settings, with_relay=part == "relay")
    asyncio.run(_PARTS[part](assembly))


@dataclass
class Mortals:
    """A window's processes and how each is reached."""

    stack: LocalStack
    to_engine: Wire
    """From the workers to the engine."""
    to_api: Wire
    """From callers to the window."""
    port: int
    _running: dict[str, BaseProcess] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.stack.directory.home

    async def begin(self, *parts: str) -> None:
        """Start processes that are not there; the window answers when this ends."""
        engine = self.stack.endpoints.temporal_address
        for part in parts or _PARTS:
            address = self.to_engine.address if part == "workers" else engine
            log = self.stack.directory.logs / f"{part}.log"
            process = _PROCESSES.Process(
                target=_live, args=(part, self.home, address, self.port, log), daemon=True
            )
            process.start()
            self._running[part] = process
        if not parts or "api" in parts:
            await sooner_or_later(self._answers)

    def kill(self, part: str) -> None:
        """End a process as a power failure would."""
        process = self._running.pop(part)
        assert process.is_alive(), f"{part} ended by itself: {self.said(part)}"
        process.kill()
        process.join()

    def end(self) -> None:
        """End all that are left."""
        for process in self._running.values():
            process.kill()
            process.join()
        self._running.clear()

    def said(self, part: str) -> str:
        """The last lines of a process's log."""
        return child.tail(self.stack.directory.logs / f"{part}.log", 30)

    async def engine(self) -> Client:
        """The engine, past the wire that is cut."""
        where = self.stack.endpoints
        client = await connect(where.temporal_address, where.temporal_namespace)
        await register_search_attributes(client)
        return client

    async def _answers(self) -> bool:
        with contextlib.suppress(httpx2.TransportError):
            async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as http:
                return (await http.get("/health/live")).is_success
        return False


class Mortal(httpx2.AsyncHTTPTransport):
    """How callers reach the window; whoever lies in wait for an act meets it here."""

    lies_in_wait: Callable[[httpx2.Request], Awaitable[None]] | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self.lies_in_wait is not None and request.method == "POST":
            await self.lies_in_wait(request)
        return await super().handle_async_request(request)


@dataclass(frozen=True)
class Place:
    """One port of a mortal window, as callers, banks and the test see it."""

    harbour: Harbour
    mortals: Mortals
    client: Client
    transport: Mortal

    @property
    def sql(self) -> asyncpg.Pool:
        """Its database, under no service's role."""
        return self.harbour.window.sql


@contextlib.asynccontextmanager
async def mortal_window(home: Path) -> AsyncIterator[Place]:
    """A window of its own, at work."""
    from tests.support.harbour import Harbour, approve_rules, open_port
    from tests.support.on_file import seller_filed
    from tests.support.window import SELLER, Window

    with LocalStack(home, dynamic=DYNAMIC, keep_ports=False) as stack:
        await asyncio.to_thread(migrate, stack.endpoints, stack.secrets)
        port = free_port()
        to_engine, to_api = Wire(stack.endpoints.temporal_address), Wire(f"127.0.0.1:{port}")
        await to_engine.mend()
        await to_api.mend()
        stack.directory.remember_port("window", to_api.port)
        mortals = Mortals(stack, to_engine, to_api, port)
        pool = await asyncpg.create_pool(stack.endpoints.database_url, min_size=0, max_size=4)
        assembly = Assembly.create(settings_of(home))
        transport = Mortal()
        await _let_no_bank_be_asked_for_days(pool)
        try:
            client = await mortals.engine()
            await mortals.begin()
            async with httpx2.AsyncClient(
                transport=transport, base_url=stack.directory.window_url(), timeout=60
            ) as http:
                parties = Readers(http, stack.directory.issuer_key())
                window = Window(assembly, parties, pool, home)
                await seller_filed(pool, SELLER, code="S-0001")
                await approve_rules(window)
                harbour = Harbour(window, await open_port(window))
                yield Place(harbour, mortals, client, transport)
        finally:
            mortals.end()
            to_engine.cut()
            to_api.cut()
            # What was carried when they were cut comes to its end.
            await asyncio.sleep(0.05)
            pool.terminate()
            await assembly.close()


_CLOCKS: Final = (
    "019b76da-a800-7a01-9b10-5e7715000011",
    "019b76da-a800-7a01-9b10-5e7715000012",
    "019b76da-a800-7ca6-a906-83723e7c741e",
)
"""settle.ask_after_s, settle.ask_at_most_every_s and settle.sla_s."""


async def _let_no_bank_be_asked_for_days(sql: asyncpg.Pool) -> None:
    """A silent bank is asked again within seconds; here when a test lets days go by."""
    clocks_are_not_as_filed()
    async with sql.acquire() as session, session.transaction():
        await session.execute("SET LOCAL session_replication_role = replica")
        await session.execute(
            "UPDATE policy_parameters SET value = '864000'"
            " WHERE key IN ('settle.ask_after_s', 'settle.ask_at_most_every_s', 'settle.sla_s')"
        )


def clocks_are_not_as_filed() -> None:
    """What is changed above by hand is what verify would name."""
    for policy in _CLOCKS:
        law_as_filed().pop(policy, None)
