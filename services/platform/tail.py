"""The tail of the event log: one reader per process wakes everybody who waits for a case."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import structlog
from asyncpg import PostgresError
from sqlalchemy import text

from services.platform.database import Database, DatabaseUnreachable, Tx

T = TypeVar("T")

_EVERY_SECONDS: Final = 0.1
_BATCH: Final = 500

# An event's number is drawn before its transaction commits, so numbers appear out of order.
# Only events of transactions older than every running one are read: none can appear behind.
_NEXT = text(
    """
    SELECT CAST(CAST(xid AS text) AS bigint) AS xid, position, case_id, seq, type, actor, body,
        occurred_at
    FROM events
    WHERE (xid, position) > (CAST(CAST(:xid AS text) AS xid8), :position)
        AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, position LIMIT :rows
    """
)
_NEWEST = text(
    "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS xid"
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the log: everything after it is still to be read."""

    xid: int
    number: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.number}"

    @classmethod
    def parse(cls, value: str) -> Position:
        """From its text. Raises ValueError."""
        xid, _, number = value.partition("-")
        return cls(int(xid), int(number))


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as the log gives it out."""

    position: Position
    case_id: UUID
    seq: int
    type: str
    actor: str
    body: str
    occurred_at: datetime


async def read_after(tx: Tx, position: Position, *, rows: int = _BATCH) -> list[Logged]:
    """Events after a place in the log, in an order that never changes."""
    found = await tx.execute(
        _NEXT, {"xid": str(position.xid), "position": position.number, "rows": rows}
    )
    return [
        Logged(
            Position(r.xid, r.position), r.case_id, r.seq, r.type, r.actor, r.body, r.occurred_at
        )
        for r in found
    ]


async def newest(tx: Tx) -> Position:
    """The end of the log now."""
    return Position((await tx.execute(_NEWEST)).scalar_one() - 1, 2**62)


class Tail:
    """Reads new events while somebody waits, once for all who wait in this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[UUID | None, set[asyncio.Queue[Logged]]] = defaultdict(set)
        self._reader: asyncio.Task[None] | None = None
        self._placed = asyncio.Event()

    @asynccontextmanager
    async def listen(self, case_id: UUID | None) -> AsyncIterator[asyncio.Queue[Logged]]:
        """New events of one case, or of all when None, from now on.

        "Now" is when this is entered: the reader has its place in the log by then, so whoever looks
        afterwards and waits for what comes next misses nothing in between.
        """
        queue: asyncio.Queue[Logged] = asyncio.Queue(10_000)
        self._waiting[case_id].add(queue)
        try:
            if self._reader is None or self._reader.done():
                self._placed.clear()
                self._reader = asyncio.create_task(self._read())
            await self._placed.wait()
            yield queue
        finally:
            self._waiting[case_id].discard(queue)
            if not self._waiting[case_id]:
                del self._waiting[case_id]

    async def until(
        self, case_id: UUID, decided: Callable[[], Awaitable[T | None]], seconds: float
    ) -> T | None:
        """The first answer of ``decided`` that is not None, asked again after each event."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self.listen(case_id) as queue:
                while (found := await decided()) is None:
                    await queue.get()
                return found
        return None

    async def close(self) -> None:
        """Stop reading and give the connection back."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader

    async def _read(self) -> None:
        position: Position | None = None
        while self._waiting:
            try:
                async with self._database.reading() as tx:
                    if position is None:
                        position = await newest(tx)
                        self._placed.set()
                    events = await read_after(tx, position)
            except (DatabaseUnreachable, PostgresError) as error:
                log.warning("tail_waits_for_database", error=type(error).__name__)
                await asyncio.sleep(1)
                continue
            for event in events:
                position = event.position
                self._hand_out(event)
            if len(events) < _BATCH:
                await asyncio.sleep(_EVERY_SECONDS)

    def _hand_out(self, event: Logged) -> None:
        for key in (event.case_id, None):
            for queue in self._waiting.get(key, set()):
                # A listener that does not keep up misses the wake-up, not the event: it reads the
                # log again from its own position.
                with contextlib.suppress(asyncio.QueueFull):
                    queue.put_nowait(event)
