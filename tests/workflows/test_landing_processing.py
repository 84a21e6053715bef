"""The case of an e-book period: it waits for people, says when it is late, and assumes nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from stdnum.cn import uscc
from temporalio import activity
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.testing import TimeSkipper
from temporalio.worker import Replayer

from deploy.assembly import register_search_attributes
from deploy.data_directory import Endpoints
from deploy.demo.parties import Party
from services.kernel.identifiers import new_id
from services.kernel.messages import Actor, Answer, Decision, Outcome, Receipt
from services.kernel.refusal import Refused
from services.platform import temporal
from services.platform.decisions import bring
from services.processing.activities import ProcessingActivities
from tests.support.decisions import acting, brought_again, how_it_ended
from tests.support.decisions import decision as made
from tests.support.servers import UPDATES_MAX
from tests.support.window import Window
from workflows.landing_processing import LandingProcessing
from workflows.ports.processing import BookCase, BookStanding, BookStep, ProcessingSteps

HISTORIES = Path(__file__).parents[1] / "replay" / "histories"
Handle = WorkflowHandle[Any, str]


@dataclass
class Steps(ProcessingSteps):
    """The service's steps with outcomes a test chooses; the first tries of each may fail."""

    states: list[str | None] = field(default_factory=list)
    failures: int = 0
    done: list[str] = field(default_factory=list)

    def _decide(self, what: str) -> Outcome:
        if self.failures:
            self.failures -= 1
            raise OSError("the database does not answer")
        self.done.append(what)
        state = self.states.pop(0)
        if state == "DOES NOT FIT":
            raise ApplicationError("ours", type="INTERNAL", non_retryable=True)
        status = 409 if state is None else 200
        return Outcome(answer=Answer(status=status, body={"state": state}), state=state)

    @activity.defn(name="processing.close_book")
    async def close_book(self, decision: Decision) -> Outcome:
        return self._decide("close_book")

    @activity.defn(name="processing.close_alert")
    async def close_alert(self, decision: Decision) -> Outcome:
        return self._decide("close_alert")

    @activity.defn(name="processing.period_ran_out")
    async def period_ran_out(self, message: BookStep) -> BookStanding:
        self.done.append("period_ran_out")
        return BookStanding(book_id=message.book_id, state="OPEN")


@dataclass
class Process:
    """A worker with chosen steps, and a book's case started on it."""

    client: Client
    steps: Steps
    queue: str

    async def start(self, *, days: int = 30) -> Handle:
        case = BookCase(book_id=new_id("bok"), ends_at=datetime.now(UTC) + timedelta(days=days))
        handle: Handle = await self.client.start_workflow(
            LandingProcessing.run, case, id=case.book_id, task_queue=self.queue
        )
        return handle


def decision(handle: Handle) -> Decision:
    return Decision(
        case=handle.id,
        actor=Actor(subject="a", party="enterprise:4506000001", role="enterprise"),
        receipt=Receipt(subject="a", key=uuid4().hex, fingerprint=""),
        request_id=uuid4().hex,
    )


@pytest.fixture
async def process(stack: Endpoints) -> AsyncIterator[Process]:
    client = await temporal.connect(stack.temporal_address, stack.temporal_namespace, lazy=False)
    await register_search_attributes(client)
    steps, queue = Steps(), f"processing-{uuid4().hex[:8]}"
    worker = temporal.worker(
        client,
        queue=queue,
        workflows=[LandingProcessing],
        activities=[steps.close_book, steps.close_alert, steps.period_ran_out],
    )
    async with worker:
        yield Process(client, steps, queue)


async def test_the_case_ends_only_when_the_book_is_closed(process: Process) -> None:
    process.steps.states = [None, "ALERTED", "OPEN", "ALERTED", "ALERTED", "CLOSED"]
    handle = await process.start()
    acts: list[tuple[str, int]] = [
        ("close_book", 409),
        ("close_book", 200),
        ("close_alert", 200),
        ("close_book", 200),
        ("close_alert", 200),
        ("close_alert", 200),
    ]
    for act, status in acts:
        outcome = await handle.execute_update(act, decision(handle), result_type=Outcome)
        assert outcome.answer.status == status
    assert await handle.result() == "CLOSED"


async def test_a_book_is_closed_after_any_number_of_closings_that_were_refused(
    process: Process,
) -> None:
    refused = UPDATES_MAX + UPDATES_MAX // 10
    process.steps.states = [*[None] * refused, "CLOSED"]
    handle = await process.start()
    by_id = process.client.get_workflow_handle(handle.id)
    for status in (*[409] * refused, 200):
        outcome = await by_id.execute_update("close_book", decision(handle), result_type=Outcome)
        assert outcome.answer.status == status
    assert await handle.result() == "CLOSED"
    assert (await by_id.describe()).run_id != handle.first_execution_run_id


async def test_a_step_that_fails_is_tried_again_and_the_caller_gets_its_answer(
    process: Process,
) -> None:
    process.steps.states, process.steps.failures = ["CLOSED"], 3
    handle = await process.start()
    outcome = await handle.execute_update("close_book", decision(handle), result_type=Outcome)
    assert outcome.state == "CLOSED"
    assert process.steps.done == ["close_book"]


async def test_a_step_that_can_never_succeed_is_answered_and_the_case_takes_the_next_decision(
    process: Process,
) -> None:
    process.steps.states = ["DOES NOT FIT", "CLOSED"]
    handle = await process.start()
    asked = decision(handle).model_copy(update={"update": "close_book"})
    with pytest.raises(Refused) as refused:
        await bring(process.client, asked)
    assert refused.value.codes == ("INTERNAL",)
    outcome = await handle.execute_update("close_book", decision(handle), result_type=Outcome)
    assert outcome.state == "CLOSED"


async def test_a_period_that_ends_unclosed_is_escalated_once_and_stays_open(
    process: Process,
) -> None:
    process.steps.states = ["CLOSED"]
    handle = await process.start(days=30)
    await TimeSkipper(process.client).fast_forward(handle, timedelta(days=100))
    assert process.steps.done == ["period_ran_out"]
    await handle.execute_update("close_book", decision(handle), result_type=Outcome)
    assert await handle.result() == "CLOSED"


async def factory(window: Window) -> tuple[Party, str]:
    """A filed factory, and its customs code."""
    code = f"{4507000000 + uuid4().int % 999999:010d}"
    body = f"91450681{uuid4().int % 10**9:09d}"
    row = {
        "enterprise_code": code,
        "credit_code": body + str(uscc.calc_check_digit(body)),
        "name": "测试加工厂",
        "port": "DONGXING",
    }
    filing = {
        "enterprise_code": code,
        "hs_prefix": "0801",
        "filed_from": "2025-01-01",
        "yearly_capacity_kg": "1000",
        "filing_no": "T-1",
    }
    await window.registrar.post("/registry/v1/enterprises", {"rows": [row]})
    await window.registrar.post("/registry/v1/processing-filings", {"rows": [filing]})
    return window.parties.act_as("enterprise", f"enterprise:{code}"), code


async def test_a_late_book_shows_it_and_can_still_be_closed(window: Window) -> None:
    plant, _ = await factory(window)
    period = {"period_from": "2097-01-01", "period_to": "2097-01-31"}
    book_id = (await plant.post("/processing/v1/books", period))["book_id"]
    handle = window.assembly.temporal.get_workflow_handle(book_id)
    for _ in range(100):
        if await window.sql.fetchval("SELECT count(*) FROM outbox WHERE workflow_id = $1", book_id):
            await asyncio.sleep(0.05)
    late = datetime(2097, 2, 2, tzinfo=UTC) - datetime.now(UTC)
    await TimeSkipper(window.assembly.temporal).fast_forward(handle, late)
    shown = await plant.get(f"/processing/v1/books/{book_id}")
    assert shown["state"] == "OPEN"
    assert shown["ran_out_at"] is not None
    steps = ProcessingActivities(window.assembly.database("processing"))
    await steps.period_ran_out(BookStep(book_id=book_id))
    types = await window.sql.fetch(
        "SELECT type FROM events WHERE case_id = $1 ORDER BY seq",
        UUID(hex=book_id.removeprefix("bok_")),
    )
    assert [row["type"] for row in types] == ["BookOpened", "PeriodRanOut"]
    closed = await plant.post(f"/processing/v1/books/{book_id}/closing", {"closing_kg": {}})
    assert closed["state"] == "CLOSED"
    assert await handle.result() == "CLOSED"


async def test_a_closing_whose_worker_died_ends_the_case_all_the_same(window: Window) -> None:
    plant, code = await factory(window)
    period = {"period_from": "2097-01-01", "period_to": "2097-01-31"}
    book_id = (await plant.post("/processing/v1/books", period))["book_id"]
    steps = ProcessingActivities(window.assembly.database("processing"))
    closing = made(
        book_id, "close_book", acting("enterprise", f"enterprise:{code}"), {"closing_kg": {}}
    )
    assert (await steps.close_book(closing)).state == "CLOSED"
    await brought_again(window.sql, book_id)
    assert await how_it_ended(window.assembly.temporal, book_id) == "CLOSED"


async def test_a_count_that_comes_before_the_relay_starts_the_case_itself(window: Window) -> None:
    plant, code = await factory(window)
    book_id = new_id("bok")
    await window.sql.execute(
        "INSERT INTO books (book_id, enterprise_code, port, period_from, period_to, state,"
        " opened_at) VALUES ($1, $2, 'DONGXING', $3, $3, 'OPEN', now())",
        UUID(hex=book_id.removeprefix("bok_")),
        code,
        date(2096, 1, 1),
    )
    closed = await plant.post(f"/processing/v1/books/{book_id}/closing", {"closing_kg": {}})
    assert closed["state"] == "CLOSED"


@pytest.mark.parametrize("name", ["closed", "alerted", "late"])
async def test_saved_histories_still_replay(name: str) -> None:
    """Periods opened under an earlier version go on under this one."""
    path = HISTORIES / f"landing_processing_{name}.json"
    replayer = Replayer(
        workflows=[LandingProcessing],
        data_converter=pydantic_data_converter,
        workflow_runner=temporal.sandbox(),
    )
    history = WorkflowHistory.from_json(name, json.loads(path.read_text()))
    await replayer.replay_workflow(history)
