"""The Temporal client and its workers: how the engine is reached, and what it may read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import structlog
from temporalio.client import Client
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import GrpcCompression, RPCError, TLSConfig
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from services.platform import telemetry
from services.platform.sandbox import ContextFreeSandbox
from services.platform.sealing import EngineKeys, Seal, converter
from services.platform.settings import Settings, SettingsError

PASSED_THROUGH: Final = (
    "services.kernel",
    "iso4217",
    "uuid_utils",
    "workflows.ports",
    "workflows.policies",
)
"""Pure modules that workflow code shares with the process, passed through on purpose."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Access:
    """How the engine is reached, and whether what it keeps is sealed."""

    seal: Seal | None = None
    tls: TLSConfig | None = None
    """None: in clear, as only the engine of one machine is spoken to."""
    api_key: str | None = field(default=None, repr=False)


IN_CLEAR: Final = Access()


def access_of(settings: Settings) -> Access:
    """The access that a process's settings name. Raises SettingsError when a file is missing."""
    return Access(
        seal=Seal(engine_keys(settings)) if settings.engine_sealed else None,
        tls=_tls(settings),
        api_key=_text(settings.temporal_api_key_file),
    )


def engine_keys(settings: Settings) -> EngineKeys:
    """The keys of the engine's payloads: the next and the old ones open, and seal nothing."""
    accepted = (*settings.keys("engine_key_next"), *settings.keys("engine_keys_old"))
    return EngineKeys(settings.key("engine_key"), accepted)


def _tls(settings: Settings) -> TLSConfig | None:
    given = (
        settings.temporal_server_ca,
        settings.temporal_client_cert,
        settings.temporal_client_key,
        settings.temporal_server_name,
        settings.temporal_api_key_file,
    )
    if not settings.temporal_tls and not any(given):
        return None
    if (settings.temporal_client_cert is None) != (settings.temporal_client_key is None):
        raise SettingsError("Set both TEMPORAL_CLIENT_CERT and TEMPORAL_CLIENT_KEY, or neither.")
    return TLSConfig(
        server_root_ca_cert=_bytes(settings.temporal_server_ca),
        domain=settings.temporal_server_name,
        client_cert=_bytes(settings.temporal_client_cert),
        client_private_key=_bytes(settings.temporal_client_key),
    )


def _bytes(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"The file {path} cannot be read: {error.strerror}.") from error


def _text(path: Path | None) -> str | None:
    content = _bytes(path)
    return None if content is None else content.decode().strip()


async def connect(address: str, namespace: str, *, access: Access = IN_CLEAR) -> Client:
    """A client with the Pydantic converter, sealing what it sends where the access says so.

    Raises RuntimeError when Temporal does not answer.
    """
    return await Client.connect(
        address,
        namespace=namespace,
        data_converter=converter(access.seal),
        interceptors=[TracingInterceptor()] if telemetry.traced() else [],
        tls=access.tls or False,
        api_key=access.api_key,
        runtime=_runtime(),
        # A message is some hundred bytes, or sealed: packing costs both ends more than it saves.
        grpc_compression=GrpcCompression.NONE,
    )


FORWARDED: Final = LogForwardingConfig(
    logging.getLogger("temporalio"),
    prepend_target_on_message=False,
    # Fields carry what a step failed with, in its own words.
    append_log_fields_to_message=False,
)
"""What the SDK's own threads say goes through this process's log."""


@lru_cache(maxsize=1)
def _runtime() -> Runtime:
    heard = TelemetryFilter(core_level="WARN", other_level="ERROR")
    said = LoggingConfig(filter=heard, forwarding=FORWARDED)
    return Runtime(telemetry=TelemetryConfig(logging=said))


async def connect_patiently(address: str, namespace: str, *, access: Access = IN_CLEAR) -> Client:
    """A connected client, as soon as Temporal answers."""
    while True:
        try:
            return await connect(address, namespace, access=access)
        except RuntimeError as error:
            log.warning("waiting_for_temporal", address=address, error=str(error)[:200])
            await asyncio.sleep(1)


async def answers(client: Client) -> bool:
    """Whether Temporal answers this client within two seconds."""
    try:
        return await client.service_client.check_health(timeout=timedelta(seconds=2))
    except RPCError:
        return False


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
    """A worker of one task queue; drains for ten seconds when asked to stop.

    It takes the steps of its own workflows only. A step that was put on the queue would be taken
    with whatever message its sender wrote, at whatever moment he says that the case has reached.
    """
    return Worker(
        client,
        task_queue=queue,
        workflows=workflows,
        activities=activities,
        no_remote_activities=True,
        workflow_runner=sandbox(),
        max_concurrent_workflow_tasks=slots,
        max_concurrent_local_activities=slots,
        max_cached_workflows=2000,
        graceful_shutdown_timeout=timedelta(seconds=10),
        # Nothing is routed by it. Left out, all code of the process is read again from the disk and
        # hashed at every start.
        build_id="tradewindow",
    )
