"""The tail of the event log: one reader per process wakes everybody who waits for a case."""

from __future__ import annotations

import asyncio
import bisect
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import structlog
from asyncpg import PostgresError
from sqlalchemy import text

from services.platform import telemetry
from services.platform.bell import EVENTS, LOOK_S, Bell, Ear
from services.platform.database import Database, DatabaseUnreachable, Statements, Tx

T = TypeVar("T")

_BATCH: Final = 500
_RECENT: Final = 2_000
"""So many of the events that were read last are remembered for those who listen."""
_PAUSE_S: Final = 0.02
"""From one reading to the next, however often it is rung in between."""
_HELD_BACK_S: Final = 1.0
"""At most so long until events that an older transaction holds back are looked for again."""

# An event's number is drawn before its transaction commits, so numbers appear out of order. Only
# events of transactions older than every running one are given out: none can appear behind. An
# event keeps its transaction's number or the case's, if that is higher (``append_event``); so it is
# never given out before its own transaction has ended, and a case's events have the case's order.
# The place and how many are read are hidden from the planner: a plan that sees it near the log's
# end looks cheaper than one for all, and is made anew at every reading.
_NEXT = text(
    """
    SELECT CAST(CAST(xid AS text) AS bigint) AS xid, position, case_id, seq, type, actor, body,
        occurred_at, xid < pg_snapshot_xmin(pg_current_snapshot()) AS is_settled
    FROM events
    WHERE (xid, position) > (
        (SELECT CAST(CAST(:xid AS text) AS xid8)), (SELECT CAST(:position AS bigint))
    )
    ORDER BY xid, position LIMIT (SELECT CAST(:rows AS bigint))
    """
)
_NEWEST = text(
    "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS xid"
)

_AGAIN_S: Final = 1.0

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


@dataclass(frozen=True, slots=True)
class Batch:
    """Events after a place in the log."""

    events: list[Logged]
    more: bool
    """Whether there may be more at once."""
    held_back: bool
    """Whether there are more that are not given out while an older transaction runs."""


async def batch_after(tx: Tx, position: Position, *, rows: int = _BATCH) -> Batch:
    """Events after a place in the log, in an order that never changes."""
    found = await tx.execute(
        _NEXT, {"xid": str(position.xid), "position": position.number, "rows": rows}
    )
    events = [
        Logged(
            Position(r.xid, r.position), r.case_id, r.seq, r.type, r.actor, r.body, r.occurred_at
        )
        for r in found
        if r.is_settled
    ]
    return Batch(events, len(events) == rows, len(events) < len(found.all()))


async def read_after(tx: Tx, position: Position, *, rows: int = _BATCH) -> list[Logged]:
    """The events of ``batch_after``, for who does not ask what else there is."""
    return (await batch_after(tx, position, rows=rows)).events


async def newest(tx: Statements) -> Position:
    """The end of the log now."""
    return Position((await tx.execute(_NEWEST)).scalar_one() - 1, 2**62)


class Tail:
    """Reads new events while somebody waits, once for all who wait in this process.

    It is woken by the bell and asks the database nothing in between, but for a rare look.
    """

    def __init__(self, database: Database, bell: Bell, *, remembers: int = _RECENT) -> None:
        self._database = database
        self._bell = bell
        self._remembers = remembers
        self._waiting: dict[UUID | None, set[asyncio.Queue[Logged]]] = defaultdict(set)
        self._news: set[Ear] = set()
        self._reader: asyncio.Task[None] | None = None
        self._placed = asyncio.Event()
        self._recent: list[Logged] = []
        self._since: Position | None = None

    def recent(self, position: Position, *, rows: int) -> list[Logged] | None:
        """What has been read after a place in the log, for who listens; None if that lies so far
        back that the log is to be asked.

        However many listen, what is new is read once. What is in the log and has not been read yet
        wakes the listener when it is.
        """
        if self._since is None or position < self._since:
            return None
        begin = bisect.bisect_right(self._recent, position, key=lambda event: event.position)
        return self._recent[begin : begin + rows]

    @asynccontextmanager
    async def listen(self, case_id: UUID | None) -> AsyncIterator[asyncio.Queue[Logged]]:
        """New events of one case, or of all when None, from now on.

        "Now" is when this is entered: the reader has its place in the log by then, so whoever looks
        afterwards and waits for what comes next misses nothing in between.
        """
        queue: asyncio.Queue[Logged] = asyncio.Queue(10_000)
        self._waiting[case_id].add(queue)
        try:
            await self._reading()
            yield queue
        finally:
            self._waiting[case_id].discard(queue)
            if not self._waiting[case_id]:
                del self._waiting[case_id]

    @asynccontextmanager
    async def news(self, ear: Ear) -> AsyncIterator[None]:
        """Meanwhile the ear is rung whenever there are new events in the log."""
        self._news.add(ear)
        try:
            await self._reading()
            yield
        finally:
            self._news.discard(ear)

    async def until(
        self,
        case_id: UUID | None,
        decided: Callable[[], Awaitable[T | None]],
        seconds: float,
        *,
        types: frozenset[str] | None = None,
    ) -> T | None:
        """The first answer of ``decided`` that is not None, asked again after each event.

        After those of one case, or of all when None; of these types, or of any. A database that is
        away meanwhile is waited for.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self.listen(case_id) as queue:
                while True:
                    try:
                        found = await decided()
                    except DatabaseUnreachable:
                        await asyncio.sleep(_AGAIN_S)
                        continue
                    if found is not None:
                        return found
                    await _one_of(types, queue)
        return None

    async def close(self) -> None:
        """Stop reading and give the connection back."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader

    async def _reading(self) -> None:
        """There is a reader, and it has its place in the log."""
        if self._reader is None or self._reader.done():
            self._placed.clear()
            self._reader = asyncio.create_task(self._read(), name="tail")
        await self._placed.wait()

    async def _read(self) -> None:
        position: Position | None = None
        held_back_s = 0.0
        async with self._bell.heard(EVENTS) as ear:
            while self._waiting or self._news:
                try:
                    position, batch = await self._batch(position)
                except (DatabaseUnreachable, PostgresError) as error:
                    log.warning("tail_waits_for_database", error=type(error).__name__)
                    await asyncio.sleep(_AGAIN_S)
                    continue
                except Exception as error:
                    # A reader that ended would leave everybody waiting.
                    log.error("bug", error=type(error).__name__, where=telemetry.where(error))
                    await asyncio.sleep(_AGAIN_S)
                    continue
                self._hand_out(batch.events)
                if not batch.more:
                    held_back_s = _held_back_s(batch, held_back_s)
                    await asyncio.sleep(_PAUSE_S)
                    await ear.wait(held_back_s or LOOK_S)

    async def _batch(self, position: Position | None) -> tuple[Position, Batch]:
        """What comes after a place in the log, or after its end, and the place behind that."""
        async with self._database.reading() as tx:
            if position is None:
                self._since = position = await newest(tx)
                self._recent = []
                self._placed.set()
            batch = await batch_after(tx, position)
        return batch.events[-1].position if batch.events else position, batch

    def _hand_out(self, events: Sequence[Logged]) -> None:
        self._recent += events
        if (forgotten := len(self._recent) - self._remembers) > 0:
            self._since = self._recent[forgotten - 1].position
            del self._recent[:forgotten]
        for event in events:
            for key in (event.case_id, None):
                for queue in self._waiting.get(key, ()):
                    # A listener that does not keep up misses the wake-up, not the event: it reads
                    # the log again from its own position.
                    with contextlib.suppress(asyncio.QueueFull):
                        queue.put_nowait(event)
        if events:
            for ear in self._news:
                ear.ring()


def _held_back_s(batch: Batch, before: float) -> float:
    """When to look again for what is held back: who holds it back may end without a ring."""
    if not batch.held_back:
        return 0.0
    return _PAUSE_S if batch.events or not before else min(_HELD_BACK_S, 2 * before)


async def _one_of(types: frozenset[str] | None, queue: asyncio.Queue[Logged]) -> None:
    """Wait for an event of one of these types; what else came by then is one news with it."""
    while types is not None and (await queue.get()).type not in types:
        pass
    if types is None:
        await queue.get()
    with contextlib.suppress(asyncio.QueueEmpty):
        while True:
            queue.get_nowait()
