"""An act is one transaction: it is done once, wholly or not at all, and has its one answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from asyncpg import PostgresError
from sqlalchemy import text

from services.declaration.domain.events import LotCancelled, LotClosed
from services.declaration.queries import manifest_get
from services.kernel.canonical import number_key
from services.kernel.identifiers import case_uuid, new_id
from services.kernel.messages import Answer, Receipt
from services.kernel.refusal import Refused
from services.kernel.refusals import DECIDED_BEFORE, NOT_RELEASED, NOT_YOURS
from services.platform import event_log
from services.platform.act import RECORD, Act, Write
from services.platform.acting import act_once, written_once
from services.platform.answers import Receipts
from services.platform.database import Database, Statements
from services.platform.policy import PolicyCache
from services.platform.words import reasons
from tests.platform.acting import (
    CLERK,
    Work,
    again,
    asked,
    events_of,
    in_one_statement,
    kept,
    outbox_emptied,
    recording,
    refusing,
    tells_of,
)
from tests.support.acts import DONE
from tests.support.quiet import QuietDatabase


@pytest.fixture
async def database(quiet: QuietDatabase) -> AsyncIterator[Database]:
    async with outbox_emptied(quiet) as database:
        yield database


async def test_ten_at_once_under_one_key_do_the_work_once(
    quiet: QuietDatabase, database: Database, policies: PolicyCache
) -> None:
    case, mine = new_id("lot"), asked()
    answers = await asyncio.gather(
        *(act_once(database, policies, mine, recording(case)) for _ in range(10))
    )
    assert {a.model_dump_json() for a in answers} == {answers[0].model_dump_json()}
    assert await events_of(database, case) == 1
    assert len(await tells_of(quiet, case)) == 1


async def test_an_answer_is_given_again_to_the_last_value(
    database: Database, policies: PolicyCache
) -> None:
    body = {"名称": "带壳腰果", "sums": [{"amount": "0.10"}], "none": None, "version": 3}

    async def work(act: Act) -> Answer:
        return Answer(status=202, body=body)

    mine = asked()
    first = await act_once(database, policies, mine, work)
    assert first == await act_once(database, policies, again(mine), work)
    assert (first.status, first.body) == (202, body)


async def test_the_same_key_with_another_body_is_refused_and_does_nothing(
    database: Database, policies: PolicyCache
) -> None:
    case, mine = new_id("lot"), asked(body="a")
    await act_once(database, policies, mine, recording(case))
    other = await act_once(database, policies, again(mine, body="b"), recording(case))
    assert (other.status, other.body["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await events_of(database, case) == 1


@pytest.mark.parametrize(
    "other", [{"subject": "clerk-2"}, {"party": "group:G2"}, {"party": "resident:G1"}]
)
async def test_a_key_is_the_subjects_for_one_party(
    database: Database, policies: PolicyCache, other: dict[str, str]
) -> None:
    """Another person, or the same one for another party, may use it and gets an own answer."""
    key, cases = uuid4().hex, [new_id("lot"), new_id("lot")]
    for actor, case in zip((CLERK, CLERK.model_copy(update=other)), cases, strict=True):
        done = await act_once(database, policies, asked(key, by=actor), recording(case))
        assert done.body == {"case": case}
    assert [await events_of(database, case) for case in cases] == [1, 1]


def test_no_two_requests_have_one_receipt_because_their_parts_run_together() -> None:
    def digest(subject: str, party: str, key: str) -> bytes:
        return Receipt(subject=subject, party=party, key=key, fingerprint="f").digest

    assert len({digest("ab", "c", "d"), digest("a", "bc", "d"), digest("a", "b", "cd")}) == 3


async def test_a_refusal_is_an_answer_and_stays_the_answer(
    database: Database, policies: PolicyCache
) -> None:
    case, mine = new_id("lot"), asked()
    reasons = (
        NOT_RELEASED.at("/state", state="SUBMITTED"),
        NOT_YOURS.at("/tickets/0"),
    )
    first = await act_once(database, policies, mine, refusing(*reasons))
    second = await act_once(database, policies, again(mine), recording(case))
    assert first == second
    assert (first.status, [e["pointer"] for e in first.body["errors"]]) == (
        409,
        ["/state", "/tickets/0"],
    )
    assert await events_of(database, case) == 0


async def test_a_refusal_sent_ten_times_at_once_is_kept_once(
    database: Database, policies: PolicyCache
) -> None:
    mine = asked()
    work = refusing(DECIDED_BEFORE.at())
    answers = await asyncio.gather(*(act_once(database, policies, mine, work) for _ in range(10)))
    later = await act_once(database, policies, again(mine), work)
    assert {a.body["code"] for a in answers} == {"STATE_CONFLICT"}
    assert later in answers


async def test_what_was_written_before_a_refusal_is_undone(
    quiet: QuietDatabase, database: Database, policies: PolicyCache
) -> None:
    case, mine = new_id("lot"), asked()
    late = Refused(DECIDED_BEFORE.at())
    refused = await act_once(database, policies, mine, recording(case, then=late))
    assert refused.body["code"] == "STATE_CONFLICT"
    assert (await events_of(database, case), await tells_of(quiet, case)) == (0, [])
    assert await kept(database, mine) == refused


@pytest.mark.parametrize("code", ["TOO_MANY_REQUESTS", "UNAVAILABLE", "INTERNAL"])
@pytest.mark.parametrize("way", ["act_once", "written_once"])
async def test_what_says_nothing_lasting_is_never_kept(
    database: Database, policies: PolicyCache, code: str, way: str
) -> None:
    case, mine = new_id("lot"), asked()
    passing = refusing(reasons()[code].at())
    if way == "act_once":
        answer = await act_once(database, policies, mine, passing)
    else:
        answer = await written_once(database, policies, mine, passing)  # type: ignore[arg-type]
    assert answer.status in (429, 500, 503)
    assert await kept(database, mine) is None
    assert (await act_once(database, policies, again(mine), recording(case))).status == 201


async def test_a_bug_keeps_nothing_so_the_same_key_may_try_again(
    database: Database, policies: PolicyCache
) -> None:
    case, mine = new_id("lot"), asked()
    with pytest.raises(ZeroDivisionError):
        await act_once(database, policies, mine, recording(case, then=ZeroDivisionError()))
    assert await kept(database, mine) is None
    assert (await act_once(database, policies, again(mine), recording(case))).status == 201
    assert await events_of(database, case) == 1


async def test_a_query_that_is_given_the_act_sees_what_waits_to_be_written(
    database: Database, policies: PolicyCache
) -> None:
    number = f"M-{uuid4().hex}"
    lodge = Write(
        "lodged AS (INSERT INTO manifests (manifest_key, manifest_no, manifest_id, lodged_by,"
        " port, vehicle_plate, plate_key, total_kg, lodged_at) VALUES (:manifest_key,"
        " :manifest_no, :manifest_id, 'group:G1', 'DONGXING', 'P1', 'P1', 10, now()))"
    )

    async def work(act: Act) -> Answer:
        await act.write(
            lodge, manifest_key=number_key(number), manifest_no=number, manifest_id=uuid4()
        )
        manifest = await manifest_get(act, number, act.actor)
        return Answer(status=201, body={"seen": None if manifest is None else manifest.port})

    answer = await act_once(database, policies, asked(), work)
    assert answer.body == {"seen": "DONGXING"}


async def reason_of(tx: Statements, case: str, step: str) -> str | None:
    """Why a lot was cancelled in this step, when it was."""
    query = text(
        "SELECT body::json ->> 'reason' FROM events WHERE case_id = :case AND step = :step"
    )
    found = await tx.execute(query, {"case": case_uuid(case), "step": step})
    reason: str | None = found.scalar_one_or_none()
    return reason


def first_of_two(case: str, name: str, both_have_looked: asyncio.Barrier) -> Work:
    """Work for a step that only one can take; whoever comes second says who was first."""
    attempts = 0

    async def work(act: Act) -> Answer:
        nonlocal attempts
        attempts += 1
        taken = await reason_of(act, case, "the step")
        if attempts == 1:
            await both_have_looked.wait()
        if taken is not None:
            raise Refused(DECIDED_BEFORE.at(state=taken))
        act.record(case, LotCancelled(reason=name), step="the step")
        return DONE

    return work


async def test_a_race_lost_to_a_constraint_is_judged_again_on_fresh_facts(
    database: Database, policies: PolicyCache
) -> None:
    case, barrier = new_id("lot"), asyncio.Barrier(2)
    await act_once(database, policies, asked(), recording(case))
    answers = await asyncio.gather(
        *(
            act_once(database, policies, asked(), first_of_two(case, name, barrier))
            for name in ("one", "two")
        )
    )
    won, lost = sorted(answers, key=lambda a: a.status)
    assert (won.status, lost.status) == (200, 409)
    assert lost.body["errors"][0]["facts"]["state"] in ("one", "two")
    assert await events_of(database, case) == 2


async def test_what_loses_every_race_fails_in_the_end_and_keeps_nothing(
    database: Database, policies: PolicyCache
) -> None:
    case, mine, times = new_id("lot"), asked(), 0
    await act_once(database, policies, asked(), recording(case))

    async def doubled(act: Act) -> Answer:
        nonlocal times
        times += 1
        for _ in range(2):
            act.record(case, LotClosed(), step="twice")
        return DONE

    with pytest.raises(PostgresError):
        await act_once(database, policies, mine, doubled)
    assert times > 1
    assert await kept(database, mine) is None
    assert await events_of(database, case) == 1


@pytest.mark.parametrize(
    "too_much",
    [
        "CAST(99999999999 AS numeric(20, 10))",
        "CAST(2147483648 AS bigint)::integer",
        "to_date('2026-02-31', 'YYYY-MM-DD')",
        "convert_from('\\xff', 'UTF8')",
    ],
)
@pytest.mark.parametrize("way", ["act_once", "written_once"])
async def test_values_that_do_not_fit_are_the_requests_fault_and_nothing_is_kept_half(
    quiet: QuietDatabase, database: Database, policies: PolicyCache, too_much: str, way: str
) -> None:
    case, mine = new_id("lot"), asked()
    unfit = text(f"SELECT {too_much}")

    async def work(act: Act) -> Answer:
        act.record(case, LotClosed(), step="1")
        act.tell(case)
        await act.end()
        await act.execute(unfit)
        raise AssertionError("unreachable")

    async def in_one(act: Act) -> Any:
        act.record(case, LotClosed(), step="1")
        return text(f"SELECT {RECORD}, {too_much}"), {}, DONE

    with pytest.raises(Refused) as refused:
        if way == "act_once":
            await act_once(database, policies, mine, work)
        else:
            await written_once(database, policies, mine, in_one)
    assert [r.code for r in refused.value.refusals] == ["REQUEST_INVALID"]
    assert refused.value.__cause__ is None, "what it says holds a value of the request"
    assert (await events_of(database, case), await tells_of(quiet, case)) == (0, [])
    assert await kept(database, mine) is None


async def test_a_lock_that_is_not_had_in_time_is_in_progress_and_not_kept(
    database: Database, policies: PolicyCache
) -> None:
    case, mine = new_id("lot"), asked()
    await act_once(database, policies, asked(), recording(case))
    lock = text(f"SELECT * FROM {event_log.LOCKED.format(lot='NULL', case=':case')}")

    async def impatient(act: Act) -> Answer:
        await act.execute(text("SET LOCAL lock_timeout = '50ms'"))
        await act.execute(lock, case=case_uuid(case))
        act.record(case, LotClosed(), step="close")
        return DONE

    async with database.transaction() as other:
        await other.execute(lock, {"case": case_uuid(case)})
        with pytest.raises(Refused) as refused:
            await act_once(database, policies, mine, impatient)
    assert [r.code for r in refused.value.refusals] == ["IN_PROGRESS"]
    assert await kept(database, mine) is None
    assert (await act_once(database, policies, again(mine), impatient)) == DONE


async def test_work_in_one_statement_is_answered_once_however_often_it_is_sent(
    quiet: QuietDatabase, database: Database, policies: PolicyCache
) -> None:
    case, mine, seen = new_id("lot"), asked(), list[str]()
    answers = await asyncio.gather(
        *(written_once(database, policies, mine, in_one_statement(case, seen)) for _ in range(10))
    )
    assert len({a.model_dump_json() for a in answers}) == 1
    later = await written_once(database, policies, again(mine), in_one_statement(case, seen))
    assert later == answers[0]
    assert (await events_of(database, case), len(await tells_of(quiet, case))) == (1, 1)


async def test_work_in_one_statement_under_a_key_with_another_body_is_refused(
    database: Database, policies: PolicyCache
) -> None:
    case, mine = new_id("lot"), asked(body="a")
    await written_once(database, policies, mine, in_one_statement(case, []))
    other = await written_once(
        database, policies, again(mine, body="b"), in_one_statement(case, [])
    )
    assert (other.status, other.body["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await events_of(database, case) == 1


async def test_a_refusal_before_the_one_statement_stays_the_answer(
    database: Database, policies: PolicyCache
) -> None:
    case, mine = new_id("lot"), asked()
    no = refusing(NOT_RELEASED.at("/state"))
    first = await written_once(database, policies, mine, no)  # type: ignore[arg-type]
    assert (first.status, first.body["code"]) == (409, "NOT_RELEASED")
    later = await written_once(database, policies, again(mine), in_one_statement(case, []))
    assert later == first
    assert await events_of(database, case) == 0


async def test_the_two_ways_of_writing_know_each_others_answers(
    database: Database, policies: PolicyCache
) -> None:
    case, mine, other = new_id("lot"), asked(), asked()
    first = await act_once(database, policies, mine, recording(case))
    assert await written_once(database, policies, again(mine), in_one_statement(case, [])) == first
    one = await written_once(database, policies, other, in_one_statement(case, []))
    assert await act_once(database, policies, again(other), recording(case)) == one
    assert await events_of(database, case) == 2


def test_a_fingerprint_is_the_same_in_every_process_with_the_key_and_in_no_other() -> None:
    """Without the key nobody can try identity numbers until a fingerprint fits."""
    asked = {"subject": "clerk-1", "party": "group:G1", "key": "k", "path": "/registry/v1/lookup"}
    body = b'{"resident_no":"450681189001011230"}'
    here, there, elsewhere = (
        Receipts(secret).receipt(**asked, body=body) for secret in (b"a" * 32, b"a" * 32, b"b")
    )
    assert here == there
    assert here.fingerprint != elsewhere.fingerprint
    assert here.fingerprint != Receipts(b"a" * 32).receipt(**asked, body=body + b" ").fingerprint
