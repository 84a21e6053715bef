"""Workers die after every step, and what a step committed is not heard of the first time."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from temporalio.client import Client
from temporalio.client import Interceptor as OfClient
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
)
from temporalio.worker import Interceptor as OfWorker

from deploy.assembly import WORKERS, Assembly
from deploy.settings import settings_of
from tests.support.asleep import Asleep, ended
from tests.support.facts import paid, sold, told
from tests.support.harbour import PASSED, RED_GOODS, SMUGGLED, open_port
from tests.support.patience import sooner_or_later

pytestmark = pytest.mark.slow
LOTS: Final = "/declaration/v1/lots"
TRUCK: Final = {"vehicle_plate": "桂P12345", "gross_kg": "110"}


class Death(OfClient, OfWorker):
    """What every first taking of a step committed is never heard of; after the second, the worker
    that took it is gone."""

    def __init__(self) -> None:
        self.came = asyncio.Event()
        self.over = False
        self.taken: Counter[tuple[str, str]] = Counter()

    def intercept_activity(
        self,
        next: ActivityInboundInterceptor,  # noqa: A002 - named so by the interface
    ) -> ActivityInboundInterceptor:
        return _Dying(next, self)

    @property
    def deaths(self) -> int:
        """How many steps were taken twice."""
        return sum(taken // 2 for taken in self.taken.values())


class _Dying(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, death: Death) -> None:
        super().__init__(inner)
        self._death = death

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - as above
        step = (input.fn.__name__, input.args[0].case_id)
        done = await super().execute_activity(input)
        self._death.taken[step] += 1
        if self._death.taken[step] % 2:
            raise RuntimeError("the step is committed, and its worker died before it said so")
        self._death.came.set()
        return done


@contextlib.asynccontextmanager
async def dying_workers(asleep: Asleep) -> AsyncIterator[tuple[Client, Death]]:
    """Workers are at work; as soon as one has died another takes its place. The relay lives."""
    death = Death()
    settings = settings_of(asleep.harbour.window.home, endpoints=asleep.endpoints)
    assembly = Assembly.create(settings, with_relay=True)
    assert assembly.relay is not None
    client = await assembly.connected()
    config: Any = client.config()
    mortal = Client(**{**config, "interceptors": [*config["interceptors"], death]})
    relaying = asyncio.create_task(assembly.relay.run(mortal))
    working = asyncio.create_task(_one_after_another(assembly, mortal, death))
    try:
        yield client, death
    finally:
        death.over = True
        death.came.set()
        await working
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)
        await assembly.close()


async def _one_after_another(assembly: Assembly, mortal: Client, death: Death) -> None:
    while not death.over:
        async with contextlib.AsyncExitStack() as living:
            for service in WORKERS:
                await living.enter_async_context(assembly.worker(service, mortal))
            await death.came.wait()
            death.came.clear()


async def test_a_green_lot_outlives_its_workers(asleep: Asleep) -> None:
    harbour = asleep.harbour
    async with dying_workers(asleep) as (_, death):
        group = await harbour.group(1)
        lot_id = await harbour.confirmed(group, values=["10.00"])
        await harbour.until(group.clerk, lot_id, "RELEASED")
        assert death.deaths >= 2
    assert (await harbour.events(lot_id)).count("LotReleased") == 1
    assert (await harbour.quota(group.residents[0]))["consumed"] == "10.00"


async def test_a_lot_and_its_order_outlive_their_workers_from_screening_to_closing(
    asleep: Asleep,
) -> None:
    harbour = asleep.harbour
    async with dying_workers(asleep) as (client, death):
        group = await harbour.group(1)
        lot_id = await harbour.confirmed(group, hs_code=RED_GOODS, values=["10.00"])
        lot = await harbour.until(group.clerk, lot_id, "IN_INSPECTION")
        await harbour.dispose(lot["order_id"], PASSED)
        await harbour.until(group.clerk, lot_id, "RELEASED")
        await sold(asleep.sql, lot_id)
        await paid(asleep.sql, lot_id)
        await harbour.gate.post(f"{LOTS}/{lot_id}/gate-passes", TRUCK)
        await harbour.until(group.clerk, lot_id, "CLOSED")
        assert await ended(client, lot_id) == "CLOSED"
        assert await ended(client, lot["order_id"]) == "CONCLUDED"
        assert death.deaths >= 4
    events = await harbour.events(lot_id)
    assert len(events) == len(set(events))
    assert (await harbour.quota(group.residents[0]))["consumed"] == "10.00"


async def test_a_withdrawal_and_a_seizure_outlive_their_workers(asleep: Asleep) -> None:
    harbour = asleep.harbour
    async with dying_workers(asleep) as (client, _):
        withdrawn, order = await asleep.inspected()
        await asleep.withdrawn(withdrawn)
        seized, other = await asleep.inspected()
        await harbour.dispose(other, SMUGGLED)
        assert await ended(client, withdrawn) == "CANCELLED"
        assert await ended(client, order) == "WITHDRAWN"
        assert await ended(client, seized) == "SEIZED"
    for case in (withdrawn, order, seized, other):
        events = await harbour.events(case)
        assert len(events) == len(set(events))


async def test_an_order_short_of_officers_outlives_its_workers(asleep: Asleep) -> None:
    place = asleep.at(await open_port(asleep.harbour.window, officers=1))
    _, order_id = await place.inspected()
    async with dying_workers(asleep):
        await place.harbour.hire()
        await told(asleep.sql, order_id)

        async def staffed() -> bool:
            return bool((await place.harbour.order(order_id))["state"] == "ASSIGNED")

        await sooner_or_later(staffed)
    assert (await place.harbour.events(order_id)).count("InspectionStaffed") == 1
