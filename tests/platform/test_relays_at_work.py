"""How relays work: side by side, stopped, killed, woken, and at what cost in statements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import text
from temporalio.client import Client

from services.declaration.domain.events import LotClosed
from services.kernel.identifiers import case_uuid, new_id
from services.platform import relay as relays
from services.platform.database import Database
from services.platform.relay import BATCH
from services.platform.tail import newest, read_after
from tests.platform.outbox import (
    a_relay,
    looks,
    put_in_the_outbox,
    relaying,
    ringing,
    start,
    tell,
    until,
    until_delivered,
    waiting,
)
from tests.support.acts import append
from tests.support.patience import LOOKS
from tests.support.quiet import QuietDatabase, Wire


@pytest.fixture
async def database(quiet: QuietDatabase) -> AsyncIterator[Database]:
    async with ringing(quiet) as database:
        yield database


@pytest.mark.slow
@pytest.mark.usefixtures("listening")
async def test_two_relays_share_the_work_and_lose_nothing(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    cases = [new_id("lot") for _ in range(BATCH + 20)]
    for case in cases:
        await start(database, case)
    async with relaying(quiet, temporal), relaying(quiet, temporal):
        await until_delivered(quiet)
    assert await asyncio.gather(*(looks(temporal, c) for c in cases)) == [0] * len(cases)


async def claimed(quiet: QuietDatabase) -> None:
    """Wait until a relay has every row in its hands."""
    async with quiet.opened("relay") as database:
        for _ in range(LOOKS):
            async with database.reading() as tx:
                left = await tx.execute(text("SELECT count(*) FROM outbox WHERE due_at <= now()"))
                if left.scalar_one() == 0:
                    return
            await asyncio.sleep(0.05)
    raise AssertionError("no relay took the rows")


@pytest.fixture
async def mute(wire: Wire, temporal: Client) -> Client:
    """A client whose calls are heard by nobody: they neither fail nor are answered."""
    client = await Client.connect(
        wire.address,
        namespace=temporal.namespace,
        data_converter=temporal.data_converter,
        # Asking after the server would end a call after 45 seconds without an answer.
        keep_alive_config=None,
    )
    wire.hush()
    return client


@pytest.mark.usefixtures("listening")
async def test_the_log_is_read_on_while_temporal_keeps_the_relay_waiting(
    quiet: QuietDatabase, database: Database, mute: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long enough for transactions of other tests on this server, which hold the log up.
    monkeypatch.setattr("services.platform.relay._RPC_TIMEOUT", timedelta(minutes=5))
    await start(database, new_id("lot"))
    async with relaying(quiet, mute):
        await claimed(quiet)
        async with database.transaction() as tx:
            before = await newest(tx)
            await append(tx, case := new_id("lot"), LotClosed())
        read: set[UUID] = set()
        async with quiet.opened("relay") as outbox_of_relay:
            while case_uuid(case) not in read:
                assert await waiting(outbox_of_relay) == [(0, None)], "the relay waits no more"
                async with database.reading() as tx:
                    read = {event.case_id for event in await read_after(tx, before)}


NOWHERE: Final = "postgresql://127.0.0.1:1/x"


@pytest.mark.slow
@pytest.mark.usefixtures("listening")
async def test_what_a_killed_relay_had_in_hand_is_delivered_when_its_lease_ends(
    quiet: QuietDatabase,
    database: Database,
    mute: Client,
    temporal: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = new_id("lot")
    await start(database, case)
    async with quiet.opened("relay") as own, a_relay(own, mute, lease=timedelta(seconds=2)):
        await claimed(quiet)
        # Killed: not a word of it reaches the database any more.
        monkeypatch.setattr(own, "reading", Database(NOWHERE, role="x").reading)
    await until(quiet, lambda rows: rows == [(0, None)])
    async with relaying(quiet, temporal):
        await until_delivered(quiet)
    assert await looks(temporal, case) == 0


@pytest.mark.usefixtures("listening")
async def test_a_relay_that_is_told_to_stop_gives_back_what_it_has_in_hand(
    quiet: QuietDatabase, database: Database, mute: Client, temporal: Client
) -> None:
    case = new_id("lot")
    await start(database, case)
    async with relaying(quiet, mute, lease=timedelta(days=1)):
        await claimed(quiet)
    async with relaying(quiet, temporal):
        await until_delivered(quiet)
    assert await looks(temporal, case) == 0


@pytest.mark.usefixtures("listening")
async def test_the_only_relay_waits_for_no_lease(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    case = new_id("lot")
    await start(database, case)
    async with quiet.opened("relay") as relay, relay.transaction() as tx:
        await tx.execute(text("UPDATE outbox SET due_at = now() + interval '1 day'"))
    async with relaying(quiet, temporal, alone=True):
        await until_delivered(quiet)
    assert await looks(temporal, case) == 0


@pytest.mark.usefixtures("listening")
async def test_a_batch_costs_two_statements_however_many_cases_it_tells(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    cases = [new_id("lot") for _ in range(8)]
    for case in cases:
        await start(database, case)
        await tell(database, case)
    async with quiet.opened("relay") as relay:
        with relay.watched() as sent:
            async with a_relay(relay, temporal):
                await until_delivered(quiet)
    claims, put_off = [[s for s in sent if word in s] for word in ("SKIP LOCKED", "attempts + 1")]
    assert (len(claims) <= 2, put_off) == (True, []), "the second claim forgets what is delivered"
    assert await asyncio.gather(*(looks(temporal, c) for c in cases)) == [0] * len(cases)


@pytest.mark.usefixtures("listening")
async def test_many_that_fail_cost_one_statement_to_put_off(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    for _ in range(20):
        await put_in_the_outbox(quiet, new_id("lot"))
    async with quiet.opened("relay") as relay:
        with relay.watched() as sent:
            async with a_relay(relay, temporal):
                rows = await until(quiet, lambda rows: all(attempts for attempts, _ in rows))
    assert {error for _, error in rows} == {"CASE_UNKNOWN"}
    settled = [place for place, s in enumerate(sent) if "attempts + 1" in s]
    assert settled[0] == 21, "behind the claim, and one look at the record for each case"


@pytest.mark.slow
@pytest.mark.usefixtures("listening")
async def test_a_relay_is_woken_by_the_commit_of_another_process(
    quiet: QuietDatabase, database: Database, temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would look by itself only after an hour."""
    monkeypatch.setattr(relays, "LOOK_S", 3600.0)
    async with relaying(quiet, temporal):
        for _ in range(3):
            case = new_id("lot")
            await asyncio.sleep(0.3)
            await start(database, case)
            await until_delivered(quiet)
            assert await looks(temporal, case) == 0


async def test_what_was_put_off_is_tried_again_when_it_is_due(
    quiet: QuietDatabase, temporal: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody rings meanwhile."""
    monkeypatch.setattr(relays, "LOOK_S", 3600.0)
    await put_in_the_outbox(quiet, new_id("lot"))
    async with relaying(quiet, temporal):
        await until(quiet, lambda rows: rows[0][0] >= 3)
    async with quiet.opened("relay") as relay, relay.reading() as tx:
        await tx.execute(text("DELETE FROM outbox"))
