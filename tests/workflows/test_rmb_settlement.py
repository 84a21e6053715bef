"""A payment's case: it looks when it is told or when a clock of its own is due, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper

from deploy.operate.assembly import register_search_attributes
from deploy.operate.data_directory import Endpoints
from services.kernel.messages import Case, Standing
from services.platform import temporal
from tests.support.patience import LOOKS
from tests.support.recording import recorded
from workflows.ports.settlement import SettlementSteps
from workflows.rmb_settlement import RmbSettlement

Handle = WorkflowHandle[RmbSettlement, str]
ASK_EVERY = timedelta(hours=1)


@dataclass
class Steps(SettlementSteps):
    """The service's step over a record that a test writes, and when each case looked."""

    record: dict[str, str] = field(default_factory=dict)
    asked: dict[str, datetime] = field(default_factory=dict)
    looks: dict[str, list[datetime]] = field(default_factory=dict)

    @activity.defn(name="settlement.attend_payment")
    async def attend_payment(self, case: Case) -> Standing:
        state, at = self.record[case.case_id], case.at
        assert at is not None, "a step is told the case's own time"
        self.looks.setdefault(case.case_id, []).append(at)
        if state not in ("OFFERED", "IN_PROGRESS"):
            return Standing(state=state, ended=state != "HELD")
        if at >= self.asked.setdefault(case.case_id, at) + ASK_EVERY:
            self.asked[case.case_id] = at
        return Standing(state=state, look_at=self.asked[case.case_id] + ASK_EVERY)


@dataclass
class Process:
    """A worker with that step, and cases started on it."""

    client: Client
    skipper: TimeSkipper
    steps: Steps
    queue: str

    async def start(self, state: str) -> Handle:
        """A fresh case of which the record says this."""
        case = Case(case_id=f"stl_{uuid4().hex}")
        self.steps.record[case.case_id] = state
        handle: Handle = await self.client.start_workflow(
            RmbSettlement.run, case, id=case.case_id, task_queue=self.queue
        )
        await self.looked(handle, 1)
        return handle

    async def tell(self, handle: Handle, state: str) -> None:
        """The record says something else, and the case is told to look."""
        self.steps.record[handle.id] = state
        await handle.signal(RmbSettlement.look)

    async def looked(self, handle: Handle, times: int) -> list[datetime]:
        """When a case looked, once it has done so this often."""
        for _ in range(LOOKS):
            found = self.steps.looks.get(handle.id, [])
            if len(found) >= times:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{handle.id} looked {len(found)} times")

    async def shown(self, handle: Handle, state: str) -> None:
        """The engine's console says where the case stands."""
        for _ in range(LOOKS):
            described = await handle.describe()
            if described.search_attributes.get("CaseState") == [state]:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"shown is {described.search_attributes}")


@pytest.fixture
async def process(stack: Endpoints) -> AsyncIterator[Process]:
    client = await temporal.connect(stack.temporal_address, stack.temporal_namespace)
    await register_search_attributes(client)
    steps, queue = Steps(), f"settlement-{uuid4().hex[:8]}"
    worker = temporal.worker(
        client, queue=queue, workflows=[RmbSettlement], activities=[steps.attend_payment]
    )
    async with worker:
        yield Process(client, TimeSkipper(client), steps, queue)


@pytest.mark.parametrize("ended", ["SETTLED", "REJECTED"])
async def test_an_offered_case_ends_as_the_record_says(process: Process, ended: str) -> None:
    handle = await process.start("OFFERED")
    await process.shown(handle, "OFFERED")
    await process.tell(handle, ended)
    assert await handle.result() == ended
    await recorded(process.client, handle.id, f"rmb_settlement_{ended.lower()}")


async def test_a_held_case_waits_without_a_clock_until_it_is_told(process: Process) -> None:
    handle = await process.start("HELD")
    await process.shown(handle, "HELD")
    await process.skipper.fast_forward(handle, timedelta(days=30))
    assert len(process.steps.looks[handle.id]) == 1
    await process.tell(handle, "OFFERED")
    await process.shown(handle, "OFFERED")
    await process.tell(handle, "SETTLED")
    assert await handle.result() == "SETTLED"
    await recorded(process.client, handle.id, "rmb_settlement_held")


async def test_a_case_that_has_ended_before_it_is_started_ends_at_once(process: Process) -> None:
    handle = await process.start("REFUSED")
    assert await handle.result() == "REFUSED"
    await recorded(process.client, handle.id, "rmb_settlement_refused")
    assert len(process.steps.looks[handle.id]) == 1


async def test_a_signal_that_nothing_on_record_justifies_changes_nothing(process: Process) -> None:
    handle = await process.start("OFFERED")
    await handle.signal("look", {"state": "SETTLED", "actor": {"subject": "ghost-1"}})
    await process.looked(handle, 1)
    await process.tell(handle, "OFFERED")
    await process.looked(handle, 2)
    await process.shown(handle, "OFFERED")


@pytest.mark.slow
async def test_a_silent_bank_is_looked_after_by_the_clock_for_days(process: Process) -> None:
    handle = await process.start("OFFERED")
    await process.skipper.fast_forward(handle, timedelta(hours=20))
    await recorded(process.client, handle.id, "rmb_settlement_silent")
    for _ in range(2):
        await process.skipper.fast_forward(handle, timedelta(hours=20))
    looks = await process.looked(handle, 58)
    assert len(looks) <= 64, "once an hour, and at most once more for each time that was skipped"
    process.steps.record[handle.id] = "SETTLED"
    by_id = process.client.get_workflow_handle(handle.id)
    await by_id.signal("look")
    assert await by_id.result() == "SETTLED"
    await recorded(process.client, handle.id, "rmb_settlement_continued")
