"""Empty cases: what the engine costs when a case does nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from temporalio.client import Client

from deploy.bench.cost import Meter
from deploy.bench.empty_case import EmptyCase
from deploy.operate.data_directory import Endpoints
from services.platform import temporal

_QUEUE: Final = "bench"


@dataclass(frozen=True)
class EmptyCases:
    """Starts cases that do nothing, eagerly, beside a worker in this process."""

    client: Client

    @classmethod
    @asynccontextmanager
    async def at(cls, endpoints: Endpoints) -> AsyncIterator[EmptyCases]:
        """On an engine, with the worker settings that the window has."""
        address, namespace = endpoints.temporal_address, endpoints.temporal_namespace
        client = await temporal.connect(address, namespace)
        async with temporal.worker(client, queue=_QUEUE, workflows=[EmptyCase], activities=[]):
            yield cls(client)

    async def one(self) -> None:
        """Start one, and wait for its end."""
        handle = await self.client.start_workflow(
            EmptyCase.run, id=f"empty-{uuid4().hex}", task_queue=_QUEUE, request_eager_start=True
        )
        await handle.result()

    async def many(self, number: int, *, at_once: int) -> None:
        """That many, never more than so many on their way."""
        todo = iter(range(number))

        async def work() -> None:
            for _ in todo:
                await self.one()

        await asyncio.gather(*(work() for _ in range(at_once)))

    async def cpu_s_each(self, meter: Meter, number: int, *, at_once: int) -> float:
        """Processor seconds of one: the engine's with its database, and this process's worker.

        This process does nothing else meanwhile, and the window has no part in it.
        """
        own, before = time.process_time(), meter.read()
        await self.many(number, at_once=at_once)
        servers = meter.read() - before
        return (servers.engine + servers.database + time.process_time() - own) / number
