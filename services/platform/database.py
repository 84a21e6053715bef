"""One pool per service and role; statements built by SQLAlchemy, run prepared on the bare driver.

A statement is built once: by SQLAlchemy Core, or as text where Core says it worse. It is compiled
once for asyncpg, which prepares it once on each connection. SQLAlchemy stays for tables, building
and migrations; its engine would cost more than half of a small statement's time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol, TypeVar

import asyncpg
from opentelemetry import trace
from sqlalchemy import MetaData, text
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.sql.expression import ClauseElement

from services.platform import telemetry
from services.platform.filtered import Filtered
from services.platform.unreachable import DYING, UNREACHABLE_CLASSES, unreachable_told
from services.platform.unreachable import DatabaseUnreachable as DatabaseUnreachable

T = TypeVar("T")
_WATCHING: Final[ContextVar[list[str] | None]] = ContextVar("_WATCHING", default=None)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the one schema, each with its owner in ``info``."""


# The planner may change its mind about a cached plan while a table grows from empty; a session
# that has prepared a statement on an empty table would otherwise keep a sequential scan.
_SESSION: Final = {
    "timezone": "UTC",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
}
_PREPARED_MAX: Final = 500
"""Statements that one connection keeps prepared: more than any service has."""


class Row(asyncpg.Record):
    """A row of an answer: its columns by name as attributes, ``dict(row)`` for all of them."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the row has no column {name}") from None


class Result:
    """The rows that a statement answered with."""

    __slots__ = ("_rows",)

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def all(self) -> list[Row]:
        """Every row."""
        return self._rows

    def first(self) -> Row | None:
        """The first row, None when there is none."""
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> Row | None:
        """The only row, None when there is none. Raises ValueError when there are more."""
        if len(self._rows) > 1:
            raise ValueError(f"{len(self._rows)} rows where one at most was expected")
        return self.first()

    def one(self) -> Row:
        """The only row. Raises ValueError when there is none, or more."""
        row = self.one_or_none()
        if row is None:
            raise ValueError("no row where one was expected")
        return row

    def scalar_one(self) -> Any:
        """The first column of the only row."""
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        """The first column of the only row, None when there is none."""
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalars(self) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self._rows]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as the driver takes it: its text with $1 …, and how its values are found."""

    sql: str
    names: tuple[str, ...]
    defaults: Mapping[str, Any]
    processors: Mapping[str, Callable[[Any], Any]]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the order of the statement's places."""
        if not self.defaults and not self.processors:
            return [values[name] for name in self.names]
        known = {**self.defaults, **values}
        return [
            self.processors[name](known[name]) if name in self.processors else known[name]
            for name in self.names
        ]


_DIALECT: Final = asyncpg_dialect()  # type: ignore[no-untyped-call]


@lru_cache(maxsize=2_000)
def _compiled(statement: ClauseElement) -> _Compiled:
    compiled: Any = statement.compile(dialect=_DIALECT)
    given = {name: p.value for name, p in compiled.binds.items() if not p.required}
    return _Compiled(
        compiled.string,
        tuple(compiled.positiontup or ()),
        {name: value() if callable(value) else value for name, value in given.items()},
        dict(compiled._bind_processors),
    )


Statement = ClauseElement | Filtered
"""What can be run: one text whatever is asked, or a text for each combination of filters."""


def _asked(statement: Statement, values: Mapping[str, Any] | None) -> _Compiled:
    if isinstance(statement, Filtered):
        return _compiled(statement.as_asked(values or {}))
    return _compiled(statement)


class Statements(Protocol):
    """Whatever runs statements: a connection in use, or an act over its transaction."""

    async def execute(
        self, statement: Statement, values: Mapping[str, Any] | None = None, /
    ) -> Result:
        """Its rows."""


class Tx:
    """A connection in use: one transaction, or (``reading``) each statement its own."""

    __slots__ = ("_connection", "_watchers")

    def __init__(self, connection: Any, watchers: Sequence[Callable[[str], None]]) -> None:
        self._connection = connection
        self._watchers = watchers

    async def execute(
        self, statement: Statement, values: Mapping[str, Any] | None = None
    ) -> Result:
        """Run a statement with these values; its rows. Raises asyncpg.PostgresError."""
        compiled = _asked(statement, values)
        for watcher in self._watchers:
            watcher(compiled.sql)
        arguments = compiled.arguments(values or {})
        if not telemetry.traced():
            return Result(await self._connection.fetch(compiled.sql, *arguments))
        with trace.get_tracer(__name__).start_as_current_span(compiled.sql.split(None, 1)[0]) as s:
            s.set_attribute("db.query.text", compiled.sql)
            return Result(await self._connection.fetch(compiled.sql, *arguments))

    async def each(
        self, statement: ClauseElement, values: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Row]:
        """The rows of a long answer one after another, inside a transaction."""
        compiled = _compiled(statement)
        async for row in self._connection.cursor(compiled.sql, *compiled.arguments(values or {})):
            yield row

    def savepoint(self) -> AbstractAsyncContextManager[Any]:
        """Inside, what an exception ends is undone, and the transaction goes on."""
        inner: AbstractAsyncContextManager[Any] = self._connection.transaction()
        return inner


class Database:
    """A service's connection pool under its own role; opened when it is first used."""

    def __init__(self, url: str, *, role: str, pool_size: int = 10) -> None:
        self.role = role
        self.committed: Callable[..., None] = _nobody
        """Called after commits with the channels to ring; who assembles the process sets a bell."""
        self._watchers: list[Callable[[str], None]] = []
        self._url = url
        self._pool_size = pool_size
        self._pool: asyncpg.Pool[Row] | None = None
        self._opening = asyncio.Lock()
        self.is_full = False
        """Whether the server refused for want of room, and has not shown since that it has some."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """One read-committed transaction: committed at the end, rolled back on any exception.

        Raises DatabaseUnreachable when the connection is lost or cannot be had.
        """
        with unreachable_told(of=self):
            async with self._connected() as connection, connection.transaction():
                yield Tx(connection, self._watchers)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Tx]:
        """One read-only transaction that sees the database as it was at its first statement."""
        with unreachable_told(of=self):
            async with (
                self._connected() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield Tx(connection, self._watchers)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """A connection on which each statement is its own transaction; for reads above all.

        Raises DatabaseUnreachable when the connection is lost or cannot be had.
        """
        with unreachable_told(of=self):
            async with self._connected() as connection:
                yield Tx(connection, self._watchers)

    async def session(self, lost: Callable[[], None]) -> Session:
        """A session of its own, to listen and to notify on; ``lost`` is called when it is lost.

        Raises DatabaseUnreachable when it cannot be had.
        """
        with unreachable_told(*UNREACHABLE_CLASSES, *DYING):
            connection: Any = await asyncpg.connect(self._url, **self._session())
        connection.add_termination_listener(lambda _: lost())
        return Session(connection)

    @contextmanager
    def watched(self, *, own: bool = False) -> Iterator[list[str]]:
        """The text of every statement that is sent meanwhile, but for BEGIN and COMMIT; ``own``: by
        this task and those that it begins, and not by others who work meanwhile."""
        sent: list[str] = []
        before = _WATCHING.set(sent)

        def watcher(statement: str) -> None:
            if not own or _WATCHING.get() is sent:
                sent.append(statement)

        self._watchers.append(watcher)
        try:
            yield sent
        finally:
            self._watchers.remove(watcher)
            _WATCHING.reset(before)

    async def answers(self) -> bool:
        """Whether the database answers under this role, and has room again if it had none."""
        try:
            async with self.reading() as tx:
                await tx.execute(_PROBE)
                if self.is_full:
                    await tx.execute(_ROOM)
                    self.is_full = False
        except DatabaseUnreachable:
            return False
        return True

    async def close(self) -> None:
        """Give all connections back."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.terminate()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        with unreachable_told(*UNREACHABLE_CLASSES, *DYING):
            pool = self._pool or await self._opened()
            connection = await pool.acquire(timeout=15)
        try:
            yield connection
        finally:
            await pool.release(connection)

    async def _opened(self) -> asyncpg.Pool[Row]:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=self._pool_size,
                    max_queries=10**9,
                    max_inactive_connection_lifetime=0,
                    # A session keeps nothing of ours, so giving it back asks the server nothing.
                    # The one used last is used next: few stay warm with their plans, and the
                    # others cost nothing until they are needed.
                    reset=_as_it_is,
                    init=_read_json,
                    record_class=Row,
                    **self._session(),
                )
            return self._pool

    def _session(self) -> dict[str, Any]:
        return {
            "timeout": 10,
            "command_timeout": 60,
            "statement_cache_size": _PREPARED_MAX,
            "max_cached_statement_lifetime": 0,
            "server_settings": {**_SESSION, "application_name": self.role},
        }


class Session:
    """A connection that stays: on it this process listens to others, and notifies them."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.channels: set[str] = set()
        """What is listened to."""

    @property
    def is_lost(self) -> bool:
        """Whether nothing is heard on it any more."""
        return bool(self._connection.is_closed())

    async def listen(self, channel: str, heard: Callable[[str], None]) -> None:
        """Call ``heard`` with the channel whenever another session notifies it."""
        own = self._connection.get_server_pid()

        def notified(_: Any, pid: int, named: str, __: object) -> None:
            if pid != own:
                heard(named)

        with unreachable_told():
            await self._connection.add_listener(channel, notified)
        self.channels.add(channel)

    async def notify(self, channels: Iterable[str]) -> None:
        """Notify whoever listens to these channels."""
        with unreachable_told():
            await self._connection.execute(_NOTIFY, list(channels))

    async def try_it(self) -> None:
        """Raises DatabaseUnreachable when nothing comes back on it."""
        with unreachable_told():
            await self._connection.execute("SELECT 1", timeout=10)

    def close(self) -> None:
        """Hang up."""
        self._connection.terminate()


_NOTIFY: Final = "SELECT pg_notify(channel, '') FROM unnest($1::text[]) AS channel"


def _nobody(*_: str) -> None:
    """Nobody is to be woken."""


async def _as_it_is(_: Any) -> None:
    """A released connection needs nothing: it is in no transaction and holds no session state."""


async def _read_json(connection: Any) -> None:
    """JSON comes out of the database as values; it goes in as text, which is the caller's."""
    for name, head in (("json", b""), ("jsonb", b"\x01")):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            format="binary",
            encoder=lambda text, head=head: head + text.encode(),
            decoder=lambda value, head=head: json.loads(value[len(head) :]),
        )


_PROBE: Final = text("SELECT 1")
# More rows than a session keeps in memory, so that they go through a file: some 16 MiB, for a
# moment, of the disk that the tables are on. Asked only of a server that refused for want of room.
_ROOM: Final = text("SELECT count(*) FROM generate_series(1, 1000000)")
