"""How a person's decision reaches its case: brought, carried out, and brought again if need be.

A decision travels as a Temporal Update. Its step commits in the database before the engine keeps a
trace of the Update, so a worker that dies in between leaves a decision that was made and a case
that does not know. Hence the step also leaves the decision in the outbox, and the relay brings it
once more a little later. A case that knows it has the same Update already, and nothing happens.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import structlog
from asyncpg import PostgresError
from pydantic import BaseModel
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateStage,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from services.kernel.messages import Answer, Decision, Outcome, Receipt
from services.kernel.refusal import Refusal, Refused
from services.platform import outbox
from services.platform.database import Database, Tx
from services.platform.idempotency import run_once

log = structlog.get_logger()

_DATA_EXCEPTION: Final = "22"
"""SQLSTATE class of values that do not fit: no repetition mends them."""
_OURS: Final = "Something went wrong here and is recorded; nothing was changed."
_WITHIN: Final = timedelta(seconds=20)
# Where no worker is up the engine keeps the question; the relay must not stand still for it.
_WITHIN_AGAIN: Final = timedelta(seconds=1)


async def carry_out(
    database: Database, decision: Decision, work: Callable[[Tx], Awaitable[Answer]]
) -> Answer:
    """The step behind a decision: its work, its answer and its second delivery, or nothing of it.

    As ``run_once``; a refused decision changes no case and is not brought again. Values that the
    tables cannot hold end the step (ApplicationError INTERNAL) instead of being tried for ever.
    """

    async def work_and_bring_again(tx: Tx) -> Answer:
        answer = await work(tx)
        if decision.update:
            await outbox.decision(tx, decision)
        return answer

    try:
        return await run_once(database, decision.receipt, work_and_bring_again)
    except PostgresError as error:
        if not (error.sqlstate or "").startswith(_DATA_EXCEPTION):
            raise
        # The same values would fail for ever, and be carried out long after the caller gave up.
        # What was said of them stays out of the case's history.
        log.error("bug", error=type(error).__name__, sqlstate=error.sqlstate)
        raise ApplicationError(_OURS, type="INTERNAL", non_retryable=True) from None


async def bring_again(client: Client, decision: Decision) -> None:
    """Bring a decision that stands to a case that may not know it.

    Raises RPCError, RPCTimeoutOrCancelledError when the case does not take it at once.
    """
    # A case that refuses it has gone on, so it knows.
    with contextlib.suppress(WorkflowUpdateFailedError):
        await client.get_workflow_handle(decision.case).start_update(
            decision.update,
            decision,
            id=update_id(decision.receipt),
            wait_for_stage=WorkflowUpdateStage.ACCEPTED,
            rpc_timeout=_WITHIN_AGAIN,
        )


def update_id(receipt: Receipt) -> str:
    """The Update id of a request: the same key is the same Update, so a retry is deduplicated."""
    text = f"{receipt.subject}\x1f{receipt.key}\x1f{receipt.fingerprint}"
    return hashlib.sha256(text.encode()).hexdigest()


async def bring(client: Client, decision: Decision, *, start: BaseModel | None = None) -> Outcome:
    """Bring a person's decision to its case and wait for the outcome.

    With ``start`` the case's workflow is started if the relay has not done so yet. Raises Refused:
    STATE_CONFLICT when the case is closed or its validator says no, UNAVAILABLE when no worker
    took it in time (nothing is known then; the same key may be sent again).
    """
    try:
        if start is None:
            handle = client.get_workflow_handle(decision.case)
            outcome: Outcome = await handle.execute_update(
                decision.update,
                decision,
                id=update_id(decision.receipt),
                result_type=Outcome,
                rpc_timeout=_WITHIN,
            )
            return outcome
        return await _bring_with_start(client, decision, start)
    except WorkflowUpdateFailedError as failed:
        raise Refused(_refused_by_case(failed)) from failed
    except WorkflowAlreadyStartedError as closed:
        raise Refused(_CLOSED) from closed
    except RPCTimeoutOrCancelledError as late:
        raise Refused(_UNAVAILABLE) from late
    except RPCError as error:
        raise Refused(_refused_by_server(error)) from error


async def _bring_with_start(client: Client, decision: Decision, start: BaseModel) -> Outcome:
    operation: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        decision.workflow,
        start,
        id=decision.case,
        task_queue=decision.queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )
    try:
        outcome = await client.execute_update_with_start_workflow(
            decision.update,
            decision,
            start_workflow_operation=operation,
            id=update_id(decision.receipt),
            result_type=Outcome,
            rpc_timeout=_WITHIN,
        )
    except (WorkflowAlreadyStartedError, RPCError):
        # The operation keeps the same error for whoever asks it; asked, it is not logged as lost.
        with contextlib.suppress(WorkflowAlreadyStartedError, RPCError):
            await operation.workflow_handle()
        raise
    return Outcome.model_validate(outcome)


_CLOSED = Refusal("STATE_CONFLICT", "The case is closed or not open yet; read it again.")
_UNAVAILABLE = Refusal(
    "UNAVAILABLE",
    "The case did not answer in time. Send the same request with the same Idempotency-Key again.",
)


def _refused_by_case(failed: WorkflowUpdateFailedError) -> Refusal:
    cause: BaseException | None = failed.cause
    if isinstance(cause, ActivityError):
        cause = cause.cause
    if isinstance(cause, ApplicationError):
        return Refusal(cause.type or "STATE_CONFLICT", cause.message)
    return Refusal("STATE_CONFLICT", "The case can no longer take this decision; read it again.")


def _refused_by_server(error: RPCError) -> Refusal:
    if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.ALREADY_EXISTS):
        return _CLOSED
    return _UNAVAILABLE
