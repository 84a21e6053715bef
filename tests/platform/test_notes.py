"""A refused act leaves a note on its case, once, of what the case refuses and nothing else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from services.declaration.domain.events import LotCancelled
from services.declaration.domain.states import LOT, LotState
from services.kernel.header import Header
from services.kernel.identifiers import case_uuid, new_id
from services.kernel.messages import Actor, Answer
from services.kernel.mistakes import NOT_ONE_OF
from services.kernel.money import Money
from services.kernel.refusal import Refusal
from services.kernel.refusals import (
    DECIDED_BEFORE,
    NOT_FOUND,
    NOT_RELEASED,
    NOT_YOURS,
    OFFICER_NOT_ON_FILE,
    SAME_PERSON,
    VERSION_MISMATCH,
)
from services.platform.act import Act
from services.platform.acting import Acting, act_once
from services.platform.database import Database
from services.platform.noting import Tried, note_of
from services.platform.policy import PolicyCache
from tests.platform.acting import CLERK, again, asked, kept, outbox_emptied, recording, refusing
from tests.support.quiet import QuietDatabase

REASON = NOT_RELEASED.at("/lot_id", state="SUBMITTED").by("SET-07")


@pytest.fixture
async def database(quiet: QuietDatabase) -> AsyncIterator[Database]:
    async with outbox_emptied(quiet) as database:
        yield database


@pytest.fixture
async def case(database: Database, policies: PolicyCache) -> str:
    return await opened(database, policies)


async def opened(database: Database, policies: PolicyCache, reader: str = CLERK.party) -> str:
    """A lot that a party may read."""
    lot = new_id("lot")

    async def work(act: Act) -> Answer:
        act.record(lot, LotCancelled(reason="a test"), step="open")
        act.headers.stand(lot, LOT, LotState.SUBMITTED, header=Header(readers=(reader,)))
        return Answer(status=201, body={})

    await act_once(database, policies, asked(), work)
    return lot


def trying(case: str, *, by: Actor = CLERK, act: str = "lot_cancel", **more: Any) -> Acting:
    return replace(asked(by=by), tried=Tried(act, case), **more)


async def notes_of(database: Database, case: str) -> list[dict[str, Any]]:
    query = text("SELECT body FROM events WHERE case_id = :case AND type = 'ActRefused'")
    async with database.reading() as tx:
        found = await tx.execute(query, {"case": case_uuid(case)})
        return [json.loads(row.body) for row in found]


async def test_a_note_says_code_values_and_rule_and_changes_nothing(
    database: Database, policies: PolicyCache, case: str
) -> None:
    before = await version_of(database, case)
    mine = trying(case)
    await act_once(database, policies, mine, refusing(REASON))
    assert await notes_of(database, case) == [
        {
            "act": "lot_cancel",
            "code": "NOT_RELEASED",
            "reasons": [
                {"code": "NOT_RELEASED", "rule": "SET-07", "values": {"state": "SUBMITTED"}}
            ],
        }
    ]
    assert await version_of(database, case) == before
    async with database.reading() as tx:
        actor = text("SELECT actor FROM events WHERE case_id = :case AND type = 'ActRefused'")
        said = json.loads((await tx.execute(actor, {"case": case_uuid(case)})).scalar_one())
    assert said["receipt"] == mine.receipt.digest.hex()
    assert (await kept(database, mine)) is not None


async def version_of(database: Database, case: str) -> int:
    query = text("SELECT version FROM cases WHERE case_id = :case")
    async with database.reading() as tx:
        return int((await tx.execute(query, {"case": case_uuid(case)})).scalar_one())


async def test_a_repeated_request_leaves_one_note(
    database: Database, policies: PolicyCache, case: str
) -> None:
    mine = trying(case)
    for _ in range(3):
        await act_once(database, policies, mine, refusing(REASON))
    assert len(await notes_of(database, case)) == 1


async def test_the_same_by_the_same_person_is_noted_once_in_ten_minutes(
    database: Database, policies: PolicyCache, case: str
) -> None:
    first = trying(case)
    await act_once(database, policies, first, refusing(REASON))
    soon, later = first.at + timedelta(minutes=9), first.at + timedelta(minutes=11)
    await act_once(database, policies, replace(trying(case), at=soon), refusing(REASON))
    assert len(await notes_of(database, case)) == 1
    await act_once(database, policies, replace(trying(case), at=later), refusing(REASON))
    assert len(await notes_of(database, case)) == 2
    another = CLERK.model_copy(update={"subject": "clerk-2"})
    await act_once(database, policies, trying(case, by=another), refusing(REASON))
    other_code = DECIDED_BEFORE.at()
    await act_once(database, policies, trying(case), refusing(other_code))
    assert len(await notes_of(database, case)) == 4


async def test_nobody_fills_a_log_by_asking(
    database: Database, policies: PolicyCache, case: str
) -> None:
    for number in range(25):
        await act_once(database, policies, trying(case, act=f"a{number}"), refusing(REASON))
    assert len(await notes_of(database, case)) == 20
    for number in range(100):
        by = CLERK.model_copy(update={"subject": f"clerk-{number}"})
        await act_once(database, policies, trying(case, by=by), refusing(REASON))
    assert len(await notes_of(database, case)) == 100


@pytest.mark.parametrize(
    "refusal",
    [
        NOT_FOUND.at(),
        NOT_YOURS.at(),
        OFFICER_NOT_ON_FILE.at(),
        VERSION_MISMATCH.at(),
        NOT_ONE_OF.at("/kind", expected=["a"]),
    ],
    ids=lambda refusal: refusal.code,
)
async def test_what_says_nothing_of_the_case_is_not_noted(
    database: Database, policies: PolicyCache, case: str, refusal: Refusal
) -> None:
    mine = trying(case)
    await act_once(database, policies, mine, refusing(refusal, REASON))
    assert await notes_of(database, case) == []
    assert await kept(database, mine) is not None


async def test_nothing_is_noted_on_a_case_that_is_not_the_actors_to_see(
    database: Database, policies: PolicyCache
) -> None:
    others, mine = await opened(database, policies, "group:G2"), None
    for case in (others, new_id("lot"), new_id("stl")):
        mine = trying(case)
        await act_once(database, policies, mine, refusing(REASON))
        assert await notes_of(database, case) == []
        assert await kept(database, mine) is not None


async def test_a_service_notes_nothing_on_another_services_case(
    quiet: QuietDatabase, database: Database, policies: PolicyCache, case: str
) -> None:
    async with quiet.opened("settlement") as settlement:
        mine = trying(case)
        answer = await act_once(settlement, policies, mine, refusing(REASON))
        assert answer.body["code"] == "NOT_RELEASED"
        assert await kept(settlement, mine) is not None
    assert await notes_of(database, case) == []


async def test_a_note_costs_no_statement_more(
    database: Database, policies: PolicyCache, case: str
) -> None:
    """Neither an act that is accepted nor one that is refused asks more because of notes."""
    for work, tried in ((recording(case), trying(case)), (refusing(REASON), trying(case))):
        counts = []
        for acting in (replace(tried, tried=None, receipt=asked().receipt), tried):
            with database.watched(own=True) as sent:
                await act_once(database, policies, acting, work)
            counts.append(len(sent))
        assert counts[0] == counts[1]
    assert len(await notes_of(database, case)) == 1


async def test_a_key_used_again_after_its_answer_was_forgotten_is_no_trouble(
    database: Database, policies: PolicyCache, quiet: QuietDatabase, case: str
) -> None:
    mine = trying(case)
    await act_once(database, policies, mine, refusing(REASON))
    sql = await asyncpg.connect(quiet.endpoints.database_url)
    await sql.execute("DELETE FROM stored_answers WHERE receipt = $1", mine.receipt.digest)
    await sql.close()
    later = replace(mine, at=mine.at + timedelta(days=2))
    await act_once(database, policies, later, refusing(REASON))
    assert await kept(database, mine) is not None
    assert len(await notes_of(database, case)) == 1
    assert (await act_once(database, policies, again(mine), recording(case))).status == 409


def test_a_note_holds_nothing_that_a_person_may_have_typed() -> None:
    refusal = NOT_RELEASED.at(
        state="SUBMITTED",
        lot="lot_" + "0" * 32,
        left_kg=Decimal("12.500"),
        price=Money.parse("8000.00", "CNY"),
        day="2026-11-18",
        count=3,
        name="Nguyen Van A",
        trade="MINING FOR MY AUNT",
        number="450681189001010013",
        phone="13800138000",
        resident="res_" + "0" * 32,
        unknown=["Zhang", "RELEASED"],
        more={"who": "Zhang"},
    )
    note = note_of(Tried("lot_cancel", new_id("lot")), CLERK, (refusal, SAME_PERSON.at()))
    assert note is not None
    assert [r.code for r in note.event.reasons] == ["NOT_RELEASED", "SAME_PERSON"]
    assert note.event.reasons[0].values == {
        "state": "SUBMITTED",
        "lot": "lot_" + "0" * 32,
        "left_kg": "12.500",
        "price": {"amount": "8000.00", "currency": "CNY"},
        "day": "2026-11-18",
        "count": 3,
        "unknown": ["RELEASED"],
    }


def test_one_reason_for_many_tickets_is_noted_once() -> None:
    tried = Tried("lot_confirm", new_id("lot"))
    many = tuple(NOT_RELEASED.at(f"/tickets/{n}", count=n) for n in range(500))
    note = note_of(tried, CLERK, many)
    assert note is not None
    assert [r.values for r in note.event.reasons] == [{"count": 0}]
    assert note_of(None, CLERK, many) is None
