"""Idempotency-Key in the business transaction: one key and body, one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text

from services.declaration.domain.events import LotCancelled
from services.kernel.identifiers import case_uuid, new_id
from services.kernel.messages import SYSTEM, Answer, Receipt
from services.kernel.refusal import Refusal, Refused
from services.platform import event_log
from services.platform.database import Database, Tx
from services.platform.idempotency import (
    ANSWERED,
    Receipts,
    Written,
    answered,
    run_once,
    write_once,
)
from tests.support.window import Window


@pytest.fixture
def database(window: Window) -> Database:
    return window.assembly.database("declaration")


def receipt(key: str | None = None, *, body: str = "a") -> Receipt:
    return Receipt(subject="clerk-1", key=key or str(uuid4()), fingerprint=body)


def writing(case: str, *, then: Exception | None = None) -> Callable[[Tx], Awaitable[Answer]]:
    """Work that appends an event to a case, and fails afterwards if it is told to."""

    async def work(tx: Tx) -> Answer:
        event, now = LotCancelled(reason="a test"), datetime.now(UTC)
        await event_log.append(tx, case=case, event=event, step=uuid4().hex, actor=SYSTEM, at=now)
        if then is not None:
            raise then
        return Answer(status=201, body={"case": case})

    return work


async def events_of(database: Database, case: str) -> int:
    query = text("SELECT count(*) FROM events WHERE case_id = :case")
    async with database.reading() as tx:
        return int((await tx.execute(query, {"case": case_uuid(case)})).scalar_one())


async def test_ten_parallel_requests_with_one_key_do_the_work_once(database: Database) -> None:
    case, mine = new_id("lot"), receipt()
    answers = await asyncio.gather(*(run_once(database, mine, writing(case)) for _ in range(10)))
    assert {a.model_dump_json() for a in answers} == {answers[0].model_dump_json()}
    assert await events_of(database, case) == 1


async def test_the_same_key_with_another_body_is_refused_and_does_nothing(
    database: Database,
) -> None:
    case, mine = new_id("lot"), receipt(body="a")
    await run_once(database, mine, writing(case))
    again = await run_once(database, receipt(mine.key, body="b"), writing(case))
    assert (again.status, again.body["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await events_of(database, case) == 1


async def test_two_subjects_may_use_the_same_key(database: Database) -> None:
    key, cases = str(uuid4()), [new_id("lot"), new_id("lot")]
    for subject, case in zip(("a", "b"), cases, strict=True):
        mine = Receipt(subject=subject, key=key, fingerprint="x")
        assert (await run_once(database, mine, writing(case))).body == {"case": case}


async def test_a_refusal_is_an_answer_and_stays_the_answer(database: Database) -> None:
    mine, times = receipt(), 0

    async def work(tx: Tx) -> Answer:
        nonlocal times
        times += 1
        raise Refused(Refusal("NOT_RELEASED", "Keep it inside.", "/state"))

    first = await run_once(database, mine, work)
    second = await run_once(database, mine, work)
    assert first == second
    assert (first.status, first.body["errors"][0]["pointer"], times) == (409, "/state", 1)


async def test_work_that_wrote_before_it_refused_leaves_nothing_but_its_answer(
    database: Database,
) -> None:
    case, mine = new_id("lot"), receipt()
    refusal = Refused(Refusal("STATE_CONFLICT", "Too late."))
    refused = await run_once(database, mine, writing(case, then=refusal))
    assert refused.body["code"] == "STATE_CONFLICT"
    assert await events_of(database, case) == 0
    async with database.reading() as tx:
        assert await answered(tx, mine) == refused


async def test_a_bug_stores_nothing_so_the_same_key_may_try_again(database: Database) -> None:
    case, mine = new_id("lot"), receipt()
    with pytest.raises(ZeroDivisionError):
        await run_once(database, mine, writing(case, then=ZeroDivisionError()))
    async with database.reading() as tx:
        assert await answered(tx, mine) is None
    assert (await run_once(database, mine, writing(case))).status == 201
    assert await events_of(database, case) == 1


async def test_a_race_lost_to_a_constraint_is_judged_again_on_fresh_facts(
    database: Database,
) -> None:
    """Two pieces of work for one step: the loser finds the step recorded and says so."""
    case = new_id("lot")
    async with database.transaction() as tx:
        await writing(case)(tx)
    both_have_looked = asyncio.Barrier(2)

    def once(name: str) -> Callable[[Tx], Awaitable[Answer]]:
        attempts = 0

        async def work(tx: Tx) -> Answer:
            nonlocal attempts
            attempts += 1
            taken = await event_log.recorded(tx, case, "the step")
            if attempts == 1:
                await both_have_looked.wait()
            if taken is not None:
                raise Refused(Refusal("STATE_CONFLICT", f"{taken} was first."))
            event, now = LotCancelled(reason=name), datetime.now(UTC)
            await event_log.append(
                tx, case=case, event=event, step="the step", actor=SYSTEM, at=now, answer=name
            )
            return Answer(status=200, body={})

        return work

    answers = await asyncio.gather(
        *(run_once(database, receipt(), once(name)) for name in ("one", "two"))
    )
    assert sorted(a.status for a in answers) == [200, 409]
    assert await events_of(database, case) == 2


COUNTED = text(f"WITH {ANSWERED} INSERT INTO lots SELECT * FROM lots WHERE false RETURNING 1")
"""A statement that keeps the answer; what else it writes is not looked at here."""


def in_one(name: str, seen: list[str]) -> Callable[[Tx], Awaitable[Written]]:
    """Work whose one statement writes nothing but the answer, which names who did it."""

    async def work(tx: Tx) -> Written:
        seen.append(name)
        return Written(COUNTED, {}, Answer(status=201, body={"by": name}))

    return work


async def test_work_in_one_statement_is_answered_once_however_often_it_is_sent(
    database: Database,
) -> None:
    mine, seen = receipt(), list[str]()
    answers = await asyncio.gather(
        *(write_once(database, mine, in_one(str(number), seen)) for number in range(10))
    )
    assert len({a.model_dump_json() for a in answers}) == 1
    later = await write_once(database, mine, in_one("later", seen))
    assert later == answers[0]


async def test_work_in_one_statement_under_a_key_with_another_body_is_refused(
    database: Database,
) -> None:
    mine, seen = receipt(body="a"), list[str]()
    await write_once(database, mine, in_one("one", seen))
    other = await write_once(database, receipt(mine.key, body="b"), in_one("other", seen))
    assert (other.status, other.body["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_a_refusal_before_the_one_statement_stays_the_answer(database: Database) -> None:
    mine, seen = receipt(), list[str]()

    async def refusing(tx: Tx) -> Written:
        raise Refused(Refusal("NOT_RELEASED", "Keep it inside.", "/state"))

    first = await write_once(database, mine, refusing)
    assert (first.status, first.body["code"]) == (409, "NOT_RELEASED")
    assert await write_once(database, mine, in_one("later", seen)) == first


async def test_the_two_ways_of_writing_know_each_others_answers(database: Database) -> None:
    case, mine, seen = new_id("lot"), receipt(), list[str]()
    first = await run_once(database, mine, writing(case))
    assert await write_once(database, mine, in_one("later", seen)) == first
    other = receipt()
    one = await write_once(database, other, in_one("one", seen))
    assert await run_once(database, other, writing(case)) == one
    assert await events_of(database, case) == 1


def test_a_fingerprint_is_the_same_in_every_process_with_the_key_and_in_no_other() -> None:
    """Without the key nobody can try identity numbers until a fingerprint fits."""
    request = {"subject": "clerk-1", "key": "k", "path": "/registry/v1/residents/search"}
    body = b'{"resident_no":"450681189001011230"}'
    here, there, elsewhere = (
        Receipts(secret).receipt(**request, body=body) for secret in (b"a" * 32, b"a" * 32, b"b")
    )
    assert here == there
    assert here.fingerprint != elsewhere.fingerprint
    assert here.fingerprint != Receipts(b"a" * 32).receipt(**request, body=body + b" ").fingerprint
