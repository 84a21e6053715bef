"""The window with its doors open and nobody at work behind them, until a test wakes it.

HTTP is served; no worker and no relay runs, and where the engine should be nobody listens. What
must have happened before is done by hand: the cases' own steps, taken one after another.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx2
import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from deploy.operate.assembly import Assembly, register_search_attributes
from deploy.operate.data_directory import DataDirectory, Endpoints
from deploy.operate.parts import meanwhile
from deploy.operate.settings import settings_of
from deploy.operate.window import all_in_one, carriers
from services.kernel.messages import Case
from services.platform.temporal import connect
from tests.support import servers
from tests.support.harbour import Harbour, approve_rules, open_port
from tests.support.on_file import seller_filed
from tests.support.patience import LOOKS
from tests.support.ports import free_port
from tests.support.reading import Readers
from tests.support.steps import Step, steps_of
from tests.support.window import SELLER, Window

_OF_A_CASE: Final = {
    "lot": ("risk.screen_lot", "declaration.attend_lot"),
    "ins": ("inspection.attend_order",),
    "aeo": ("accreditation.attend_accreditation",),
    "stl": ("settlement.attend_payment",),
    "bok": ("processing.attend_book",),
}


@dataclass(frozen=True)
class Asleep:
    """One port of a window that sleeps."""

    harbour: Harbour
    endpoints: Endpoints
    """Where its engine and its database are, once it is woken."""
    steps: Mapping[str, Step]
    """Every step of every case by its name, to be taken by hand."""

    @property
    def sql(self) -> asyncpg.Pool:
        """Its database, under no service's role."""
        return self.harbour.window.sql

    async def attended(self, case: str) -> None:
        """A case has looked at the record once, as its workflow would have it."""
        for name in _OF_A_CASE[case[:3]]:
            await self.steps[name](Case(case_id=case))

    async def screened(self, lot_id: str) -> None:
        """A lot's case has screened it, and no more."""
        await self.steps["risk.screen_lot"](Case(case_id=lot_id))

    def at(self, port: str) -> Asleep:
        """The same window at another port."""
        return replace(self, harbour=Harbour(self.harbour.window, port))

    async def withdrawn(self, lot_id: str) -> None:
        """A lot's group gives up what nobody has selected yet."""
        lot = await self.harbour.lot(lot_id)
        clerk = self.harbour.window.parties.act_as("clerk", f"group:{lot['group_code']}")
        await clerk.post(f"/declaration/v1/lots/{lot_id}/cancellation", {"reason": "given up"})

    async def inspected(self, **changes: Any) -> tuple[str, str]:
        """A lot of red goods with its officers drawn; its id and its order's."""
        harbour = self.harbour
        changes = {"hs_code": "96190000", "values": ["10.00"], **changes}
        lot_id = await harbour.confirmed(await harbour.group(1), **changes)
        await self.attended(lot_id)
        order_id = str((await harbour.lot(lot_id))["order_id"])
        await self.attended(order_id)
        return lot_id, order_id

    async def released(self, **changes: Any) -> str:
        """A lot that went through the green lane; its id."""
        lot_id = await self.harbour.confirmed(
            await self.harbour.group(1), **{"values": ["10.00"], **changes}
        )
        await self.attended(lot_id)
        return lot_id

    @asynccontextmanager
    async def awake(self) -> AsyncIterator[Client]:
        """Workers and relay are at work inside; a client of their engine."""
        settings = settings_of(self._home, endpoints=self.endpoints)
        assembly = Assembly.create(settings, with_relay=True)
        try:
            async with meanwhile(carriers(assembly)):
                yield await assembly.connected()
        finally:
            await assembly.close()

    async def engine(self) -> Client:
        """The engine as a stranger reaches it, whether anybody works there or not."""
        where = self.endpoints
        client = await connect(where.temporal_address, where.temporal_namespace)
        await register_search_attributes(client)
        return client

    @property
    def _home(self) -> Path:
        return self.harbour.window.home


async def ended(client: Client, case: str) -> str:
    """What a case's workflow ended with; the relay may not have started it yet."""
    for _ in range(LOOKS):
        with contextlib.suppress(RPCError):
            state: str = await client.get_workflow_handle(case, result_type=str).result()
            return state
        await asyncio.sleep(0.05)
    raise AssertionError(f"{case} was not started")


@pytest.fixture(scope="session")
async def asleep(stack: Endpoints, stack_home: Path) -> AsyncIterator[Asleep]:
    endpoints = servers.beside(stack, "asleep")
    without_engine = replace(endpoints, temporal_address=f"127.0.0.1:{free_port()}")
    assembly = Assembly.create(settings_of(stack_home, endpoints=without_engine))
    pool = await asyncpg.create_pool(endpoints.database_url, min_size=0, max_size=4)
    transport = httpx2.ASGITransport(app=all_in_one(assembly))
    async with httpx2.AsyncClient(
        transport=transport, base_url=assembly.settings.public_origin or "", timeout=60
    ) as http:
        key = DataDirectory(stack_home).issuer_key()
        window = Window(assembly, Readers(http, key), pool, stack_home, lasting=True)
        await seller_filed(pool, SELLER, code="S-0001")
        await approve_rules(window)
        harbour = Harbour(window, await open_port(window))
        yield Asleep(harbour, endpoints, steps_of(assembly))
    pool.terminate()
    await assembly.close()
