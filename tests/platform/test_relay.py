"""The outbox and its relay: what was committed reaches Temporal, once in effect, in the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import text
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.worker import Worker

from services.kernel.identifiers import new_id
from services.platform import outbox
from services.platform.database import Database
from services.platform.relay import Relay
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
async def relaying(quiet: QuietDatabase, client: Client) -> AsyncIterator[Relay]:
    async with quiet.opened("relay") as database:
        relay = Relay(database)
        running = asyncio.create_task(relay.run(client))
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
async def test_two_relays_share_the_work_and_lose_nothing(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    cases = [new_id("lot") for _ in range(120)]
    for case in cases:
        await start(database, case)
    async with relaying(quiet, temporal), relaying(quiet, temporal):
        await until_delivered(quiet)
    assert await asyncio.gather(*(heard(temporal, c) for c in cases)) == [[]] * len(cases)
