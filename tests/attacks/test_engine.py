"""Whoever reaches the engine's port can wake a case, and decides nothing.

A plain client forges signals, starts, results and steps, and ends cases that are not its own. The
record, every table of it, is the same before and after where nothing is due; and a case that was
ended in the engine alone is there again as soon as it is told.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

from deploy.operate.runs import runs as open_without_run
from deploy.operate.runs import start_again
from services.kernel.identifiers import new_id
from services.kernel.messages import LOOK, Case
from services.platform.temporal import sandbox
from tests.support.cases import OPEN
from tests.support.harbour import Harbour
from tests.support.patience import LOOKS
from tests.support.stranger import FAR_OFF, Forger, Impostor, pretend
from workflows import ports
from workflows.kinds import KINDS

pytestmark = pytest.mark.slow

ON_QUEUE: Final = "the-strangers-own"
FORGED: Final = {"state": "RELEASED", "lane": "GREEN", "signed_by": ["officer:1", "officer:2"]}


def every_kind(test: Callable[..., object]) -> object:
    """A test of each kind of case."""
    return pytest.mark.proof(keep=2)(pytest.mark.parametrize("kind", KINDS)(test))


def steps() -> Iterator[str]:
    """The names of all steps that cases ask of services."""
    for module in pkgutil.iter_modules(ports.__path__):
        port = importlib.import_module(f"{ports.__name__}.{module.name}")
        for asked in vars(port).values():
            for step in vars(asked).values() if isinstance(asked, type) else ():
                defined = getattr(step, "__temporal_activity_definition", None)
                if defined is not None:
                    yield str(defined.name)


def carriers() -> dict[str, type]:
    """The workflows of the window by name."""
    found = {}
    for module in pkgutil.iter_modules(importlib.import_module("workflows").__path__):
        for named in vars(importlib.import_module(f"workflows.{module.name}")).values():
            defined = getattr(named, "__temporal_workflow_definition", None)
            if defined is not None:
                found[str(defined.name)] = named
    return found


async def record(sql: asyncpg.Pool) -> dict[str, str]:
    """A digest of each table that says what is true; what is yet to be told says nothing."""
    tables = await sql.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'outbox'"
    )
    return {
        table: await sql.fetchval(
            f"SELECT md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM \"{table}\" AS t"
        )
        for (table,) in tables
    }


async def at_rest(sql: asyncpg.Pool) -> dict[str, str]:
    """The record once everybody who was told has looked and nothing moves any more."""
    before: dict[str, str] = {}
    for _ in range(100):
        waits = await sql.fetchval("SELECT count(*) FROM outbox")
        now = await record(sql)
        if now == before and not waits:
            return now
        before = now
        await asyncio.sleep(0.4)
    raise AssertionError("the record did not come to rest")


async def tell(sql: asyncpg.Pool, case: str) -> None:
    """What any act about the case does last."""
    await sql.execute(
        "INSERT INTO outbox (told, opens, source, place) VALUES ($1, false, $1, 1)", case
    )


async def status(client: Client, workflow_id: str) -> WorkflowExecutionStatus | None:
    try:
        return (await client.get_workflow_handle(workflow_id).describe()).status
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
        return None


async def runs(client: Client, case: str, *, on: str) -> None:
    """Wait until the case is carried by the window's own workers."""
    for _ in range(LOOKS):
        if await status(client, case) == WorkflowExecutionStatus.RUNNING:
            described = await client.get_workflow_handle(case).describe()
            if described.task_queue == on and described.history_length > 4:
                return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{case} is {await status(client, case)}")


async def taken_up(client: Client, workflow_id: str, signals: int) -> None:
    """Wait until a worker has taken up the last of so many signals, and completed its task."""
    for _ in range(LOOKS):
        history = (await client.get_workflow_handle(workflow_id).fetch_history()).to_json_dict()
        kinds = [event["eventType"].removeprefix("EVENT_TYPE_") for event in history["events"]]
        if kinds.count("WORKFLOW_EXECUTION_SIGNALED") >= signals:
            last = len(kinds) - kinds[::-1].index("WORKFLOW_EXECUTION_SIGNALED")
            if "WORKFLOW_TASK_COMPLETED" in kinds[last:]:
                return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{workflow_id} takes no signal any more: {kinds}")


def forged_start(client: Client, case: str, *, kind: str | None = None, **changes: Any) -> Any:
    """Start the workflow of a case as the relay would, or otherwise."""
    carried = KINDS[kind or case[:3]]
    how: dict[str, Any] = {"id": case, "task_queue": carried.queue, **changes}
    return client.start_workflow(carried.workflow, Case(case_id=case, at=FAR_OFF), **how)


def test_a_case_of_every_kind_is_attacked() -> None:
    assert OPEN.keys() == KINDS.keys()
    assert len(set(steps())) >= len(KINDS)
    assert {kind.workflow for kind in KINDS.values()} <= carriers().keys()


@every_kind
async def test_a_forged_look_finds_nothing_to_do(
    besieged: Harbour, stranger: Client, kind: str
) -> None:
    case = await OPEN[kind](besieged)
    await runs(stranger, case, on=KINDS[kind].queue)
    before = await at_rest(besieged.window.sql)
    for _ in range(3):
        await stranger.get_workflow_handle(case).signal(LOOK)
    await taken_up(stranger, case, 3)
    assert await at_rest(besieged.window.sql) == before


@every_kind
async def test_nothing_that_a_signal_brings_along_is_read_or_stops_the_case(
    besieged: Harbour, stranger: Client, kind: str
) -> None:
    case = await OPEN[kind](besieged)
    await runs(stranger, case, on=KINDS[kind].queue)
    before = await at_rest(besieged.window.sql)
    handle = stranger.get_workflow_handle(case)
    await handle.signal(LOOK, FORGED)
    await handle.signal(LOOK, args=[FORGED, "RELEASE", 7])
    await handle.signal("release", FORGED)
    await handle.signal("gate_passed", args=[case, None])
    await handle.signal(LOOK)
    await taken_up(stranger, case, 5)
    assert await at_rest(besieged.window.sql) == before


@every_kind
async def test_a_case_that_a_stranger_starts_anew_or_beside_itself_is_as_it_was(
    besieged: Harbour, stranger: Client, kind: str
) -> None:
    case = await OPEN[kind](besieged)
    await runs(stranger, case, on=KINDS[kind].queue)
    before = await at_rest(besieged.window.sql)
    anew: dict[str, Any] = {"id_conflict_policy": WorkflowIDConflictPolicy.TERMINATE_EXISTING}
    await forged_start(stranger, case, **anew)
    beside = await forged_start(stranger, case, id=f"beside-{case}")
    for workflow_id in (case, beside.id):
        await runs(stranger, workflow_id, on=KINDS[kind].queue)
    assert await at_rest(besieged.window.sql) == before
    await beside.terminate()


@every_kind
async def test_a_case_that_is_not_on_record_does_not_come_there_by_being_started(
    besieged: Harbour, stranger: Client, kind: str
) -> None:
    before = await at_rest(besieged.window.sql)
    handle = await forged_start(stranger, new_id(kind))
    async with asyncio.timeout(30):
        assert await handle.result() == "UNKNOWN"
    assert await at_rest(besieged.window.sql) == before


@every_kind
async def test_what_names_no_case_of_its_kind_is_nothing_to_any_workflow(
    besieged: Harbour, stranger: Client, kind: str
) -> None:
    other = await OPEN["ins" if kind == "lot" else "lot"](besieged)
    before = await at_rest(besieged.window.sql)
    forged = [
        await forged_start(stranger, case, kind=kind, id=f"forged-{kind}-{number}")
        for number, case in enumerate((other, "", f"{kind}_", "'; DROP TABLE lots; --"))
    ]
    await asyncio.sleep(1)
    assert await at_rest(besieged.window.sql) == before
    for handle in forged:
        if await status(stranger, handle.id) == WorkflowExecutionStatus.RUNNING:
            await handle.terminate()


async def _withdrawn(besieged: Harbour) -> tuple[str, str]:
    """A lot that two officers let be withdrawn, and its order, which ended with it."""
    group = await besieged.group()
    lot = await besieged.inspected(group)
    await besieged.let_go(lot["order_id"])
    await besieged.until(group.clerk, lot["lot_id"], "CANCELLED")
    return lot["lot_id"], lot["order_id"]


async def test_a_case_that_has_ended_ends_again_when_it_is_started(
    besieged: Harbour, stranger: Client
) -> None:
    lot_id, order_id = await _withdrawn(besieged)
    for case in (lot_id, order_id):
        assert await stranger.get_workflow_handle(case).result()
    before = await at_rest(besieged.window.sql)
    again: dict[str, Any] = {"id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE}
    for case, state in ((lot_id, "CANCELLED"), (order_id, "WITHDRAWN")):
        handle = await forged_start(stranger, case, **again)
        async with asyncio.timeout(30):
            assert await handle.result() == state
        # Nor is it opened by being told: the record says that it has ended.
        await tell(besieged.window.sql, case)
    assert await at_rest(besieged.window.sql) == before
    for case in (lot_id, order_id):
        assert await status(stranger, case) == WorkflowExecutionStatus.COMPLETED


@every_kind
async def test_a_case_that_a_stranger_terminated_is_carried_on_when_it_is_told(
    besieged: Harbour, stranger: Client, kind: str
) -> None:
    case = await OPEN[kind](besieged)
    await runs(stranger, case, on=KINDS[kind].queue)
    before = await at_rest(besieged.window.sql)
    await stranger.get_workflow_handle(case).terminate("by a stranger")
    await tell(besieged.window.sql, case)
    await runs(stranger, case, on=KINDS[kind].queue)
    assert await at_rest(besieged.window.sql) == before


async def carried_off(besieged: Harbour, stranger: Client, kind: str, **worker: Any) -> None:
    """A stranger's worker runs the case to its end; on record it is open, and told it goes on."""
    case = await OPEN[kind](besieged)
    await runs(stranger, case, on=KINDS[kind].queue)
    before = await at_rest(besieged.window.sql)
    async with Worker(stranger, task_queue=ON_QUEUE, workflow_runner=sandbox(), **worker):
        handle = await forged_start(
            stranger,
            case,
            task_queue=ON_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
        )
        async with asyncio.timeout(30):
            assert await handle.result() == "CLOSED"
    assert await at_rest(besieged.window.sql) == before
    await tell(besieged.window.sql, case)
    await runs(stranger, case, on=KINDS[kind].queue)
    assert await at_rest(besieged.window.sql) == before


@every_kind
async def test_a_case_that_an_impostor_completed_is_open_on_record_and_carried_on(
    besieged: Harbour, stranger: Client, kind: str
) -> None:
    """Its state in the engine's console is whatever the impostor wrote there."""
    await carried_off(besieged, stranger, kind, workflows=[Impostor])


@every_kind
async def test_forged_results_of_its_steps_end_a_case_in_the_engine_only(
    besieged: Harbour, stranger: Client, kind: str
) -> None:
    """The window's own workflow, carried by a stranger's worker whose steps say what he likes."""
    carrier = carriers()[KINDS[kind].workflow]
    await carried_off(besieged, stranger, kind, workflows=[carrier], activities=[pretend])


async def test_no_step_is_taken_for_who_puts_it_on_a_queue(
    besieged: Harbour, stranger: Client
) -> None:
    """Each step that there is, on each queue, as of a day when every clock has run out; for a case
    of every kind at once, because nobody takes them for seconds."""
    cases = {await OPEN[kind](besieged): kind for kind in KINDS}
    for case, kind in cases.items():
        await runs(stranger, case, on=KINDS[kind].queue)
    before = await at_rest(besieged.window.sql)
    queues = sorted({kind.queue for kind in KINDS.values()})
    async with Worker(stranger, task_queue=ON_QUEUE, workflows=[Forger], workflow_runner=sandbox()):
        forged = [
            stranger.execute_workflow(
                Forger.run,
                args=[case, sorted(set(steps())), queues],
                id=f"forger-{case}",
                task_queue=ON_QUEUE,
            )
            for case in cases
        ]
        taken = await asyncio.gather(*forged)
    assert taken == [[] for _ in KINDS]
    assert await at_rest(besieged.window.sql) == before


@every_kind
async def test_what_a_stranger_runs_in_a_cases_place_is_named_and_gives_way(
    besieged: Harbour, stranger: Client, kind: str
) -> None:
    """It takes the tells and carries nothing out, until an operator looks."""
    case = await OPEN[kind](besieged)
    await runs(stranger, case, on=KINDS[kind].queue)
    before = await at_rest(besieged.window.sql)
    await stranger.start_workflow(
        "Squatter",
        id=case,
        task_queue=ON_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
    )
    relay = besieged.window.assembly.database("relay")
    for _ in range(LOOKS):
        # The engine's list of what runs lags behind.
        if case in (await open_without_run(relay, stranger)).missing:
            break
        await asyncio.sleep(0.1)
    else:
        raise AssertionError(f"{case} is not named")
    assert await start_again(stranger, [case]) == 1
    await runs(stranger, case, on=KINDS[kind].queue)
    assert await start_again(stranger, [case]) == 0
    assert await at_rest(besieged.window.sql) == before


async def test_a_lot_whose_case_was_ended_by_a_stranger_goes_its_way_all_the_same(
    besieged: Harbour, stranger: Client
) -> None:
    """The members' confirmation stands, and tells a case that is then there again."""
    group = await besieged.group(2)
    lot_id = await besieged.accepted(group, residents=group.residents, values=["1.00", "2.00"])
    await runs(stranger, lot_id, on=KINDS["lot"].queue)
    await stranger.get_workflow_handle(lot_id).terminate("by a stranger")
    path = f"/declaration/v1/lots/{lot_id}/confirmations"
    await group.clerk.post(path, {"by_mandate": True})
    await besieged.until(group.clerk, lot_id, "RELEASED")
    steps_recorded = await besieged.window.sql.fetch(
        "SELECT step FROM events WHERE case_id = $1 ORDER BY seq", UUID(hex=lot_id[4:])
    )
    assert [row["step"] for row in steps_recorded].count("release") == 1
