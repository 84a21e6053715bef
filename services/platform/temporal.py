"""The Temporal client and workers, and how a person's decision reaches a workflow."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

import structlog
from pydantic import BaseModel
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from services.kernel.messages import Decision, Outcome, Receipt
from services.kernel.refusal import Refusal, Refused
from services.platform import telemetry
from services.platform.sandbox import ContextFreeSandbox

PASSED_THROUGH: Final = (
    "services.kernel",
    "iso4217",
    "uuid_utils",
    "workflows.ports",
    "workflows.policies",
)
"""Pure modules that workflow code shares with the process, passed through on purpose."""

log = structlog.get_logger()

UPDATE_TIMEOUT: Final = timedelta(seconds=20)


async def connect(address: str, namespace: str, *, lazy: bool) -> Client:
    """A client with the Pydantic converter.

    A lazy one connects at first use, so that an API serves while Temporal is down; a worker needs
    one that is connected. Raises RuntimeError when Temporal does not answer.
    """
    return await Client.connect(
        address,
        namespace=namespace,
        data_converter=pydantic_data_converter,
        interceptors=[TracingInterceptor()] if telemetry.traced() else [],
        lazy=lazy,
    )


async def connect_patiently(address: str, namespace: str) -> Client:
    """A connected client, as soon as Temporal answers."""
    while True:
        try:
            return await connect(address, namespace, lazy=False)
        except RuntimeError:
            log.warning("waiting_for_temporal", address=address)
            await asyncio.sleep(1)


def sandbox() -> SandboxedWorkflowRunner:
    """The strict sandbox of every workflow worker."""
    return ContextFreeSandbox(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    )


def worker(
    client: Client,
    *,
    queue: str,
    workflows: Sequence[type],
    activities: Sequence[Callable[..., Any]],
    slots: int = 100,
) -> Worker:
    """A worker of one task queue; drains for ten seconds when asked to stop."""
    return Worker(
        client,
        task_queue=queue,
        workflows=workflows,
        activities=activities,
        workflow_runner=sandbox(),
        max_concurrent_workflow_tasks=slots,
        max_concurrent_local_activities=slots,
        max_concurrent_activities=slots,
        max_cached_workflows=2000,
        graceful_shutdown_timeout=timedelta(seconds=10),
    )


def update_id(receipt: Receipt) -> str:
    """The Update id of a request: the same key is the same Update, so a retry is deduplicated."""
    text = f"{receipt.subject}\x1f{receipt.key}\x1f{receipt.fingerprint}"
    return hashlib.sha256(text.encode()).hexdigest()


async def decide(
    client: Client,
    *,
    workflow: str,
    queue: str,
    update: str,
    decision: Decision,
    start: BaseModel | None = None,
) -> Outcome:
    """Send a person's decision to its case and wait for the outcome.

    With ``start`` the case's workflow is started if the relay has not done so yet. Raises Refused:
    STATE_CONFLICT when the case is closed or its validator says no, UNAVAILABLE when no worker
    took it in time (nothing is known then; the same key may be sent again).
    """
    try:
        if start is None:
            handle = client.get_workflow_handle(decision.case)
            outcome: Outcome = await handle.execute_update(
                update,
                decision,
                id=update_id(decision.receipt),
                result_type=Outcome,
                rpc_timeout=UPDATE_TIMEOUT,
            )
            return outcome
        return await _decide_with_start(client, workflow, queue, update, decision, start)
    except WorkflowUpdateFailedError as failed:
        raise Refused(_refused_by_case(failed)) from failed
    except WorkflowAlreadyStartedError as closed:
        raise Refused(_CLOSED) from closed
    except RPCTimeoutOrCancelledError as late:
        raise Refused(_UNAVAILABLE) from late
    except RPCError as error:
        raise Refused(_refused_by_server(error)) from error


async def _decide_with_start(
    client: Client, workflow: str, queue: str, update: str, decision: Decision, start: BaseModel
) -> Outcome:
    operation: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        workflow,
        start,
        id=decision.case,
        task_queue=queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )
    try:
        outcome = await client.execute_update_with_start_workflow(
            update,
            decision,
            start_workflow_operation=operation,
            id=update_id(decision.receipt),
            result_type=Outcome,
            rpc_timeout=UPDATE_TIMEOUT,
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
    cause = failed.cause
    if isinstance(cause, ApplicationError):
        return Refusal(cause.type or "STATE_CONFLICT", cause.message)
    return Refusal("STATE_CONFLICT", "The case can no longer take this decision; read it again.")


def _refused_by_server(error: RPCError) -> Refusal:
    if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.ALREADY_EXISTS):
        return _CLOSED
    return _UNAVAILABLE
