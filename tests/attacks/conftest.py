"""A window of the attacks' own: nothing happens there but what a test does to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from deploy.operate.data_directory import Endpoints
from services.platform.temporal import connect
from tests.support.harbour import Harbour, approve_rules, open_port
from tests.support.patience import LOOKS
from tests.support.servers import COPIED
from tests.support.window import opened


@pytest.fixture(scope="session")
async def besieged(stack: Endpoints, stack_home: Path) -> AsyncIterator[Harbour]:
    """A port of a window with a database and a namespace of its own."""
    name = f"attacks-{uuid4().hex[:8]}"
    admin = await asyncpg.connect(stack.database_url)
    await admin.execute(f'CREATE DATABASE "{name}" {COPIED}')
    await admin.close()
    await _register(await connect(stack.temporal_address, "default"), name)
    own = replace(
        stack,
        database_url=f"{stack.database_url.rpartition('/')[0]}/{name}",
        temporal_namespace=name,
    )
    await _let_no_clock_run_out(own)
    async with opened(own, stack_home) as window:
        await approve_rules(window)
        yield Harbour(window, await open_port(window))


async def _let_no_clock_run_out(endpoints: Endpoints) -> None:
    """A silent bank is asked again within seconds; here not before all attacks are over."""
    sql = await asyncpg.connect(endpoints.database_url)
    await sql.execute("SET session_replication_role = replica")
    changed = await sql.execute(
        "UPDATE policy_parameters SET value = '864000'"
        " WHERE key IN ('settle.ask_after_s', 'settle.ask_at_most_every_s', 'settle.sla_s')"
    )
    await sql.close()
    assert changed == "UPDATE 3"


async def _register(client: Client, namespace: str) -> None:
    """A namespace; it is known everywhere in the engine a moment later."""
    kept = Duration(seconds=86_400)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=namespace, workflow_execution_retention_period=kept)
    )
    for _ in range(LOOKS):
        with contextlib.suppress(RPCError):
            probe = await connect(client.service_client.config.target_host, namespace)
            await probe.count_workflows()
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the engine did not come to know {namespace}")


@pytest.fixture(scope="session")
async def stranger(besieged: Harbour) -> Client:
    """A plain client: whoever reaches the engine's port has one."""
    settings = besieged.window.assembly.settings
    return await connect(settings.temporal_address, settings.temporal_namespace)
