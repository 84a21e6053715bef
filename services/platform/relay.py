"""The relay: delivers outbox rows to Temporal, at least once, in batches."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row, text
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from services.platform.database import Database, DatabaseUnreachable, Tx

BATCH: Final = 50
_POLL_SECONDS: Final = 0.2
# A batch is one transaction, and while it runs the tail of the event log stands still.
_RPC_TIMEOUT: Final = timedelta(seconds=5)

_TAKE = text(
    "SELECT * FROM outbox WHERE due_at <= now() ORDER BY outbox_id"
    " FOR UPDATE SKIP LOCKED LIMIT :batch"
)
_DELIVERED = text("DELETE FROM outbox WHERE outbox_id = ANY(:ids)")
_FAILED = text(
    "UPDATE outbox SET attempts = attempts + 1, last_error = :error,"
    " due_at = now() + least(interval '30 seconds', interval '250 ms' * 2 ^ least(attempts, 7))"
    " WHERE outbox_id = :id"
)

log = structlog.get_logger()


class Relay:
    """Starts and signals workflows for committed outbox rows.

    ``wake`` delivers at once (same process); otherwise rows are found within 200 ms.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._awake = asyncio.Event()

    def wake(self) -> None:
        """Say that rows were committed."""
        self._awake.set()

    async def run(self, client: Client) -> None:
        """Deliver until cancelled. An unreachable database or Temporal is waited for."""
        while True:
            try:
                delivered = await self._deliver_batch(client)
            except DatabaseUnreachable as error:
                log.warning("relay_waits_for_database", error=type(error).__name__)
                await asyncio.sleep(1)
                continue
            if delivered < BATCH:
                await self._rest()

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._awake.wait(), timeout=_POLL_SECONDS)
        except TimeoutError:
            return
        self._awake.clear()

    async def _deliver_batch(self, client: Client) -> int:
        async with self._database.transaction() as tx:
            rows = (await tx.execute(_TAKE, {"batch": BATCH})).all()
            if rows:
                results = await asyncio.gather(*(_deliver(client, row) for row in rows))
                await _settle(tx, rows, results)
            return len(rows)


async def _deliver(client: Client, row: Row[Any]) -> str | None:
    """None when Temporal took the message, else the error to keep with the row."""
    try:
        if row.start_message is not None:
            await _start(client, row)
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
    except (OSError, RuntimeError, TimeoutError) as error:
        return type(error).__name__
    except Exception as error:
        # A message that no server will ever take must not stop the delivery of all others.
        log.error("undeliverable", case=row.workflow_id, error=type(error).__name__)
        return type(error).__name__
    return None


async def _not_running(client: Client, row: Row[Any]) -> str | None:
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


async def _start(client: Client, row: Row[Any]) -> None:
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


async def _settle(tx: Tx, rows: Sequence[Row[Any]], results: Sequence[str | None]) -> None:
    delivered = [r.outbox_id for r, error in zip(rows, results, strict=True) if error is None]
    if delivered:
        await tx.execute(_DELIVERED, {"ids": delivered})
    for row, error in zip(rows, results, strict=True):
        if error is not None:
            await tx.execute(_FAILED, {"id": row.outbox_id, "error": error})
