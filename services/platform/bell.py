"""The bell: after a commit it wakes who waits for it, here at once, in other processes by NOTIFY.

No business transaction says NOTIFY, for PostgreSQL has those that do commit one after another. A
process rings after its commits, in a statement of its own that stands for all of them since the
last. A ring may be lost, with the process that owed it or with a connection: so whoever waits looks
by himself all the same, every ``LOOK_S`` seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from asyncpg import PostgresError

from services.platform import telemetry
from services.platform.database import Database, DatabaseUnreachable, Session

EVENTS: Final = "tradewindow_events"
"""Rung when events were committed: wakes the tail of the log."""
TELLS: Final = "tradewindow_tells"
"""Rung when cases were told: wakes the relay."""
WEBHOOKS: Final = "tradewindow_webhooks"
"""Rung when a webhook was given a place in the log: wakes the delivery."""
NOTICES: Final = "tradewindow_notices"
"""Rung when something waits to leave to a person: wakes who sends it."""

LOOK_S: Final = 5.0
"""How long who waits goes without looking. Only a process killed between its commit and its ring,
or a lost connection, makes anybody wait for it; an idle process is not worth more looks."""
_PAUSE_S: Final = 0.02
"""From one ring to the next, however many commits there are in between: what a ring costs is then
bounded, and nobody notices so short a wait."""
_PULSE_S: Final = 30.0
"""How often the session is tried: one that a firewall has forgotten would be silent for ever."""
_AGAIN_S: Final = 1.0

log = structlog.get_logger()


class Ear:
    """Somebody who waits for the bell; what rings while he is busy he finds when he waits again."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake who waits."""
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """Whether it rang before so many seconds had passed."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True


class Bell:
    """One a process, on a session of its own, opened when somebody first rings or waits."""

    def __init__(self, database: Database, *, alone: bool = False) -> None:
        """``alone`` when nobody in another process waits, as in a whole window of one process."""
        self._database = database
        self._alone = alone
        self._ears: dict[str, set[Ear]] = defaultdict(set)
        self._owed: set[str] = set()
        self._session: Session | None = None
        self._turn = asyncio.Lock()
        self._stirred = Ear()
        self._ringing: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None

    def ring(self, *channels: str) -> None:
        """Wake who waits here, and soon who waits elsewhere; nobody is held up by it."""
        if not channels:
            return
        self._wake(channels)
        if self._alone:
            return
        self._owed.update(channels)
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring_elsewhere(), name="bell")

    @asynccontextmanager
    async def heard(self, *channels: str) -> AsyncIterator[Ear]:
        """An ear for these channels. It is woken too when rings may have been missed."""
        ear = Ear()
        for channel in channels:
            self._ears[channel].add(ear)
        if not self._alone and (self._keeping is None or self._keeping.done()):
            self._keeping = asyncio.create_task(self._keep_listening(), name="listening")
        self._stirred.ring()
        try:
            yield ear
        finally:
            for channel in channels:
                self._ears[channel].discard(ear)

    async def close(self) -> None:
        """Ring no more, hear no more, and give the session back."""
        for task in (self._ringing, self._keeping):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        self._hang_up()

    def _wake(self, channels: tuple[str, ...]) -> None:
        for channel in channels:
            for ear in self._ears[channel]:
                ear.ring()

    async def _ring_elsewhere(self) -> None:
        while self._owed:
            channels, self._owed = self._owed, set()
            try:
                async with self._turn:
                    await (await self._opened()).notify(channels)
            except (DatabaseUnreachable, PostgresError) as error:
                # Lost. Whoever waits elsewhere looks by himself.
                log.warning("bell_not_rung", error=type(error).__name__)
                self._hang_up()
            await asyncio.sleep(_PAUSE_S)

    async def _keep_listening(self) -> None:
        """Listen on every channel that somebody waits for, on a new session when one is lost."""
        while True:
            try:
                await self._listen()
            except (DatabaseUnreachable, PostgresError) as error:
                log.warning("bell_waits_for_database", error=type(error).__name__)
                self._hang_up()
                await asyncio.sleep(_AGAIN_S)
            except Exception as error:
                log.error("bug", error=type(error).__name__, where=telemetry.where(error))
                self._hang_up()
                await asyncio.sleep(_AGAIN_S)
            else:
                await self._stirred.wait(_PULSE_S)

    async def _listen(self) -> None:
        async with self._turn:
            session = await self._opened()
            new = [c for c, ears in self._ears.items() if ears and c not in session.channels]
            if not new:
                await session.try_it()
            for channel in new:
                await session.listen(channel, lambda c: self._wake((c,)))
        # What rang before is not repeated.
        self._wake(tuple(new))

    async def _opened(self) -> Session:
        if self._session is None or self._session.is_lost:
            self._session = await self._database.session(lost=self._stirred.ring)
        return self._session

    def _hang_up(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            session.close()
