"""A case that is told without number goes on: in a new run, from the record."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.client import Client, WorkflowHandle

from services.kernel.messages import LOOK
from tests.support.facts import paid, sold, told
from tests.support.harbour import PASSED, Harbour
from tests.support.patience import sooner_or_later
from tests.support.servers import RUN_IS_FULL_AT

pytestmark = pytest.mark.slow


async def told_without_number(client: Client, case: str, *, runs: int = 1) -> None:
    """Have a case look until it has gone on in so many new runs."""
    handle = client.get_workflow_handle(case)
    for _ in range(runs):
        await _told_until_full(handle)


async def _told_until_full(handle: WorkflowHandle[object, object]) -> None:
    first = (await handle.describe()).run_id
    for _ in range(RUN_IS_FULL_AT):
        await handle.signal(LOOK)
        described = await handle.describe()
        if described.run_id != first:
            return
        # One look after the other: told many times at once, a case would look once.
        await asyncio.sleep(0.01)
    raise AssertionError(f"{handle.id} did not go on in a new run: {described.history_length}")


async def runs_of(client: Client, case: str) -> int:
    """How many runs the case has had, as the engine lists them."""
    return len([run async for run in client.list_workflows(f"WorkflowId = '{case}'")])


async def test_an_order_told_hundreds_of_times_is_concluded_all_the_same(
    harbour: Harbour, client: Client
) -> None:
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"])
    before = await harbour.events(lot["order_id"])
    await told_without_number(client, lot["order_id"], runs=2)
    assert await harbour.events(lot["order_id"]) == before
    await harbour.dispose(lot["order_id"], PASSED)
    handle = client.get_workflow_handle(lot["order_id"], result_type=str)
    assert await handle.result() == "CONCLUDED"
    await harbour.until(group.clerk, lot["lot_id"], "RELEASED")

    async def listed() -> bool:
        return await runs_of(client, lot["order_id"]) == 3

    await sooner_or_later(listed)


async def test_a_lot_told_hundreds_of_times_keeps_its_clock_and_is_released_and_closed(
    harbour: Harbour, client: Client
) -> None:
    group, sql = await harbour.group(1), harbour.window.sql
    lot = await harbour.inspected(group, values=["10.00"])
    lot_id = lot["lot_id"]
    await told_without_number(client, lot_id)
    assert await harbour.lot(lot_id) == lot
    await harbour.dispose(lot["order_id"], PASSED)
    await harbour.until(group.clerk, lot_id, "RELEASED")
    await told_without_number(client, lot_id)
    await harbour.gate.post(
        f"/gate/v1/lots/{lot_id}/passes",
        {"vehicle_plate": "桂P12345", "gross_kg": "110"},
    )
    await sold(sql, lot_id)
    await paid(sql, lot_id)
    await told(sql, lot_id)
    assert await client.get_workflow_handle(lot_id, result_type=str).result() == "CLOSED"
    assert (await harbour.events(lot_id)).count("LotReleased") == 1
