"""The outbox and its relay: a told case looks at the record, once in effect, in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

import asyncpg
import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from deploy.operate.assembly import register_search_attributes
from services.kernel.identifiers import new_id
from services.platform.acting import step
from services.platform.database import Database
from services.platform.policy import PolicyCache
from services.platform.temporal import connect
from tests.platform.outbox import (
    HAPPENED,
    end,
    is_unknown,
    looks,
    put_in_the_outbox,
    relaying,
    ringing,
    run_of,
    start,
    tell,
    until,
    until_delivered,
    waiting,
)
from tests.support.quiet import QuietDatabase, Wire

PUT_OFF: Final = "GRANT UPDATE (due_at, attempts, last_error) ON outbox TO tw_relay"


@pytest.fixture
async def database(quiet: QuietDatabase) -> AsyncIterator[Database]:
    async with ringing(quiet) as database:
        yield database


@pytest.mark.slow
@pytest.mark.usefixtures("listening")
async def test_what_was_committed_while_temporal_is_unreachable_is_told_afterwards(
    quiet: QuietDatabase, database: Database, wire: Wire, temporal: Client
) -> None:
    client = await connect(wire.address, temporal.namespace)
    case = new_id("lot")
    wire.cut()
    async with relaying(quiet, client):
        await start(database, case)
        await until(quiet, lambda rows: bool(rows) and rows[0][0] > 0)
        assert await is_unknown(temporal, case)
        await wire.mend()
        await until_delivered(quiet)
    assert await looks(temporal, case) == 0


@pytest.mark.usefixtures("listening")
async def test_a_case_that_is_to_be_started_three_times_runs_once(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    case = new_id("lot")
    for _ in range(3):
        await start(database, case)
    async with relaying(quiet, temporal):
        await until_delivered(quiet)
        first = await run_of(temporal, case)
        await start(database, case)
        await until_delivered(quiet)
    assert await run_of(temporal, case) == first
    assert await looks(temporal, case) == 1, "who is to be started and runs already looks again"


@pytest.mark.usefixtures("listening")
async def test_many_tells_of_a_case_are_one_look(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    cases = [new_id("lot") for _ in range(3)]
    for case in cases:
        await start(database, case)
    async with relaying(quiet, temporal):
        await until_delivered(quiet)
    for _ in range(12):
        for case in cases:
            await tell(database, case)
    async with relaying(quiet, temporal):
        await until_delivered(quiet)
    assert await asyncio.gather(*(looks(temporal, c) for c in cases)) == [1, 1, 1]


@pytest.mark.usefixtures("listening")
async def test_a_case_told_together_with_its_start_has_looked_by_starting(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    case = new_id("lot")
    await start(database, case)
    await tell(database, case)
    async with relaying(quiet, temporal):
        await until_delivered(quiet)
    assert await looks(temporal, case) == 0


@pytest.mark.usefixtures("listening")
async def test_a_start_delivered_a_second_time_swallows_no_tell_beside_it(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    """A relay died between start and delete: the case had looked before it was told."""
    case = new_id("lot")
    async with relaying(quiet, temporal):
        await start(database, case)
        await until_delivered(quiet)
    await start(database, case)
    await tell(database, case)
    async with relaying(quiet, temporal):
        await until_delivered(quiet)
    assert await looks(temporal, case) == 1


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("late", [start, tell], ids=["start", "tell"])
async def test_a_case_that_has_ended_on_record_is_not_opened_again(
    quiet: QuietDatabase, database: Database, temporal: Client, late: Callable[..., object]
) -> None:
    case, never_ran = new_id("lot"), new_id("lot")
    async with relaying(quiet, temporal):
        await start(database, case)
        await until_delivered(quiet)
        await end(database, case)
        await looks(temporal, case)
        await late(database, case)  # type: ignore[misc]
        await end(database, never_ran)
        await tell(database, never_ran)
        await until_delivered(quiet)
    described = await temporal.get_workflow_handle(case).describe()
    assert described.status == WorkflowExecutionStatus.COMPLETED
    assert await is_unknown(temporal, never_ran)


@pytest.mark.usefixtures("listening")
async def test_a_case_that_has_ended_is_started_again_when_it_is_told_anew(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    """And looks only once where it runs."""
    await register_search_attributes(temporal)
    ended, runs = new_id("lot"), new_id("lot")
    async with relaying(quiet, temporal):
        for case in (ended, runs):
            await start(database, case)
        await until_delivered(quiet)
        first = {case: await run_of(temporal, case) for case in (ended, runs)}
        await end(database, ended)
        await looks(temporal, ended)
        for case in (ended, runs):
            await tell(database, case, anew=True)
        await until_delivered(quiet)
    assert await run_of(temporal, ended) != first[ended]
    assert await run_of(temporal, runs) == first[runs]
    assert await looks(temporal, ended) == 0
    assert await looks(temporal, runs) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("by_the_stranger", ["terminated", "completed"])
@pytest.mark.parametrize("late", [start, tell], ids=["start", "tell"])
async def test_a_case_that_a_stranger_ended_is_started_again_when_it_is_told(
    quiet: QuietDatabase,
    database: Database,
    temporal: Client,
    by_the_stranger: str,
    late: Callable[..., object],
) -> None:
    case = new_id("lot")
    async with relaying(quiet, temporal):
        await start(database, case)
        await until_delivered(quiet)
        first = await run_of(temporal, case)
        if by_the_stranger == "terminated":
            await temporal.get_workflow_handle(case).terminate()
        else:
            await looks(temporal, case)
        await late(database, case)  # type: ignore[misc]
        await until_delivered(quiet)
    assert await run_of(temporal, case) != first
    assert await looks(temporal, case) == 0


@pytest.mark.usefixtures("listening")
async def test_a_case_that_the_engine_lost_is_started_again_when_it_is_told(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    """As told before its start: the engine knows nothing of it, the record does."""
    case = new_id("lot")
    async with relaying(quiet, temporal):
        await tell(database, case)
        await until_delivered(quiet)
        first = await run_of(temporal, case)
        await start(database, case)
        await until_delivered(quiet)
    assert await run_of(temporal, case) == first
    assert await looks(temporal, case) == 1


@pytest.mark.usefixtures("listening")
async def test_a_case_that_the_record_does_not_know_is_not_started_and_its_tell_is_kept(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    stranger = new_id("lot")
    await put_in_the_outbox(quiet, stranger)
    async with relaying(quiet, temporal):
        rows = await until(quiet, lambda rows: rows[0][0] > 0)
        assert rows[0][1] == "CASE_UNKNOWN"
    assert await is_unknown(temporal, stranger)


async def test_what_was_rolled_back_is_never_told(
    quiet: QuietDatabase, database: Database, temporal: Client
) -> None:
    case = new_id("lot")
    with pytest.raises(ZeroDivisionError):
        async with step(database, PolicyCache(), None) as act:
            act.record(case, HAPPENED, step="1")
            act.open_case(case)
            await act.end()
            raise ZeroDivisionError
    async with quiet.opened("relay") as relay:
        assert await waiting(relay) == []


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize(
    ("case", "attributes", "error"),
    [
        ("lot_broken", None, "Refused"),
        (new_id("ord"), "{}", "KeyError"),
        (new_id("lot"), "no JSON at all", "JSONDecodeError"),
    ],
    ids=["no id", "no such kind", "no attributes"],
)
async def test_one_row_that_cannot_be_delivered_holds_up_no_other(
    quiet: QuietDatabase,
    database: Database,
    temporal: Client,
    case: str,
    attributes: str | None,
    error: str,
) -> None:
    await put_in_the_outbox(quiet, case, attributes)
    other = new_id("lot")
    async with relaying(quiet, temporal):
        await start(database, other)
        rows = await until(quiet, lambda rows: len(rows) == 1 and rows[0][0] > 0)
        assert rows[0][1] == error
    assert await looks(temporal, other) == 0


@pytest.mark.slow
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
            await owner.execute(PUT_OFF)
            await until_delivered(quiet)
        assert await looks(temporal, case) == 0
    finally:
        await owner.execute(PUT_OFF)
        await owner.close()
