"""The relay: delivers outbox rows to Temporal, at least once, in batches.

A batch is claimed by a lease: one short statement puts its rows' next delivery a lease ahead, and
no transaction is open while Temporal is spoken to. What was taken is deleted and what was not gets
its next date in one statement more. A relay that dies in between gives its rows back when the lease
ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

import structlog
from asyncpg import PostgresError
from sqlalchemy import TextClause, text
from temporalio.client import Client, RPCTimeoutOrCancelledError, WorkflowExecutionStatus
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from services.kernel.messages import Decision
from services.platform import decisions
from services.platform.database import Database, DatabaseUnreachable, Row

BATCH: Final = 50
LEASE: Final = timedelta(seconds=30)
_POLL_SECONDS: Final = 0.2
_DECISIONS_POLL_SECONDS: Final = 1.0
# A message takes two calls at most. They end within the lease, since none begins after its first
# third: a row is never in two relays' hands, unless one of them stood still.
_RPC_TIMEOUT: Final = timedelta(seconds=5)

_CLAIM = text(
    "WITH due AS MATERIALIZED (SELECT outbox_id FROM outbox WHERE due_at <= now()"
    " AND (decision IS NOT NULL) = :made"
    " ORDER BY outbox_id FOR UPDATE SKIP LOCKED LIMIT :batch)"
    " UPDATE outbox SET due_at = now() + :lease FROM due WHERE outbox.outbox_id = due.outbox_id"
    " RETURNING outbox.outbox_id, workflow_id, workflow, queue, start_message, signal,"
    " signal_message, decision, attributes"
)
_SETTLE = text(
    "WITH delivered AS (DELETE FROM outbox WHERE outbox_id = ANY(:delivered))"
    " UPDATE outbox SET attempts = attempts + 1, last_error = failed.error,"
    " due_at = now() + least(interval '30 seconds', interval '250 ms' * 2 ^ least(attempts, 7))"
    " FROM unnest(CAST(:failed AS bigint[]), CAST(:errors AS text[])) AS failed (id, error)"
    " WHERE outbox_id = failed.id"
)
_GIVE_BACK = text("UPDATE outbox SET due_at = now() WHERE outbox_id = ANY(:ids)")
_GIVE_ALL_BACK = text("UPDATE outbox SET due_at = now() WHERE due_at > now()")

log = structlog.get_logger()


class Relay:
    """Starts and signals workflows for committed outbox rows.

    ``wake`` delivers at once (same process); otherwise rows are found within 200 ms.
    """

    def __init__(
        self,
        database: Database,
        *,
        lease: timedelta = LEASE,
        summaries: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """``summaries`` says what each workflow type is called in the engine's console."""
        self._database = database
        self._summaries = summaries
        self._lease = lease
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """Say that rows were committed."""
        self._awake.set()

    async def run(self, client: Client, *, alone: bool = False) -> None:
        """Deliver until cancelled. An unreachable database or Temporal is waited for.

        Who says that this is the only relay has the rows of one that was killed delivered at once.
        Were it not true, a message would be delivered twice, which does no harm.
        """
        async with asyncio.TaskGroup() as both:
            both.create_task(self._go_on(client, alone=alone, made=False))
            # A decision whose worker is away takes its time, and facts do not stand behind it.
            both.create_task(self._go_on(client, made=True))

    async def _go_on(self, client: Client, *, made: bool, alone: bool = False) -> None:
        """Deliver the decisions that were made, or else everything but those."""
        while True:
            try:
                if alone:
                    await self._execute(_GIVE_ALL_BACK)
                    alone = False
                delivered = await self._deliver_batch(client, made=made)
            except DatabaseUnreachable as error:
                log.warning("relay_waits_for_database", error=type(error).__name__)
                await asyncio.sleep(1)
                continue
            except PostgresError as error:
                # A migration beside a running relay, a lock held for long, a full disk: all pass.
                log.error("relay_refused_by_database", sqlstate=error.sqlstate)
                await asyncio.sleep(1)
                continue
            if delivered < BATCH:
                await (asyncio.sleep(_DECISIONS_POLL_SECONDS) if made else self._rest())

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._awake.wait(), timeout=_POLL_SECONDS)
        except TimeoutError:
            return
        self._awake.clear()

    async def _deliver_batch(self, client: Client, *, made: bool) -> int:
        claim = {"batch": BATCH, "lease": self._lease, "made": made}
        async with self._database.transaction() as tx:
            claimed = await tx.execute(_CLAIM, claim)
            rows = sorted(claimed.all(), key=lambda row: row.outbox_id)
        if not rows:
            return 0
        try:
            errors = await self._deliver_all(client, rows)
        except asyncio.CancelledError:
            # Told to stop: the next relay need not wait for the end of the lease.
            with contextlib.suppress(DatabaseUnreachable):
                await self._execute(_GIVE_BACK, ids=[row.outbox_id for row in rows])
            raise
        await self._execute(
            _SETTLE,
            delivered=[row.outbox_id for row in rows if row.outbox_id not in errors],
            failed=list(errors),
            errors=list(errors.values()),
        )
        return len(rows)

    async def _deliver_all(self, client: Client, rows: Sequence[Row]) -> dict[int, str]:
        """Deliver the cases side by side, and each case's messages as they were committed.

        The errors by row: a row without one was delivered.
        """
        latest = asyncio.get_running_loop().time() + self._lease.total_seconds() / 3
        cases: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            cases[row.workflow_id].append(row)
        found = await asyncio.gather(
            *(_deliver_case(client, c, latest, self._summaries) for c in cases.values())
        )
        return {row_id: error for errors in found for row_id, error in errors.items()}

    async def _execute(self, statement: TextClause, **values: object) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(statement, values)


async def _deliver_case(
    client: Client, rows: Sequence[Row], latest: float, summaries: Mapping[str, str]
) -> dict[int, str]:
    """One case's messages in turn: a signal does not overtake the start that was before it.

    One that fails holds up none behind it. What could not begin in time counts as failed.
    """
    errors = {}
    for row in rows:
        in_time = row is rows[0] or asyncio.get_running_loop().time() < latest
        error = await _deliver(client, row, summaries) if in_time else "NOT_REACHED"
        if error is not None:
            errors[row.outbox_id] = error
    return errors


async def _deliver(client: Client, row: Row, summaries: Mapping[str, str]) -> str | None:
    """None when Temporal took the message, else the error to keep with the row."""
    try:
        if row.decision is not None:
            await decisions.bring_again(client, Decision.model_validate_json(row.decision))
        elif row.start_message is not None:
            await _start(client, row, summaries.get(row.workflow))
        else:
            handle = client.get_workflow_handle(row.workflow_id)
            await handle.signal(
                row.signal, *_arguments(row.signal_message), rpc_timeout=_RPC_TIMEOUT
            )
    except WorkflowAlreadyStartedError:
        return None if row.signal is None else await _not_running(client, row)
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return await _not_running(client, row)
        return str(error.status.name)
    except (OSError, RuntimeError, TimeoutError, RPCTimeoutOrCancelledError) as error:
        return type(error).__name__
    except Exception as error:
        # A message that no server will ever take must not stop the delivery of all others.
        log.error("undeliverable", case=row.workflow_id, error=type(error).__name__)
        return type(error).__name__
    return None


async def _not_running(client: Client, row: Row) -> str | None:
    """What becomes of a fact whose case does not run: dropped only if the case is completed.

    A case that failed, was terminated or is not known at all (Temporal restored from an older
    back-up) keeps its facts waiting with a reason that an operator sees in the backlog.
    """
    try:
        case = await client.get_workflow_handle(row.workflow_id).describe(rpc_timeout=_RPC_TIMEOUT)
    except RPCError as error:
        return f"CASE_UNKNOWN ({error.status.name})"
    if case.status == WorkflowExecutionStatus.COMPLETED:
        log.info("fact_after_the_end", case=row.workflow_id, signal=row.signal)
        return None
    log.error("fact_for_a_case_that_ended_badly", case=row.workflow_id, signal=row.signal)
    return "CASE_NOT_RUNNING"


async def _start(client: Client, row: Row, summary: str | None) -> None:
    signal: dict[str, Any] = {}
    if row.signal is not None:
        signal = {
            "start_signal": row.signal,
            "start_signal_args": _arguments(row.signal_message),
        }
    await client.start_workflow(
        row.workflow,
        *_arguments(row.start_message),
        id=row.workflow_id,
        task_queue=row.queue,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        id_conflict_policy=(
            WorkflowIDConflictPolicy.FAIL
            if row.signal is None
            else WorkflowIDConflictPolicy.USE_EXISTING
        ),
        search_attributes=_attributes(json.loads(row.attributes)),
        static_summary=summary,
        request_eager_start=row.signal is None,
        rpc_timeout=_RPC_TIMEOUT,
        **signal,
    )


def _arguments(message: str | None) -> list[Any]:
    return [] if message is None else [json.loads(message)]


def _attributes(values: dict[str, str]) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [SearchAttributePair(SearchAttributeKey.for_keyword(k), v) for k, v in values.items()]
    )
