"""What acts and steps append to a case, and whom they tell of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from asyncpg import PostgresError
from sqlalchemy import text

from services.declaration.domain.events import LotCancelled, LotClosed, SharesConfirmed
from services.kernel.identifiers import case_uuid, new_id
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import DECIDED_BEFORE
from services.platform.act import Act
from services.platform.acting import act_once, step, written_once
from services.platform.bell import TELLS
from services.platform.database import Database
from services.platform.policy import PolicyCache
from tests.platform.acting import (
    CLERK,
    asked,
    count,
    events_of,
    in_one_statement,
    outbox_emptied,
    recording,
    tells_of,
)
from tests.support.acts import DONE
from tests.support.quiet import QuietDatabase


@pytest.fixture
async def database(quiet: QuietDatabase) -> AsyncIterator[Database]:
    async with outbox_emptied(quiet) as database:
        yield database


async def test_a_persons_event_carries_the_digest_of_its_receipt_and_a_steps_carries_none(
    database: Database, policies: PolicyCache
) -> None:
    case, mine = new_id("lot"), asked()
    await act_once(database, policies, mine, recording(case))
    async with step(database, policies, None) as taken:
        taken.record(case, LotClosed(), step="close")
    query = text("SELECT actor FROM events WHERE case_id = :case ORDER BY seq")
    async with database.reading() as tx:
        actors = [
            json.loads(a) for a in (await tx.execute(query, {"case": case_uuid(case)})).scalars()
        ]
    assert actors == [
        {**CLERK.model_dump(exclude_none=True), "receipt": mine.receipt.digest.hex()},
        {"subject": "tradewindow", "party": "platform:tradewindow", "role": "system"},
    ]
    held = "SELECT count(*) FROM stored_answers WHERE receipt = :digest"
    assert await count(database, held, digest=mine.receipt.digest) == 1


async def test_a_tell_names_the_event_because_of_which_it_is_told(
    quiet: QuietDatabase, database: Database, policies: PolicyCache
) -> None:
    lot, opened = new_id("lot"), new_id("lot")
    await act_once(database, policies, asked(), recording(lot))

    async def work(act: Act) -> Answer:
        act.record(lot, SharesConfirmed(tickets=1, unconfirmed=0, by_mandate=True), step="1")
        act.record(lot, LotCancelled(reason="one"), step="2")
        act.tell(lot)
        act.record(opened, LotCancelled(reason="two"), step="1")
        act.open_case(opened, CaseType="test", Port="DONGXING")
        act.tell(lot)
        return DONE

    await act_once(database, policies, asked(), work)
    told = [(t.told, t.opens, t.source, t.place) for t in await tells_of(quiet, lot)]
    assert told == [(lot, False, lot, 1), (lot, False, lot, 3), (lot, False, opened, 1)]
    (opening,) = await tells_of(quiet, opened)
    assert (opening.opens, opening.source, opening.place) == (True, opened, 1)
    assert json.loads(opening.attributes) == {"CaseType": "test", "Port": "DONGXING"}


async def test_nobody_is_told_because_of_nothing(database: Database, policies: PolicyCache) -> None:
    case = new_id("lot")
    with pytest.raises(ValueError, match="event"):
        async with step(database, policies, None) as act:
            act.tell(case)
    with pytest.raises(ValueError, match="event"):
        async with step(database, policies, None) as act:
            act.open_case(case)


async def test_the_relay_is_woken_by_what_was_committed_and_by_nothing_else(
    database: Database, policies: PolicyCache
) -> None:
    woken: list[int] = []
    case = new_id("lot")

    async def silent(act: Act) -> Answer:
        act.record(case, LotClosed(), step="silent")
        return DONE

    database.committed = lambda *channels: woken.append(1) if TELLS in channels else None
    late = Refused(DECIDED_BEFORE.at())
    await act_once(database, policies, asked(), recording(case, then=late))
    await act_once(database, policies, asked(), silent)
    with pytest.raises(ZeroDivisionError):
        async with step(database, policies, None) as act:
            act.record(case, LotClosed(), step="undone")
            act.tell(case)
            raise ZeroDivisionError
    assert woken == []
    await act_once(database, policies, asked(), recording(case))
    await written_once(database, policies, asked(), in_one_statement(case, []))
    async with step(database, policies, None) as act:
        act.record(case, LotClosed(), step="told")
        act.tell(case)
    assert len(woken) == 3


async def test_a_step_is_never_taken_before_the_moment_its_case_was_woken_at(
    database: Database, policies: PolicyCache
) -> None:
    """The case's own clock may be ahead of this machine's; behind it is not believed."""
    ahead, behind = (datetime.now(UTC) + timedelta(hours=h) for h in (1, -1))
    async with step(database, policies, ahead) as act:
        assert act.at == ahead
    async with step(database, policies, behind) as act:
        assert act.at > behind + timedelta(minutes=59)
    async with step(database, policies, None) as act:
        assert abs(act.at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_step_that_fails_leaves_nothing(
    quiet: QuietDatabase, database: Database, policies: PolicyCache
) -> None:
    case = new_id("lot")
    with pytest.raises(ZeroDivisionError):
        async with step(database, policies, None) as act:
            act.record(case, LotClosed(), step="close")
            act.tell(case)
            await act.end()
            raise ZeroDivisionError
    assert (await events_of(database, case), await tells_of(quiet, case)) == (0, [])


async def test_a_step_is_recorded_once_in_a_case(database: Database, policies: PolicyCache) -> None:
    case = new_id("lot")
    async with step(database, policies, None) as act:
        act.record(case, LotClosed(), step="close")
    with pytest.raises(PostgresError):
        async with step(database, policies, None) as act:
            act.record(case, LotClosed(), step="close")
    assert await events_of(database, case) == 1
