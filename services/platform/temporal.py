"""The Temporal client and its workers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

import structlog
from temporalio.client import Client
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

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
