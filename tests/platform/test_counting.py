"""What is counted is on record: nothing that was undone, and nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from services.declaration.commands.attending import lot_attend
from services.kernel.identifiers import new_id
from services.kernel.messages import Answer, Case
from services.kernel.refusal import Refused
from services.kernel.refusals import DECIDED_BEFORE
from services.platform.act import Act
from services.platform.acting import act_once, step
from services.platform.database import Database
from services.platform.policy import PolicyCache
from tests.platform.acting import Work, asked, events_of, outbox_emptied, recording
from tests.support.acts import DONE
from tests.support.asleep import Asleep
from tests.support.quiet import QuietDatabase


class Undone(Exception):
    """Something else fails before the commit."""


@pytest.fixture
async def database(quiet: QuietDatabase) -> AsyncIterator[Database]:
    async with outbox_emptied(quiet) as database:
        yield database


def counting(case: str, count: Callable[[], object], *, then: Exception | None = None) -> Work:
    """Work that is recorded and counted, and fails afterwards if it is told to."""
    recorded = recording(case, then=then)

    async def work(act: Act) -> Answer:
        act.count(count)
        return await recorded(act)

    return work


async def test_ten_at_once_under_one_key_are_counted_once(
    database: Database, policies: PolicyCache
) -> None:
    case, mine, counted = new_id("lot"), asked(), list[bool]()
    work = counting(case, lambda: counted.append(True))
    await asyncio.gather(*(act_once(database, policies, mine, work) for _ in range(10)))
    assert (await events_of(database, case), counted) == (1, [True])


async def test_an_act_that_is_refused_is_not_counted(
    database: Database, policies: PolicyCache
) -> None:
    case, counted = new_id("lot"), list[bool]()
    late = Refused(DECIDED_BEFORE.at())
    work = counting(case, lambda: counted.append(True), then=late)
    await act_once(database, policies, asked(), work)
    assert counted == []


async def test_what_a_savepoint_undoes_is_not_counted_and_the_rest_is(
    database: Database, policies: PolicyCache
) -> None:
    counted = list[str]()

    async def work(act: Act) -> Answer:
        for what in ("stays", "goes"):
            try:
                async with act.savepoint():
                    act.count(partial(counted.append, what))
                    await act.execute(text("SELECT 1"))
                    if what == "goes":
                        raise Undone
            except Undone:
                pass
        return DONE

    await act_once(database, policies, asked(), work)
    assert counted == ["stays"]


def releases() -> float:
    labels = {"lane": "GREEN", "perishable": "false"}
    return REGISTRY.get_sample_value("tradewindow_time_to_release_seconds_count", labels) or 0.0


async def test_a_release_that_was_undone_is_not_counted_and_the_one_that_holds_is_once(
    asleep: Asleep,
) -> None:
    lot_id = await asleep.harbour.confirmed(await asleep.harbour.group(1), values=["10.00"])
    await asleep.screened(lot_id)
    before = releases()
    declaration = asleep.harbour.window.assembly.database("declaration")
    with pytest.raises(Undone):
        async with step(declaration, PolicyCache(), None) as act:
            assert (await lot_attend(act, Case(case_id=lot_id))).state == "RELEASED"
            raise Undone
    assert releases() == before
    await asleep.attended(lot_id)
    await asleep.attended(lot_id)
    assert releases() == before + 1
