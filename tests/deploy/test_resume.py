"""An engine that lost its cases is brought back from the record."""

from __future__ import annotations

import asyncio

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from deploy.operate.runs import Runs, open_cases, runs, start_again
from tests.support.harbour import RED_GOODS, Harbour
from tests.support.patience import LOOKS, sooner_or_later
from tests.support.tells import delivered


async def terminated(client: Client, case: str) -> None:
    await client.get_workflow_handle(case).terminate("lost by the engine")


async def running(client: Client, case: str) -> bool:
    try:
        described = await client.get_workflow_handle(case).describe()
    except RPCError:
        return False
    return described.status == WorkflowExecutionStatus.RUNNING


@pytest.mark.slow
async def test_an_open_case_without_a_run_is_named_and_started_from_the_record(
    harbour: Harbour,
) -> None:
    client = await harbour.window.assembly.connected()
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"])
    lot_id, order_id = lot["lot_id"], lot["order_id"]
    await harbour.officers(order_id)
    for case in (lot_id, order_id):
        # Whoever is about to be told is no lost case: the relay would start him.
        await delivered(harbour.window.sql, case)
        await terminated(client, case)
    relay = harbour.window.assembly.database("relay")

    async def both_missed() -> Runs | None:
        # The engine's list of what runs lags behind what was ended.
        found = await runs(relay, client)
        return found if {lot_id, order_id} <= set(found.missing) else None

    found = await sooner_or_later(both_missed)
    assert await start_again(client, found.missing) >= 2
    assert await running(client, lot_id)
    assert await running(client, order_id)
    await harbour.dispose(order_id, {**_passed()})
    assert (await harbour.until(group.clerk, lot_id, "RELEASED"))["lane"] == "RED"


async def test_a_case_that_a_stranger_ended_is_started_again_when_it_is_told(
    harbour: Harbour,
) -> None:
    client = await harbour.window.assembly.connected()
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    for _ in range(LOOKS):
        if await running(client, lot_id):
            break
        await asyncio.sleep(0.05)
    await terminated(client, lot_id)
    path = f"/declaration/v1/lots/{lot_id}/confirmations"
    await group.clerk.post(path, {"by_mandate": True})
    await harbour.until(group.clerk, lot_id, "RELEASED")


async def test_a_case_that_has_ended_is_neither_missing_nor_started(harbour: Harbour) -> None:
    group = await harbour.group(1)
    lot_id = await harbour.accepted(group, values=["10.00"])
    await group.clerk.post(f"/declaration/v1/lots/{lot_id}/cancellation", {"reason": "test"})
    relay = harbour.window.assembly.database("relay")
    listed = [case async for page in open_cases(relay, ["lot"]) for case in page]
    assert lot_id not in listed
    assert listed == sorted(listed)


@pytest.mark.parametrize("times", [2])
async def test_to_start_what_runs_already_does_nothing(harbour: Harbour, times: int) -> None:
    client = await harbour.window.assembly.connected()
    group = await harbour.group(1)
    lot = await harbour.inspected(group, values=["10.00"], hs_code=RED_GOODS)
    for _ in range(times):
        assert await start_again(client, [lot["lot_id"], lot["order_id"]]) == 0


def _passed() -> dict[str, object]:
    return {
        "method": "SAMPLE",
        "results": ["NO_DIFFERENCE"],
        "disposal": "RELEASE",
        "found_kg": "100.000",
    }
