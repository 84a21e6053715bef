"""What notices do by themselves: the log is judged, and what waits leaves.

Any number of processes may do both at once: who judges moves the one place in the log in the
transaction of its notices, and each message is one process's until its lease ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

import structlog
from asyncpg import PostgresError
from prometheus_client import Counter

from services.notices.channels import Channel, Outcome
from services.notices.commands.choices import codes_forget
from services.notices.commands.sending import (
    Claimed,
    Looked,
    first_due,
    first_put_off,
    message_claim,
    message_settle,
    next_due_s,
    stale_give_up,
)
from services.notices.commands.telling import Judged, events_judge
from services.notices.domain.model import ChannelName
from services.platform import telemetry
from services.platform.bell import EVENTS, LOOK_S, NOTICES, Bell
from services.platform.database import Database, DatabaseUnreachable
from services.platform.vault import Vault

T = TypeVar("T")

_AT_ONCE: Final = 16
"""Messages under way in one process."""
_FINISH_S: Final = 11.0
"""What messages under way may take when told to stop; those cut off leave again, under their id."""
_AGAIN_S: Final = 1.0
COLLECT_S: Final = 1.0
"""From a ring of the log to the look at it: a case's events come several at once, and a notice need
not be faster. What an older transaction holds back is looked for after as long."""
_FORGET_S: Final = 600.0
_LEFT: Final = Counter(
    "tradewindow_notices_total",
    "Notices that left or did not, by channel and state.",
    ("channel", "state"),
)

log = structlog.get_logger()


class Judging:
    """Judges what happens, from the place in the log that all processes share."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell

    async def run(self) -> None:
        """Judge until cancelled; an unreachable database is waited for."""
        async with self._bell.heard(EVENTS) as ear:
            while True:
                judged = await _patiently(self.judge)
                if judged is None:
                    await asyncio.sleep(_AGAIN_S)
                elif not judged.more and (judged.held_back or await ear.wait(LOOK_S)):
                    await asyncio.sleep(COLLECT_S)

    async def judge(self) -> Judged:
        """Judge what is there now."""
        judged = await events_judge(self._database)
        if judged.queued:
            self._bell.ring(NOTICES)
        return judged


class Sending:
    """Sends what waits to leave, by the channels that are open here."""

    def __init__(
        self,
        database: Database,
        bell: Bell,
        channels: Mapping[ChannelName, Channel],
        *,
        vault: Vault,
        address: str | None,
    ) -> None:
        self._database = database
        self._bell = bell
        self.channels = channels
        self._vault = vault
        self._address = address
        self._forgot = 0.0

    async def run(self) -> None:
        """Send until cancelled, then finish what is under way."""
        under_way: set[asyncio.Task[None]] = set()
        async with self._bell.heard(NOTICES) as ear:
            try:
                while True:
                    beginning = asyncio.create_task(self.begin(_AT_ONCE - len(under_way)))
                    try:
                        await asyncio.shield(beginning)
                    finally:
                        # Told to stop meanwhile, what it claims is under way all the same.
                        under_way |= await beginning
                    rung = asyncio.create_task(ear.wait(await self._patience_s()))
                    await asyncio.wait({*under_way, rung}, return_when=asyncio.FIRST_COMPLETED)
                    rung.cancel()
                    await asyncio.wait({rung})
                    under_way = {task for task in under_way if not task.done()}
            finally:
                await _finished(under_way)

    async def begin(self, most: int) -> set[asyncio.Task[None]]:
        """Begin to send that many of the messages that are due; those under way by it."""
        begun: set[asyncio.Task[None]] = set()
        await self._forget()
        while len(begun) < most:
            looked = await _patiently(self._look)
            if looked is not None and looked.claimed is not None:
                begun.add(asyncio.create_task(self._turn(looked.claimed)))
            elif looked is None or not looked.more:
                break
        return begun

    async def _look(self) -> Looked:
        async with self._database.transaction() as tx:
            first = await first_due(tx, self.channels)
            if first is None:
                return Looked()
            try:
                async with tx.savepoint():
                    return await message_claim(
                        tx,
                        first,
                        vault=self._vault,
                        address=self._address,
                        now=datetime.now(UTC),
                    )
            except (DatabaseUnreachable, PostgresError):
                raise
            except Exception as error:
                log.error("bug", error=type(error).__name__, where=telemetry.where(error))
                await first_put_off(tx, first)
                return Looked(more=True)

    async def _turn(self, claimed: Claimed) -> None:
        """One message; what goes wrong is its own, and its lease ends by itself."""
        try:
            outcome = await self.channels[claimed.channel].send(claimed.letter)
        except Exception as error:
            log.error("bug", error=type(error).__name__, where=telemetry.where(error))
            outcome = Outcome("FAULT")
        await _patiently(lambda: self._settle(claimed, outcome))

    async def _settle(self, claimed: Claimed, outcome: Outcome) -> bool:
        async with self._database.transaction() as tx:
            states = await message_settle(tx, claimed, outcome, now=datetime.now(UTC))
        for state in states:
            _LEFT.labels(claimed.channel.value, state).inc()
        if outcome.error is not None:
            log.info("notice_not_sent", channel=claimed.channel.value, error=outcome.error)
        return True

    async def _patience_s(self) -> float:
        due_s = await _patiently(self._due_s)
        return _AGAIN_S if due_s is None else max(0.1, min(due_s, LOOK_S))

    async def _due_s(self) -> float:
        async with self._database.reading() as tx:
            due_s = await next_due_s(tx, self.channels)
        return LOOK_S if due_s is None else due_s

    async def _forget(self) -> None:
        """Now and then forget contacts that nobody confirmed, and give up what is old."""
        if time.monotonic() - self._forgot < _FORGET_S:
            return
        self._forgot = time.monotonic()
        await _patiently(self._cleared)

    async def _cleared(self) -> bool:
        async with self._database.transaction() as tx:
            await codes_forget(tx, datetime.now(UTC))
            await stale_give_up(tx)
        return True


async def _patiently(work: Callable[[], Awaitable[T]]) -> T | None:
    """What the work gives; None when the database is away, or for a fault that was logged."""
    try:
        return await work()
    except (DatabaseUnreachable, PostgresError) as error:
        log.warning("notices_wait_for_database", error=type(error).__name__)
    except Exception as error:
        # A part that ended would end its process; what it could not do it tries again.
        log.error("bug", error=type(error).__name__, where=telemetry.where(error))
    return None


async def _finished(under_way: set[asyncio.Task[None]]) -> None:
    """Each message has left and is noted, or was cut off."""
    if not under_way:
        return
    _, late = await asyncio.wait(under_way, timeout=_FINISH_S)
    for task in late:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*late, return_exceptions=True)
