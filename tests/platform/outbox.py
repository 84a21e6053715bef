"""An outbox of one's own, relays at work on it, and cases that count how often they look."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import uuid4

import asyncpg
from sqlalchemy import text
from temporalio.client import Client
from temporalio.service import RPCError

from services.declaration.domain.events import LotClosed, SharesConfirmed
from services.kernel.messages import CaseKind
from services.platform.bell import TELLS, Bell
from services.platform.database import Database
from services.platform.relay import LEASE, Relay
from tests.support.acts import append, told
from tests.support.quiet import QuietDatabase

QUEUE: Final = f"relay-{uuid4().hex[:8]}"
KINDS: Final = {"lot": CaseKind("Listener", QUEUE, "a case that listens")}
HAPPENED: Final = SharesConfirmed(tickets=1, unconfirmed=0, by_mandate=False)
"""After it the case goes on; after LotClosed it does not."""


@asynccontextmanager
async def ringing(quiet: QuietDatabase) -> AsyncIterator[Database]:
    """Where acts are written whose commits ring; the outbox is empty before and after."""
    async with quiet.opened("relay") as relay, relay.reading() as tx:
        await tx.execute(text("DELETE FROM outbox"))
        async with quiet.opened("declaration") as database:
            bell = Bell(database)
            database.committed = bell.ring
            yield database
            await bell.close()
        await tx.execute(text("DELETE FROM outbox"))


@asynccontextmanager
async def a_relay(
    database: Database, client: Client, *, lease: timedelta = LEASE, alone: bool = False
) -> AsyncIterator[asyncio.Task[None]]:
    """A relay at work, woken by a bell of its own as in a process of its own."""
    bell = Bell(database)
    relay = Relay(database, KINDS, bell, lease=lease)
    running = asyncio.create_task(relay.run(client, alone=alone))
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.wait([running])
        await bell.close()


@asynccontextmanager
async def relaying(
    quiet: QuietDatabase, client: Client, *, lease: timedelta = LEASE, alone: bool = False
) -> AsyncIterator[None]:
    async with (
        quiet.opened("relay") as database,
        a_relay(database, client, lease=lease, alone=alone) as running,
    ):
        yield
        assert not running.done(), "the relay ended by itself"


async def start(database: Database, case: str) -> None:
    await told(database, case, HAPPENED, opens=True)
    database.committed(TELLS)


async def tell(database: Database, case: str, *, anew: bool = False) -> None:
    await told(database, case, HAPPENED, anew=anew)
    database.committed(TELLS)


async def end(database: Database, case: str) -> None:
    """The record says that nothing more happens in the case; its workflow is not told."""
    async with database.transaction() as tx:
        await append(tx, case, LotClosed())


async def waiting(database: Database) -> list[tuple[int, str | None]]:
    async with database.reading() as tx:
        rows = await tx.execute(text("SELECT attempts, last_error FROM outbox ORDER BY outbox_id"))
        return [(r.attempts, r.last_error) for r in rows]


async def until(
    quiet: QuietDatabase, such: Callable[[list[tuple[int, str | None]]], bool]
) -> list[tuple[int, str | None]]:
    """The outbox once it is such, within forty seconds."""
    async with quiet.opened("relay") as database:
        for _ in range(800):
            rows = await waiting(database)
            if such(rows):
                return rows
            await asyncio.sleep(0.05)
    raise AssertionError(f"the outbox stayed {rows}")


async def until_delivered(quiet: QuietDatabase) -> None:
    await until(quiet, lambda rows: not rows)


async def looks(client: Client, case: str) -> int:
    """How often a case has looked since its start; it ends with that."""
    handle = client.get_workflow_handle(case, result_type=int)
    await handle.signal("end")
    counted: int = await handle.result()
    return counted


async def run_of(client: Client, case: str) -> str:
    return str((await client.get_workflow_handle(case).describe()).run_id)


async def is_unknown(client: Client, case: str) -> bool:
    """Whether the engine has never heard of a case."""
    with contextlib.suppress(RPCError):
        await client.get_workflow_handle(case).describe()
        return False
    return True


async def put_in_the_outbox(quiet: QuietDatabase, case: str, attributes: str | None = None) -> None:
    """A row that no act wrote; one with attributes opens its case."""
    owner = await asyncpg.connect(quiet.endpoints.database_url)
    await owner.execute(
        "INSERT INTO outbox (told, opens, source, place, attributes)"
        " VALUES ($1, $2, $1, 1, coalesce($3, '{}'))",
        case,
        attributes is not None,
        attributes,
    )
    await owner.close()
