"""Open cases and their runs in the engine: where the two differ, and how that is mended.

The record says which cases are open; the engine says which run. A case that is open and does not
run waits for ever, unless somebody tells it: an engine that was lost or restored from an older copy
leaves such cases, and so does an older record, of cases that have ended since. So does a stranger
who runs something else under a case's id: it takes the tells and carries nothing out. The other way
round there are runs of cases that are not open: such as an older record never knew, or as have
ended since an older engine saw them. Starting a case does no harm ever, nor does having it look,
because a run does what it reads on record.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import text
from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from deploy.operate.data_directory import LocalError
from services.kernel.identifiers import case_uuid, show
from services.kernel.messages import LOOK, CaseKind
from services.kernel.refusal import Refused
from services.platform.database import Database
from services.platform.relay import start_case
from workflows.kinds import KINDS

PAGE: Final = 1_000
AT_ONCE: Final = 50
NAMED_MAX: Final = 20
_SLOW: Final = {
    RPCStatusCode.CANCELLED,  # what the SDK makes of a time-out of its own
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
}
_PATIENCE_S: Final = (1.0, 2.0, 4.0, 8.0)

_OPEN = text(
    "SELECT kind, case_id FROM cases WHERE ended_at IS NULL AND kind = :kind AND case_id > :after"
    " ORDER BY case_id LIMIT :rows"
)
# Who waits here is told soon, and started by it if he does not run.
_TOLD_SOON = text("SELECT told FROM outbox WHERE told = ANY(:cases)")
_OPEN_OF = text("SELECT case_id FROM cases WHERE ended_at IS NULL AND case_id = ANY(:ids)")
REPORT: Final = "report"
"""Among the kinds of cases: a bank's report, which is kept before it is carried out."""
_UNTOLD = text(
    "SELECT kind, count(*) AS waiting,"
    " CAST(extract(epoch FROM now() - min(since)) AS float8) AS age_s"
    " FROM (SELECT left(told, 3) AS kind, created_at AS since FROM outbox"
    f" UNION ALL SELECT '{REPORT}', received_at FROM v_bank_reports_left) AS waiting"
    " GROUP BY kind ORDER BY kind"
)
_FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Untold:
    """Acts of one kind of case that are committed and not carried out yet: how many, how old.

    Or reports of banks that are kept and not carried out yet.
    """

    kind: str
    waiting: int
    age_s: float


@dataclass
class Runs:
    """Of the open cases: how many there are, and which the engine does not run; and whom it runs
    that is not open."""

    open: int = 0
    missing: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)


async def untold(relay: Database) -> list[Untold]:
    """What waits in the outbox, by kind of the case told, and the reports that were left."""
    async with relay.reading() as tx:
        rows = (await tx.execute(_UNTOLD)).all()
    return [Untold(row.kind, row.waiting, max(0.0, row.age_s)) for row in rows]


async def open_cases(database: Database, kinds: Iterable[str] = KINDS) -> AsyncIterator[list[str]]:
    """Every case that the record says is open, in pages."""
    for kind in kinds:
        after = _FIRST
        while True:
            async with database.reading() as tx:
                values = {"kind": kind, "after": after, "rows": PAGE}
                rows = (await tx.execute(_OPEN, values)).all()
            if not rows:
                break
            yield [show(row.kind, row.case_id) for row in rows]
            after = rows[-1].case_id


async def runs(database: Database, client: Client) -> Runs:
    """Which open cases have no run and are not about to be told, and which runs no open case has.

    The engine's list may lag, so who is missing, or is there beyond the record, is asked for.
    """
    listed = client.list_workflows("ExecutionStatus = 'Running'")
    running = {w.id async for w in listed if _carries(w, KINDS)}
    # What runs was on record before it ran, so the record is read after the engine's list.
    open_of_them = await _open_of(database, running)
    found = Runs()
    async for page in open_cases(database):
        found.open += len(page)
        lacking = [case for case in page if case not in running]
        lacking = await _untold_of(database, lacking)
        answers = await _of_each(lacking, lambda case: _runs(client, case))
        found.missing += [case for case, is_running in answers if not is_running]
    beyond = await _untold_of(database, sorted(running - open_of_them))
    waiting = await _of_each(beyond, lambda case: _waits(client, case))
    found.beyond = [case for case, waits in waiting if waits]
    return found


def standing(waiting: Iterable[Untold], found: Runs) -> Iterator[str]:
    """What waits and what runs, a sentence each. Raises LocalError where the two differ."""
    for kind in waiting:
        what = f"acts on cases {kind.kind}_… are committed"
        if kind.kind == REPORT:
            what = "reports of banks are kept"
        yield (f"{kind.waiting} {what} and not carried out yet, the oldest for {kind.age_s:.0f} s.")
    differs = []
    if found.missing:
        differs.append(
            f"{len(found.missing)} of {found.open} open cases have no run in the engine:"
            f" {_named(found.missing)}."
        )
    if found.beyond:
        differs.append(
            f"{len(found.beyond)} runs in the engine are of cases that are not open on record:"
            f" {_named(found.beyond)}."
        )
    if differs:
        raise LocalError(f"{' '.join(differs)} Run `tradewindow resume --all`.")
    yield f"{found.open} open cases, each with its run in the engine."


def _named(cases: Sequence[str]) -> str:
    more = len(cases) - NAMED_MAX
    return f"{', '.join(cases[:NAMED_MAX])}{f' and {more} more' if more > 0 else ''}"


async def _open_of(database: Database, cases: set[str]) -> set[str]:
    """Those of some cases that are open on record; what is no case's id is none."""
    ids = {}
    for case in cases:
        with contextlib.suppress(Refused):
            ids[case_uuid(case)] = case
    async with database.reading() as tx:
        rows = (await tx.execute(_OPEN_OF, {"ids": list(ids)})).scalars()
        return {ids[row] for row in rows}


async def _untold_of(database: Database, cases: list[str]) -> list[str]:
    async with database.reading() as tx:
        told = set((await tx.execute(_TOLD_SOON, {"cases": cases})).scalars())
    return [case for case in cases if case not in told]


async def _runs(client: Client, case: str, kinds: Mapping[str, CaseKind] = KINDS) -> bool:
    described = await _described(client, case)
    return described is not None and _carries(described, kinds)


async def _waits(client: Client, case: str) -> bool:
    """Whether a case runs and has nothing to do: one that is just looking may end by that."""
    described = await _described(client, case)
    return (
        described is not None
        and described.status == WorkflowExecutionStatus.RUNNING
        and not described.raw_description.HasField("pending_workflow_task")
    )


async def _described(client: Client, case: str) -> WorkflowExecutionDescription | None:
    try:
        return await client.get_workflow_handle(case).describe()
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return None
        raise


def _carries(run: WorkflowExecution, kinds: Mapping[str, CaseKind]) -> bool:
    """Whether a run is its case's own: by its workflow, on its queue."""
    kind = kinds.get(run.id[:3])
    return (
        run.status == WorkflowExecutionStatus.RUNNING
        and kind is not None
        and (run.workflow_type, run.task_queue) == (kind.workflow, kind.queue)
    )


async def start_again(
    client: Client, cases: Iterable[str], kinds: Mapping[str, CaseKind] = KINDS
) -> int:
    """Start the cases that do not run, from the record, and have the others look at it; how many
    were started.

    A run that an older copy of the engine brought back has not heard what it was told since, and
    its clock may have moved. What a stranger runs under a case's id is ended first.
    """

    async def start(case: str) -> bool:
        try:
            await start_case(client, case, kinds, {})
        except WorkflowAlreadyStartedError:
            if await _runs(client, case, kinds):
                await have_looked(client, case)
                return False
            await client.get_workflow_handle(case).terminate("does not carry the case")
            await start_case(client, case, kinds, {})
        return True

    return sum(started for _, started in await _of_each(cases, start))


async def _of_each(
    cases: Iterable[str], ask: Callable[[str], Awaitable[bool]]
) -> list[tuple[str, bool]]:
    """What the engine answers of each case, so many at a time.

    A slow engine is asked again: to start a case or to have it look does no harm twice.
    """
    room = asyncio.Semaphore(AT_ONCE)

    async def asked(case: str) -> tuple[str, bool]:
        async with room:
            for patience_s in _PATIENCE_S:
                try:
                    return case, await ask(case)
                except RPCError as error:
                    if error.status not in _SLOW:
                        raise
                await asyncio.sleep(patience_s)
            return case, await ask(case)

    return list(await asyncio.gather(*(asked(case) for case in cases)))


async def have_looked(client: Client, case: str) -> None:
    """Have a run look at the record, by which it ends if its case is not open; one that has ended
    since need not."""
    try:
        await client.get_workflow_handle(case).signal(LOOK)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
