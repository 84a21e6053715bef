"""The bell: who waits is woken by commits of other processes, and looks by himself at times."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.platform import bell as bells
from services.platform.bell import EVENTS, TELLS, Bell
from services.platform.database import Database, DatabaseUnreachable, Session
from tests.support.quiet import QuietDatabase

PATIENCE_S = 30.0


@pytest.fixture
async def here(quiet: QuietDatabase) -> AsyncIterator[Bell]:
    """The bell of one process."""
    async with quiet.opened("declaration") as database:
        bell = Bell(database)
        yield bell
        await bell.close()


@pytest.fixture
async def there(quiet: QuietDatabase) -> AsyncIterator[Bell]:
    """The bell of another process, under another role."""
    async with quiet.opened("relay") as database:
        bell = Bell(database)
        yield bell
        await bell.close()


@pytest.fixture
async def superuser(quiet: QuietDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(quiet.endpoints.database_url)
    yield connection
    await connection.close()


async def sessions_cut(superuser: asyncpg.Connection) -> None:
    """End every session of the database, as a server that restarts would."""
    cut = await superuser.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert cut


async def settled(ear: bells.Ear) -> None:
    """Listening has begun: the ear is woken once, because rings may have been missed before."""
    assert await ear.wait(PATIENCE_S)


async def test_a_ring_is_heard_in_another_process_by_those_of_its_channel(
    here: Bell, there: Bell
) -> None:
    async with there.heard(EVENTS) as events, there.heard(TELLS) as tells:
        await settled(events)
        await settled(tells)
        here.ring(EVENTS)
        assert await events.wait(PATIENCE_S)
        assert not await tells.wait(0.2)


async def test_a_ring_is_heard_in_its_own_process_before_the_database_is_asked() -> None:
    away = Bell(Database("postgresql://127.0.0.1:1/x", role="x"))
    async with away.heard(TELLS) as ear:
        away.ring(TELLS)
        assert await ear.wait(0)
    await away.close()


async def test_a_thousand_commits_ring_elsewhere_a_few_times(here: Bell, there: Bell) -> None:
    async with there.heard(EVENTS) as ear:
        await settled(ear)
        heard = 0
        for _ in range(1000):
            here.ring(EVENTS)
            await asyncio.sleep(0)
        while await ear.wait(0.5):
            heard += 1
    assert 1 <= heard <= 50


async def test_who_waits_is_woken_when_the_session_was_lost_for_he_may_have_missed_a_ring(
    here: Bell, there: Bell, superuser: asyncpg.Connection
) -> None:
    async with there.heard(EVENTS) as ear:
        await settled(ear)
        await sessions_cut(superuser)
        assert await ear.wait(PATIENCE_S)
        here.ring(EVENTS)
        assert await ear.wait(PATIENCE_S)


@pytest.mark.slow
async def test_a_session_that_died_unseen_is_found_and_replaced(
    here: Bell, there: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A firewall forgets the connection: neither side is told."""
    monkeypatch.setattr(bells, "_PULSE_S", 0.1)

    async def silent(_: Session) -> None:
        raise DatabaseUnreachable

    async with there.heard(EVENTS) as ear:
        await settled(ear)
        with monkeypatch.context() as silence:
            silence.setattr(Session, "try_it", silent)
            assert await ear.wait(PATIENCE_S)
        here.ring(EVENTS)
        assert await ear.wait(PATIENCE_S)


async def test_a_process_that_neither_rings_nor_waits_has_no_session(
    quiet: QuietDatabase, superuser: asyncpg.Connection
) -> None:
    async with quiet.opened("window") as database:
        bell = Bell(database)
        bell.ring()
        await asyncio.sleep(0)
        found = await superuser.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = 'tw_window'"
        )
        await bell.close()
    assert found == 0
