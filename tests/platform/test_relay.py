"""The outbox and its relay: what was committed reaches Temporal, once in effect, in the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.worker import Worker

from services.declaration.domain.events import LotClosed
from services.kernel.identifiers import case_uuid, new_id
from services.kernel.messages import SYSTEM
from services.platform import event_log, outbox
from services.platform.database import Database
from services.platform.relay import BATCH, LEASE, Relay
from services.platform.tail import newest, read_after
from services.platform.temporal import connect, worker
from tests.support.listener import Listener
from tests.support.quiet import QuietDatabase, Wire
from workflows.ports.declaration import LotCase, LotSoldSignal

QUEUE = f"relay-{uuid4().hex[:8]}"


@pytest.fixture
async def database(quiet: QuietDatabase) -> AsyncIterator[Database]:
    async with quiet.opened("declaration") as database:
        yield database
        async with quiet.opened("relay") as relay, relay.transaction() as tx:
            await tx.execute(text("DELETE FROM outbox"))


@pytest.fixture
async def listening(temporal: Client) -> AsyncIterator[Worker]:
    async with worker(temporal, queue=QUEUE, workflows=[Listener], activities=[]) as running:
        yield running


@asynccontextmanager
async def relaying(
    quiet: QuietDatabase, client: Client, *, lease: timedelta = LEASE, alone: bool = False
) -> AsyncIterator[Relay]:
    async with quiet.opened("relay") as database:
        relay = Relay(database, lease=lease)
        running = asyncio.create_task(relay.run(client, alone=alone))
        try:
            yield relay
        finally:
            assert not running.done(), "the relay ended by itself"
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


async def start(database: Database, case: str) -> None:
    async with database.transaction() as tx:
        await outbox.start_workflow(
            tx, workflow="Listener", case=case, queue=QUEUE, message=LotCase(lot_id=case)
        )


async def sold(database: Database, case: str, purchase: str, *, starts: bool = True) -> None:
    async with database.transaction() as tx:
        await outbox.signal(
            tx,
            workflow="Listener",
            case=case,
            queue=QUEUE,
            name="lot_sold",
            message=LotSoldSignal(lot_id=case, purchase_id=purchase),
            start=LotCase(lot_id=case) if starts else None,
        )


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


async def heard(client: Client, case: str) -> list[str]:
    handle = client.get_workflow_handle(case, result_type=list[str])
    await handle.signal("end")
    told: list[str] = await handle.result()
    return told


@pytest.mark.slow
@pytest.mark.usefixtures("listening")
async def test_a_row_committed_while_temporal_is_unreachable_is_delivered_afterwards(
    quiet: QuietDatabase, database: Database, wire: Wire, temporal: Client
) -> None:
    client = await connect(wire.address, temporal.namespace, lazy=False)
    case = new_id("lot")
    wire.cut()
    async with relaying(quiet, client):
        await start(database, case)
        await until(quiet, lambda rows: bool(rows) and rows[0][0] > 0)
        with pytest.raises(RPCError):
            await temporal.get_workflow_handle(case).describe()
        await wire.mend()
        await until_delivered(quiet)
    assert await heard(temporal, case) == []


@pytest.mark.usefixtures("listening")
async def test_a_row_delivered_twice_starts_one_workflow(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    case = new_id("lot")
    for _ in range(3):
        await start(database, case)
    async with relaying(quiet, temporal):
        await until_delivered(quiet)
        first = (await temporal.get_workflow_handle(case).describe()).run_id
        await start(database, case)
        await until_delivered(quiet)
    runs = [w.run_id async for w in temporal.list_workflows(f"WorkflowId = '{case}'")]
    assert set(runs) <= {first}
    assert (await temporal.get_workflow_handle(case).describe()).run_id == first


@pytest.mark.usefixtures("listening")
async def test_a_start_that_comes_after_the_case_has_closed_does_not_open_it_again(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    case = new_id("lot")
    async with relaying(quiet, temporal):
        await start(database, case)
        await until_delivered(quiet)
        assert await heard(temporal, case) == []
        await start(database, case)
        await sold(database, case, "late")
        await sold(database, case, "later", starts=False)
        await until_delivered(quiet)
    described = await temporal.get_workflow_handle(case).describe()
    assert described.status == WorkflowExecutionStatus.COMPLETED


@pytest.mark.usefixtures("listening")
async def test_a_signal_that_comes_before_the_start_opens_the_case_itself(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    case = new_id("lot")
    async with relaying(quiet, temporal):
        await sold(database, case, "pur_1")
        await until_delivered(quiet)
        await start(database, case)
        await sold(database, case, "pur_2")
        await until_delivered(quiet)
    assert await heard(temporal, case) == ["pur_1", "pur_2"]


@pytest.mark.usefixtures("listening")
async def test_what_was_rolled_back_is_never_delivered(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    case, other = new_id("lot"), new_id("lot")
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await outbox.start_workflow(
                tx, workflow="Listener", case=case, queue=QUEUE, message=LotCase(lot_id=case)
            )
            raise ZeroDivisionError
    async with relaying(quiet, temporal):
        await start(database, other)
        await until_delivered(quiet)
    assert await heard(temporal, other) == []
    with pytest.raises(RPCError):
        await temporal.get_workflow_handle(case).describe()


@pytest.mark.usefixtures("listening")
async def test_one_message_that_cannot_be_delivered_holds_up_no_other(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    case = new_id("lot")
    async with database.transaction() as tx:
        await tx.execute(
            text(
                "INSERT INTO outbox (workflow_id, workflow, queue, start_message)"
                " VALUES ('lot_broken', 'Listener', 'q', 'no JSON at all')"
            )
        )
    async with relaying(quiet, temporal):
        await start(database, case)
        rows = await until(quiet, lambda rows: len(rows) == 1 and rows[0][0] > 0)
        assert rows[0][1] == "JSONDecodeError"
    assert await heard(temporal, case) == []


@pytest.mark.usefixtures("listening")
async def test_what_the_database_refuses_for_a_while_is_delivered_later(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    """A lock held for long, a full disk, a migration beside it: the relay outlives them."""
    owner = await asyncpg.connect(quiet.endpoints.database_url)
    await owner.execute("REVOKE UPDATE ON outbox FROM tw_relay")
    try:
        async with relaying(quiet, temporal):
            await start(database, case := new_id("lot"))
            await asyncio.sleep(1.5)
            await owner.execute("GRANT UPDATE ON outbox TO tw_relay")
            await until_delivered(quiet)
        assert await heard(temporal, case) == []
    finally:
        await owner.execute("GRANT UPDATE ON outbox TO tw_relay")
        await owner.close()


@pytest.mark.usefixtures("listening")
async def test_two_relays_share_the_work_and_lose_nothing(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    cases = [new_id("lot") for _ in range(BATCH + 20)]
    for case in cases:
        await start(database, case)
    async with relaying(quiet, temporal), relaying(quiet, temporal):
        await until_delivered(quiet)
    assert await asyncio.gather(*(heard(temporal, c) for c in cases)) == [[]] * len(cases)


async def claimed(quiet: QuietDatabase) -> None:
    """Wait until a relay has every row in its hands."""
    async with quiet.opened("relay") as database:
        for _ in range(400):
            async with database.reading() as tx:
                left = await tx.execute(text("SELECT count(*) FROM outbox WHERE due_at <= now()"))
                if left.scalar_one() == 0:
                    return
            await asyncio.sleep(0.05)
    raise AssertionError("no relay took the rows")


@pytest.fixture
async def mute(wire: Wire, temporal: Client) -> Client:
    """A client whose calls are heard by nobody: they neither fail nor are answered."""
    client = await connect(wire.address, temporal.namespace, lazy=False)
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
            await event_log.append(
                tx,
                case=(case := new_id("lot")),
                event=LotClosed(),
                step="1",
                actor=SYSTEM,
                at=datetime.now(UTC),
            )
        read: set[UUID] = set()
        async with quiet.opened("relay") as outbox_of_relay:
            while case_uuid(case) not in read:
                assert await waiting(outbox_of_relay) == [(0, None)], "the relay waits no more"
                async with database.reading() as tx:
                    read = {event.case_id for event in await read_after(tx, before)}


NOWHERE: Final = "postgresql://127.0.0.1:1/x"


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
    async with quiet.opened("relay") as own:
        dying = asyncio.create_task(Relay(own, lease=timedelta(seconds=2)).run(mute))
        await claimed(quiet)
        # Killed: not a word of it reaches the database any more.
        monkeypatch.setattr(own, "transaction", Database(NOWHERE, role="x").transaction)
        dying.cancel()
        await asyncio.wait([dying])
    await until(quiet, lambda rows: rows == [(0, None)])
    async with relaying(quiet, temporal):
        await until_delivered(quiet)
    assert await heard(temporal, case) == []


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
    assert await heard(temporal, case) == []


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
    assert await heard(temporal, case) == []


@pytest.mark.usefixtures("listening")
async def test_facts_arrive_in_the_order_of_their_commits_and_behind_the_start(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    cases = [new_id("lot") for _ in range(4)]
    for case in cases:
        await start(database, case)
    for number in range(10):
        for case in cases:
            await sold(database, case, f"pur_{number}", starts=False)
    async with quiet.opened("relay") as relay:
        with relay.watched() as sent:
            running = asyncio.create_task(Relay(relay).run(temporal))
            await until_delivered(quiet)
            running.cancel()
            await asyncio.wait([running])
    expected = [f"pur_{number}" for number in range(10)]
    assert await asyncio.gather(*(heard(temporal, c) for c in cases)) == [expected] * len(cases)
    assert [s.startswith("WITH delivered") for s in sent].count(True) == 1


@pytest.mark.usefixtures("listening")
async def test_many_that_fail_cost_one_statement_to_put_off(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    for _ in range(20):
        await sold(database, new_id("lot"), "pur_1", starts=False)
    async with quiet.opened("relay") as relay:
        with relay.watched() as sent:
            running = asyncio.create_task(Relay(relay).run(temporal))
            rows = await until(quiet, lambda rows: all(attempts for attempts, _ in rows))
            running.cancel()
            await asyncio.wait([running])
    assert {error for _, error in rows} == {"CASE_UNKNOWN (NOT_FOUND)"}
    settled = [place for place, s in enumerate(sent) if s.startswith("WITH delivered")]
    assert settled[0] in (1, 2), "behind the claim of facts, and perhaps the one of decisions"
    assert all(s.startswith("WITH") for s in sent[:3])
