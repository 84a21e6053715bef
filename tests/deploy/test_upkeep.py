"""What a running window does for itself, so that nobody has to remember it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from uuid import uuid4

import asyncpg
import pytest
from prometheus_client import REGISTRY

from deploy.operate.parts import meanwhile
from deploy.operate.upkeep import TABLES, kept_up, upkeep
from services.platform.database import Database
from tests.support.patience import LOOKS
from tests.support.quiet import QuietDatabase


@pytest.fixture
async def relay(quiet: QuietDatabase) -> AsyncIterator[Database]:
    async with quiet.opened("relay") as database:
        yield database


@pytest.fixture
async def superuser(quiet: QuietDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(quiet.endpoints.database_url)
    yield connection
    await connection.close()


async def keep_answers(superuser: asyncpg.Connection, days_ago: int, count: int = 1) -> str:
    """Answers that were stored so many days ago; the request they have in common."""
    asked = uuid4().hex
    await superuser.execute(
        "INSERT INTO stored_answers (receipt, role, fingerprint, status, body, created_at)"
        " SELECT sha256(convert_to($1 || n, 'UTF8')), 'tw_declaration', $1, 200, '{}',"
        " now() - make_interval(days => $2) FROM generate_series(1, $3) AS n",
        asked,
        days_ago,
        count,
    )
    return asked


async def kept(superuser: asyncpg.Connection, asked: str) -> int:
    found: int = await superuser.fetchval(
        "SELECT count(*) FROM stored_answers WHERE fingerprint = $1", asked
    )
    return found


async def test_months_that_are_missing_are_made_while_the_window_runs(
    relay: Database, superuser: asyncpg.Connection
) -> None:
    for table in TABLES:
        name = await superuser.fetchval(
            "SELECT $1 || to_char(date_trunc('month', now() AT TIME ZONE 'UTC')"
            " + interval '4 months', '_YYYY_MM')",
            table,
        )
        await superuser.execute(f'DROP TABLE "{name}"')
    async with meanwhile({"upkeep": partial(kept_up, relay)}):
        for _ in range(LOOKS):
            if await superuser.fetchval("SELECT months_prepared('tickets')") == 6:
                break
            await asyncio.sleep(0.05)
    assert (await upkeep(relay)).months == {"events": 6, "tickets": 6}
    for table in TABLES:
        assert REGISTRY.get_sample_value("tradewindow_months_prepared", {"table": table}) == 6


async def test_an_answer_is_kept_for_ninety_days_and_then_forgotten(
    relay: Database, superuser: asyncpg.Connection
) -> None:
    old, young = await keep_answers(superuser, 91, 2500), await keep_answers(superuser, 89)
    assert (await upkeep(relay)).forgotten == 2500
    assert await kept(superuser, old) == 0
    assert await kept(superuser, young) == 1


async def test_where_no_policy_says_how_long_nothing_is_forgotten(
    relay: Database, superuser: asyncpg.Connection
) -> None:
    old = await keep_answers(superuser, 4000)
    ended = "UPDATE policy_parameters SET effective_to = '2020-01-02' WHERE key = $1"
    transaction = superuser.transaction()
    await transaction.start()
    await superuser.execute(ended, "platform.idempotency_keep_days")
    assert await superuser.fetchval("SELECT answers_forget()") == 0
    await transaction.rollback()
    assert await kept(superuser, old) == 1
    assert (await upkeep(relay)).forgotten == 1
