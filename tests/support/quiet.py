"""A database that nothing works on but the test, and a wire to Temporal that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from temporalio.client import Client

from deploy.operate.data_directory import Endpoints
from deploy.operate.settings import settings_of
from services.platform.database import Database
from services.platform.settings import role_of
from services.platform.temporal import connect
from tests.support import servers


@dataclass(frozen=True)
class QuietDatabase:
    """A migrated database without relay, workers or API."""

    endpoints: Endpoints
    home: Path

    def of(self, service: str) -> Database:
        """A pool under a service's own role."""
        settings = settings_of(self.home, endpoints=self.endpoints)
        role = role_of(service)
        return Database(settings.database_url_for(role), role=role)

    @contextlib.asynccontextmanager
    async def opened(self, service: str) -> AsyncIterator[Database]:
        """As ``of``, closed at the end."""
        database = self.of(service)
        try:
            yield database
        finally:
            await database.close()


@pytest.fixture(scope="session")
async def quiet(stack: Endpoints, stack_home: Path) -> QuietDatabase:
    name = f"{urlsplit(stack.database_url).path.strip('/')}_quiet"
    own = servers.with_database(stack, name)
    return QuietDatabase(own, stack_home)


@dataclass
class Wire:
    """A connection between a client and Temporal, for a test to cut and to mend."""

    target: str
    port: int = 0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _answering: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def mend(self) -> None:
        self._flowing.set()
        self._answering.set()
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def hush(self) -> None:
        """Keep the connection and carry nothing: whoever asks waits for an answer."""
        self._flowing.clear()

    def withhold(self) -> None:
        """Carry what is asked and keep back what is answered."""
        self._answering.clear()

    def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self.target.partition(":")
        try:
            there_reader, there_writer = await asyncio.open_connection(host, int(port))
        except OSError:
            # Who is not there answers nobody, here as there.
            writer.transport.abort()
            return
        self._open |= {writer, there_writer}
        await asyncio.gather(
            self._copy(reader, there_writer, self._flowing),
            self._copy(there_reader, writer, self._flowing, self._answering),
        )

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *may: asyncio.Event
    ) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while data := await reader.read(65536):
                for permission in may:
                    await permission.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@pytest.fixture
async def wire(stack: Endpoints) -> AsyncIterator[Wire]:
    wire = Wire(stack.temporal_address)
    await wire.mend()
    yield wire
    wire.cut()


@pytest.fixture
async def temporal(stack: Endpoints) -> Client:
    return await connect(stack.temporal_address, stack.temporal_namespace)
