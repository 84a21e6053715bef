"""What a person had read when he acts: compared under the lock, and kept with what he did."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from sqlalchemy import text

from services.declaration.domain.events import LotCancelled
from services.kernel.identifiers import case_uuid, new_id
from services.kernel.messages import Answer
from services.platform import event_log
from services.platform.act import Act
from services.platform.acting import act_once
from services.platform.database import Database
from services.platform.policy import PolicyCache
from tests.platform.acting import asked, outbox_emptied, recording
from tests.support.acts import DONE
from tests.support.quiet import QuietDatabase


@pytest.fixture
async def database(quiet: QuietDatabase) -> AsyncIterator[Database]:
    async with outbox_emptied(quiet) as database:
        yield database


async def test_who_decided_on_an_older_reading_is_refused(
    database: Database, policies: PolicyCache
) -> None:
    case = new_id("lot")
    await act_once(database, policies, asked(), recording(case))
    lock = text(f"SELECT version FROM {event_log.LOCKED.format(lot='NULL', case=':case')}")

    async def work(act: Act) -> Answer:
        version = (await act.execute(lock, case=case_uuid(case))).scalar_one()
        act.require_version(case, version)
        act.record(case, LotCancelled(reason="again"), step=uuid4().hex)
        return Answer(status=200, body={"version": version + act.changes(case)})

    for read, answer in ((1, (200, 2)), (1, (412, None)), (None, (200, 3)), (4, (412, None))):
        done = await act_once(database, policies, asked(expected_version=read), work)
        assert (done.status, done.body.get("version")) == answer
    assert done.body["code"] == "VERSION_MISMATCH"


async def test_who_signs_says_what_he_read_and_no_later_than_what_is_signed(
    database: Database, policies: PolicyCache
) -> None:
    case = new_id("lot")

    async def work(act: Act) -> Answer:
        act.require_version(case, 5, since=3)
        return DONE

    async def forgetful(act: Act) -> Answer:
        return DONE

    found = []
    for read in (None, 2, 3, 5, 6):
        mine = asked(expected_version=read, upon_reading=True)
        found.append((await act_once(database, policies, mine, work)).status)
    assert found == [428, 412, 200, 200, 412]
    with pytest.raises(AssertionError, match="compares the version"):
        await act_once(database, policies, asked(upon_reading=True), forgetful)


async def test_the_version_that_was_read_stands_on_the_case_that_was_read_alone(
    database: Database, policies: PolicyCache
) -> None:
    read, other = new_id("lot"), new_id("lot")
    await act_once(database, policies, asked(), recording(read))

    async def work(act: Act) -> Answer:
        act.require_version(read, 1)
        act.record(other, LotCancelled(reason="first"), step="first")
        act.record(read, LotCancelled(reason="again"), step="again")
        return DONE

    await act_once(database, policies, asked(expected_version=1), work)
    kept_of = text("SELECT actor FROM events WHERE case_id = :case ORDER BY seq DESC LIMIT 1")
    async with database.reading() as tx:
        said = [
            json.loads((await tx.execute(kept_of, {"case": case_uuid(case)})).scalar_one())
            for case in (read, other)
        ]
    assert [actor.pop("read_version", None) for actor in said] == [1, None]
    assert said[0] == said[1]
