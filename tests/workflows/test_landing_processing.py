"""The case of an e-book period: it says when it is late, closes nothing, and ends with its book."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from deploy.sandbox.parties import Party
from services.kernel.clock import day_begins
from services.kernel.identifiers import new_id
from services.kernel.messages import Case
from services.processing.activities import ProcessingActivities
from tests.support.log import events_of
from tests.support.numbers import credit_code, customs_code
from tests.support.one_day import today
from tests.support.patience import LOOKS
from tests.support.recording import recorded
from tests.support.tells import delivered
from tests.support.window import Window
from workflows.landing_processing import LandingProcessing
from workflows.ports.processing import QUEUE

Handle = WorkflowHandle[Any, str]


def period() -> dict[str, str]:
    return {"period_from": f"{today()}", "period_to": f"{today() + timedelta(days=30)}"}


def its_end() -> datetime:
    return day_begins(today() + timedelta(days=31))


def after_its_end() -> datetime:
    return its_end() + timedelta(hours=32)


async def factory(window: Window) -> Party:
    """A filed factory."""
    code = customs_code()
    row = {
        "enterprise_code": code,
        "credit_code": credit_code(),
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
    await window.on_file("processing-filings", filing)
    return window.parties.act_as("enterprise", f"enterprise:{code}")


async def opened(window: Window) -> tuple[Party, str, Handle]:
    """A factory's book, and its case as soon as the engine has it."""
    plant = await factory(window)
    book_id = (await plant.post("/processing/v1/books", period()))["book_id"]
    handle: Handle = window.assembly.temporal.get_workflow_handle(book_id, result_type=str)
    for _ in range(LOOKS):
        try:
            await handle.describe()
            return plant, book_id, handle
        except RPCError:
            await asyncio.sleep(0.05)
    raise AssertionError(f"{book_id} was not started")


@pytest.fixture
def steps(window: Window) -> ProcessingActivities:
    return ProcessingActivities(window.assembly.database("processing"))


async def test_a_late_book_shows_it_once_and_its_case_ends_when_it_is_closed(
    window: Window, steps: ProcessingActivities
) -> None:
    plant, book_id, handle = await opened(window)
    skipper = TimeSkipper(window.assembly.temporal)
    await skipper.fast_forward(handle, after_its_end() - datetime.now(UTC))
    for _ in range(LOOKS):
        shown = await plant.get(f"/processing/v1/books/{book_id}")
        if shown["ran_out_at"] is not None:
            break
        await asyncio.sleep(0.05)
    assert (shown["state"], shown["version"]) == ("OPEN", 1)
    standing = await steps.attend_book(Case(case_id=book_id, at=after_its_end()))
    assert (standing.state, standing.ended, standing.look_at) == ("OPEN", False, None)
    assert await events_of(window.sql, book_id) == ["BookOpened", "PeriodRanOut"]
    closed = await plant.post(f"/processing/v1/books/{book_id}/closing", {"closing_kg": {}})
    assert closed["state"] == "CLOSED"
    assert await handle.result() == "CLOSED"
    await recorded(window.assembly.temporal, book_id, "landing_processing_late")


async def test_while_the_period_lasts_its_case_waits_for_its_end_and_for_nothing_else(
    window: Window, steps: ProcessingActivities
) -> None:
    _, book_id, _ = await opened(window)
    standing = await steps.attend_book(Case(case_id=book_id))
    assert standing.look_at == its_end()
    assert await steps.attend_book(Case(case_id=book_id)) == standing
    last = Case(case_id=book_id, at=its_end() - timedelta(seconds=1))
    assert (await steps.attend_book(last)).look_at == standing.look_at
    assert await events_of(window.sql, book_id) == ["BookOpened"]


async def test_looks_that_nobody_asked_for_change_nothing(window: Window) -> None:
    plant, book_id, handle = await opened(window)
    for _ in range(5):
        await handle.signal("look")
    assert (await plant.get(f"/processing/v1/books/{book_id}"))["state"] == "OPEN"
    await plant.post(f"/processing/v1/books/{book_id}/closing", {"closing_kg": {}})
    assert await handle.result() == "CLOSED"
    assert await events_of(window.sql, book_id) == ["BookOpened", "StockCounted", "BookClosed"]
    await recorded(window.assembly.temporal, book_id, "landing_processing_closed")


async def test_a_case_started_by_a_stranger_for_a_book_that_is_not_ends_at_once(
    window: Window,
) -> None:
    case = Case(case_id=new_id("bok"))
    ended = await window.assembly.temporal.execute_workflow(
        LandingProcessing.run, case, id=case.case_id, task_queue=QUEUE
    )
    assert ended == "UNKNOWN"


async def test_a_case_of_a_closed_book_that_is_started_again_ends_at_once(window: Window) -> None:
    plant, book_id, handle = await opened(window)
    await plant.post(f"/processing/v1/books/{book_id}/closing", {"closing_kg": {}})
    assert await handle.result() == "CLOSED"
    again = await window.assembly.temporal.execute_workflow(
        LandingProcessing.run, Case(case_id=book_id), id=book_id, task_queue=QUEUE
    )
    assert again == "CLOSED"


async def test_a_case_that_was_terminated_is_started_again_by_the_next_tell(
    window: Window,
) -> None:
    plant, book_id, handle = await opened(window)
    await handle.terminate()
    await plant.post(f"/processing/v1/books/{book_id}/closing", {"closing_kg": {}})
    await delivered(window.sql, book_id)
    assert (await plant.get(f"/processing/v1/books/{book_id}"))["state"] == "CLOSED"


async def test_ten_years_of_a_book_left_open_are_one_wait(window: Window) -> None:
    _, book_id, handle = await opened(window)
    skipper = TimeSkipper(window.assembly.temporal)
    await skipper.fast_forward(handle, after_its_end() + timedelta(days=3650) - datetime.now(UTC))
    history = await handle.fetch_history()
    assert len(history.events) < 30
    assert (await events_of(window.sql, book_id))[-1] == "PeriodRanOut"
