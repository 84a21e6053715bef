"""The settlement process: who is waited for, for how long, and what silence never means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowHistory,
)
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkipper
from temporalio.worker import Replayer

from deploy.assembly import register_search_attributes
from deploy.data_directory import Endpoints
from services.kernel.messages import Actor, Answer, Decision, Outcome, Receipt
from services.platform import temporal
from tests.support.servers import UPDATES_MAX
from workflows.ports.settlement import (
    AskBank,
    BankStatusSignal,
    SettlementCase,
    SettlementOutcome,
    SettlementStanding,
    SettlementStep,
    SettlementSteps,
    SettlementWait,
)
from workflows.rmb_settlement import RmbSettlement

HISTORIES = Path(__file__).parents[1] / "replay" / "histories"


@dataclass
class Steps(SettlementSteps):
    """The service's steps, with outcomes a test chooses, and a record of what was done."""

    examined: str = "CLEARED"
    done: dict[str, list[str]] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    decided: list[Outcome] = field(default_factory=list)

    def _note(self, case: str, what: str, state: str) -> SettlementStanding:
        self.done.setdefault(case, []).append(what)
        return SettlementStanding(instruction_id=case, state=state, amount_minor=793400)

    @activity.defn(name="settlement.examine")
    async def examine(self, message: SettlementStep) -> SettlementStanding:
        return self._note(message.instruction_id, "examine", self.examined)

    @activity.defn(name="settlement.record_compliance")
    async def record_compliance(self, decision: Decision) -> Outcome:
        self._note(decision.case, "compliance", "")
        return self.decided.pop(0)

    @activity.defn(name="settlement.offer")
    async def offer(self, message: SettlementStep) -> SettlementStanding:
        return self._note(message.instruction_id, "offer", "OFFERED")

    @activity.defn(name="settlement.apply_status")
    async def apply_status(self, message: BankStatusSignal) -> SettlementStanding:
        state = self.words[message.report_id]
        return self._note(message.instruction_id, f"apply {state}", state)

    @activity.defn(name="settlement.ask_again")
    async def ask_again(self, message: AskBank) -> SettlementStanding:
        return self._note(message.instruction_id, f"ask {message.attempt}", "OFFERED")

    @activity.defn(name="settlement.escalate")
    async def escalate(self, message: SettlementStep) -> SettlementStanding:
        return self._note(message.instruction_id, "escalate", "OFFERED")


Handle = WorkflowHandle[RmbSettlement, SettlementOutcome]


@dataclass
class Process:
    """A worker with chosen steps, and cases started on it."""

    client: Client
    skipper: TimeSkipper
    steps: Steps
    queue: str

    async def start(self) -> Handle:
        """A fresh case."""
        case = SettlementCase(instruction_id=f"stl_{uuid4().hex}", lot_id=f"lot_{uuid4().hex}")
        handle: Handle = await self.client.start_workflow(
            RmbSettlement.run, case, id=case.instruction_id, task_queue=self.queue
        )
        return handle

    async def word(self, handle: Handle, state: str) -> BankStatusSignal:
        """The bank's word that leads to a state."""
        signal = BankStatusSignal(instruction_id=handle.id, report_id=uuid4().hex, line_no=1)
        self.steps.words[signal.report_id] = state
        await handle.signal(RmbSettlement.bank_answered, signal)
        return signal

    async def done(self, handle: Handle, until: str) -> list[str]:
        """What was done for a case, once it includes a step."""
        for _ in range(200):
            found = self.steps.done.get(handle.id, [])
            if until in found:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{until} was not done: {found}")


@pytest.fixture
async def process(stack: Endpoints) -> AsyncIterator[Process]:
    client = await temporal.connect(stack.temporal_address, stack.temporal_namespace, lazy=False)
    await register_search_attributes(client)
    steps, queue = Steps(), f"settlement-{uuid4().hex[:8]}"
    worker = temporal.worker(
        client,
        queue=queue,
        workflows=[RmbSettlement],
        activities=[
            steps.examine,
            steps.record_compliance,
            steps.offer,
            steps.apply_status,
            steps.ask_again,
            steps.escalate,
        ],
    )
    async with worker:
        yield Process(client, TimeSkipper(client), steps, queue)


def decision(handle: Handle, person: str) -> Decision:
    return Decision(
        case=handle.id,
        actor=Actor(subject=person, party="bank:ABOCCNBJ", role="bank_compliance"),
        receipt=Receipt(subject=person, key=uuid4().hex, fingerprint=""),
        request_id="test-request",
        body={"act": "release", "remark": "seen"},
    )


def outcome(state: str | None, status: int = 200) -> Outcome:
    return Outcome(answer=Answer(status=status, body={"state": state}), state=state)


async def test_a_cleared_case_is_offered_and_settled_on_the_banks_word(process: Process) -> None:
    handle = await process.start()
    await process.done(handle, "offer")
    await process.word(handle, "SETTLED")
    ended = await handle.result()
    assert (ended.state, ended.settled_minor, ended.currency) == ("SETTLED", 793400, "CNY")
    assert process.steps.done[handle.id] == ["examine", "offer", "apply SETTLED"]


async def test_a_rejected_case_settles_nothing(process: Process) -> None:
    handle = await process.start()
    await process.word(handle, "REJECTED")
    ended = await handle.result()
    assert (ended.state, ended.settled_minor) == ("REJECTED", 0)


async def test_a_refused_case_is_never_offered(process: Process) -> None:
    process.steps.examined = "REFUSED"
    handle = await process.start()
    assert (await handle.result()).state == "REFUSED"
    assert process.steps.done[handle.id] == ["examine"]


async def test_work_in_progress_goes_on_waiting(process: Process) -> None:
    handle = await process.start()
    await process.word(handle, "IN_PROGRESS")
    await process.done(handle, "apply IN_PROGRESS")
    await process.word(handle, "SETTLED")
    assert (await handle.result()).state == "SETTLED"


async def test_a_word_delivered_twice_is_carried_out_once(process: Process) -> None:
    handle = await process.start()
    first = await process.word(handle, "IN_PROGRESS")
    await handle.signal(RmbSettlement.bank_answered, first)
    await process.done(handle, "apply IN_PROGRESS")
    await process.word(handle, "SETTLED")
    await handle.result()
    assert process.steps.done[handle.id].count("apply IN_PROGRESS") == 1


async def test_a_held_case_waits_for_persons_and_a_refused_decision_changes_nothing(
    process: Process,
) -> None:
    process.steps.examined = "HELD"
    process.steps.decided = [outcome("HELD"), outcome(None, 403), outcome("CLEARED")]
    handle = await process.start()
    for person, status in (("a", 200), ("a", 403), ("b", 200)):
        told = await handle.execute_update(RmbSettlement.decide_hold, decision(handle, person))
        assert told.answer.status == status
    await process.done(handle, "offer")
    await process.word(handle, "SETTLED")
    assert (await handle.result()).state == "SETTLED"
    assert process.steps.done[handle.id][:5] == ["examine", *["compliance"] * 3, "offer"]


async def test_a_first_signature_brought_again_after_the_second_moves_nothing_back(
    process: Process,
) -> None:
    process.steps.examined = "HELD"
    process.steps.decided = [outcome("CLEARED"), outcome("HELD")]
    handle = await process.start()
    await handle.execute_update(RmbSettlement.decide_hold, decision(handle, "b"))
    await process.done(handle, "offer")
    await process.word(handle, "IN_PROGRESS")
    await process.done(handle, "apply IN_PROGRESS")
    late = await handle.execute_update(RmbSettlement.decide_hold, decision(handle, "a"))
    assert late.answer.status == 200
    described = await handle.describe()
    assert described.search_attributes["CaseState"] == ["IN_PROGRESS"]
    await process.word(handle, "SETTLED")
    assert (await handle.result()).state == "SETTLED"


async def test_a_held_case_is_released_after_any_number_of_signatures_that_were_refused(
    process: Process,
) -> None:
    process.steps.examined = "HELD"
    refused = UPDATES_MAX + UPDATES_MAX // 10
    process.steps.decided = [*[outcome(None, 403)] * refused, outcome("CLEARED")]
    handle = await process.start()
    by_id = process.client.get_workflow_handle(handle.id)
    for status in (*[403] * refused, 200):
        told: Outcome = await by_id.execute_update(
            "decide_hold", decision(handle, "a"), result_type=Outcome
        )
        assert told.answer.status == status
    await process.done(handle, "offer")
    await process.word(process.client.get_workflow_handle(handle.id), "SETTLED")
    assert (await handle.result()).state == "SETTLED"
    assert process.steps.done[handle.id].count("examine") == 2, "once a run"


async def test_a_held_case_that_compliance_refuses_ends_without_an_offer(
    process: Process,
) -> None:
    process.steps.examined = "HELD"
    process.steps.decided = [outcome("REFUSED")]
    handle = await process.start()
    await handle.execute_update(RmbSettlement.decide_hold, decision(handle, "a"))
    assert (await handle.result()).state == "REFUSED"
    assert "offer" not in process.steps.done[handle.id]


@pytest.mark.slow
async def test_a_silent_bank_is_asked_again_ever_more_slowly_and_never_assumed(
    process: Process,
) -> None:
    """Asked after 30 s, then 60, 120, 240 s after the one before; escalated once after 60 s."""
    handle = await process.start()
    await process.done(handle, "offer")
    await process.skipper.fast_forward(handle, timedelta(seconds=500))
    done = await process.done(handle, "ask 4")
    assert sorted(done[2:]) == ["ask 1", "ask 2", "ask 3", "ask 4", "escalate"]
    assert done.index("ask 1") < done.index("escalate") < done.index("ask 2")
    assert (await handle.describe()).status is not None
    await process.skipper.fast_forward(handle, timedelta(hours=6))
    done = process.steps.done[handle.id]
    asked = [step for step in done if step.startswith("ask")]
    assert 11 <= len(asked) <= 13, "once an hour at most, after the first hour"
    assert done.count("escalate") == 1
    assert not any(step.startswith("apply") for step in done)
    await process.word(handle, "SETTLED")
    assert (await handle.result()).state == "SETTLED"


async def runs_of(process: Process, handle: Handle) -> list[str]:
    """The runs of a case, the first one first."""
    query = f"WorkflowId = '{handle.id}'"
    for _ in range(200):
        found = [run async for run in process.client.list_workflows(query)]
        if any(run.status is WorkflowExecutionStatus.COMPLETED for run in found):
            return [run.run_id for run in sorted(found, key=lambda run: run.start_time)]
        await asyncio.sleep(0.05)
    raise AssertionError(f"no run of {handle.id} is listed as completed")


@pytest.mark.slow
async def test_a_bank_silent_for_days_is_asked_on_in_runs_of_bounded_length(
    process: Process,
) -> None:
    """The questions are counted on, the escalation is not repeated, the answer ends the case."""
    handle = await process.start()
    await process.done(handle, "offer")
    for _ in range(2):
        await process.skipper.fast_forward(handle, timedelta(hours=11))
    await process.word(handle, "IN_PROGRESS")
    await process.done(handle, "apply IN_PROGRESS")
    await process.word(handle, "SETTLED")
    assert (await handle.result()).state == "SETTLED"
    done = process.steps.done[handle.id]
    asked = [step for step in done if step.startswith("ask")]
    assert asked == [f"ask {n}" for n in range(1, len(asked) + 1)]
    assert 26 <= len(asked) <= 29, "once an hour at most, over all runs"
    assert [done.count(step) for step in ("examine", "offer", "escalate")] == [1, 1, 1]
    runs = await runs_of(process, handle)
    assert len(runs) == 2
    for run in runs:
        history = await process.client.get_workflow_handle(handle.id, run_id=run).fetch_history()
        assert len(history.events) < 250


async def test_a_wait_that_goes_on_carries_out_what_had_come_before(process: Process) -> None:
    case_id = f"stl_{uuid4().hex}"
    words = [
        BankStatusSignal(instruction_id=case_id, report_id=uuid4().hex, line_no=n) for n in (1, 2)
    ]
    process.steps.words |= {words[0].report_id: "IN_PROGRESS", words[1].report_id: "SETTLED"}
    waiting = SettlementWait(
        standing=SettlementStanding(instruction_id=case_id, state="OFFERED", amount_minor=793400),
        pause_s=3600,
        escalate_at=datetime.now(UTC) - timedelta(days=2),
        escalated=True,
        attempt=48,
        unread=tuple(words),
    )
    case = SettlementCase(instruction_id=case_id, lot_id=f"lot_{uuid4().hex}", waiting=waiting)
    handle: Handle = await process.client.start_workflow(
        RmbSettlement.run, case, id=case_id, task_queue=process.queue
    )
    ended = await handle.result()
    assert (ended.state, ended.settled_minor, ended.lot_id) == ("SETTLED", 793400, case.lot_id)
    assert process.steps.done[case_id] == ["apply IN_PROGRESS", "apply SETTLED"]


@pytest.mark.parametrize("name", ["settled", "held", "silent", "continued", "continued_settled"])
async def test_saved_histories_still_replay(name: str) -> None:
    """Cases begun under an earlier version go on under this one."""
    path = HISTORIES / f"rmb_settlement_{name}.json"
    replayer = Replayer(
        workflows=[RmbSettlement],
        data_converter=pydantic_data_converter,
        workflow_runner=temporal.sandbox(),
    )
    history = WorkflowHistory.from_json(name, json.loads(path.read_text()))
    await replayer.replay_workflow(history)
