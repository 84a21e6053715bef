"""One engine per service and role; transactions that callers own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, TypeAlias

import asyncpg
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.platform import telemetry

Tx: TypeAlias = AsyncConnection

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


class DatabaseUnreachable(OSError):
    """The database is down, restarting or full. Nothing is known of what was being done."""


_UNREACHABLE_CLASSES: Final = ("08", "57P", "53300")
"""SQLSTATEs of a lost connection, a server that goes or comes, and too many connections."""

_DYING: Final = ("XX000",)
"""What a server that is killed answers to a session it was just opening; later it is a fault."""

# The planner may change its mind about a cached plan while a table grows from empty; a session
# that has prepared a statement on an empty table would otherwise keep a sequential scan.
_SESSION: Final = {
    "application_name": "tradewindow",
    "timezone": "UTC",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
}


class Database:
    """A service's connection pool under its own role."""

    def __init__(self, url: str, *, role: str, pool_size: int = 10) -> None:
        self.role = role
        self.engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            # The connection used last is used next: few stay warm with their plans, and the
            # others cost nothing until they are needed.
            pool_use_lifo=True,
            pool_timeout=15,
            pool_pre_ping=False,
            pool_reset_on_return="rollback",
            # What a failing statement was about belongs into no log.
            hide_parameters=True,
            connect_args={
                "server_settings": {**_SESSION, "application_name": role},
                "timeout": 10,
                "command_timeout": 60,
            },
        )
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        if telemetry.traced():
            SQLAlchemyInstrumentor().instrument(engine=self.engine.sync_engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """One read-committed transaction: committed at the end, rolled back on any exception.

        Raises DatabaseUnreachable when the connection is lost or cannot be had.
        """
        with _unreachable_told():
            async with _connected(self.engine) as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """A connection on which each statement is its own transaction; for reads above all.

        Raises DatabaseUnreachable when the connection is lost or cannot be had.
        """
        with _unreachable_told():
            async with _connected(self._reading) as connection:
                yield connection

    async def answers(self) -> bool:
        """Whether the database answers under this role."""
        try:
            async with self.reading() as tx:
                await tx.exec_driver_sql("SELECT 1")
        except DatabaseUnreachable:
            return False
        return True

    async def close(self) -> None:
        """Give all connections back."""
        await self.engine.dispose()


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[Tx]:
    with _unreachable_told(*_UNREACHABLE_CLASSES, *_DYING):
        connection = await engine.connect()
    try:
        yield connection
    finally:
        await connection.close()


@contextmanager
def _unreachable_told(*classes: str) -> Iterator[None]:
    """Whatever a lost or refused connection looks like below, it is one exception above."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or (sqlstate_of(error) or "").startswith(
            classes or _UNREACHABLE_CLASSES
        ):
            raise DatabaseUnreachable(type(error.orig).__name__) from error
        raise
    except (PoolTimeout, ConnectionError, TimeoutError, asyncpg.InterfaceError) as error:
        # The driver's own error comes bare only from a connection lost while it was being opened.
        raise DatabaseUnreachable(type(error).__name__) from error


_IN_TURN: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:matter, 0))")


async def in_turn(tx: Tx, matter: str) -> None:
    """Until this transaction ends, nobody else who asks for the same matter goes on.

    For what two services decide about one thing, where neither may lock the other's row.
    """
    await tx.execute(_IN_TURN, {"matter": matter})


def constraint_of(error: DBAPIError) -> str | None:
    """The name of the constraint that a statement broke, if it broke one."""
    cause: Any = error.orig
    while cause is not None and not isinstance(cause, asyncpg.PostgresError):
        cause = cause.__cause__
    return getattr(cause, "constraint_name", None)


def sqlstate_of(error: DBAPIError) -> str | None:
    """The SQLSTATE of a database error."""
    state = getattr(error.orig, "sqlstate", None)
    return str(state) if state else None
