"""A message that nobody has taken rests while its lot is called in, a name in it is in question, or
somebody was listed since; and a bank that says that it paid it all the same is not believed (0168).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import pytest

from deploy.operate.assembly import Assembly
from deploy.operate.data_directory import Endpoints
from deploy.operate.secret_shares import split
from services.platform.settings import Settings
from services.settlement.worker import left_reports_carried_out
from tests.services.settlement.payments import Offered, one_offered
from tests.services.settlement.test_attending import attended
from tests.services.settlement.test_disputes import disputes_of
from tests.services.settlement.test_held_at_taking import of_a_seller
from tests.services.settlement.test_left_reports import left
from tests.services.settlement.test_listed_before_taking import (
    fetched,
    let_go,
    listed,
    told,
    waiting,
)
from tests.support.bench import Bench
from tests.support.patience import sooner_or_later

_ALL_CARRIED_OUT: Final = """
    SELECT NOT EXISTS (SELECT FROM bank_reports WHERE carried_out_at IS NULL)
"""
RESTS: Final = {"CALLED_IN": "NOT_RELEASED", "IN_QUESTION": "NAME_IN_QUESTION"}


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    """A payment that waits for its bank, to a seller whom no list has."""
    return await of_a_seller(bench)


async def rests(bench: Bench, one: Offered, why: str) -> None:
    """Its goods are called in, or a resident says of a name in its lot that it was not he."""
    lot = UUID(hex=one.lot_id[4:])
    if why == "CALLED_IN":
        await bench.sql.execute("UPDATE lots SET state = 'IN_INSPECTION' WHERE lot_id = $1", lot)
    else:
        await bench.sql.execute(
            "INSERT INTO name_reports (report_id, lot_id, resident_id, state, reported_at, due_at)"
            " VALUES ($1, $2, $3, 'REPORTED', now(), now() + interval '1 day')",
            *(uuid4(), lot, uuid4()),
        )


async def goes_on(bench: Bench, one: Offered) -> None:
    """It is released again, and found of the name that it was its bearer."""
    lot = UUID(hex=one.lot_id[4:])
    await bench.sql.execute("UPDATE lots SET state = 'RELEASED' WHERE lot_id = $1", lot)
    await bench.sql.execute(
        "UPDATE name_reports SET state = 'DISMISSED', found = 'was he', found_at = now(),"
        " decided_at = now() WHERE lot_id = $1",
        lot,
    )


@pytest.mark.parametrize("why", RESTS)
async def test_it_is_not_handed_out_meanwhile_and_its_payer_may_take_it_back(
    bench: Bench, offered: Offered, why: str
) -> None:
    await rests(bench, offered, why)
    refused = await fetched(offered)
    assert (refused.status_code, refused.json()["code"]) == (409, RESTS[why])
    assert await waiting(offered) == []
    assert (await attended(bench, offered.instruction_id)).state == "OFFERED"
    assert "BankAskedAgain" not in await bench.events(offered.instruction_id)
    back = await bench.call("POST", f"/instructions/{offered.instruction_id}/cancellation")
    assert back.json()["state"] == "CANCELLED"


@pytest.mark.parametrize("why", RESTS)
async def test_once_it_goes_on_it_is_handed_out(bench: Bench, offered: Offered, why: str) -> None:
    await rests(bench, offered, why)
    assert (await fetched(offered)).status_code == 409
    await goes_on(bench, offered)
    assert await waiting(offered) == ["OFFERED"]
    assert (await fetched(offered)).status_code == 200


@pytest.mark.parametrize("why", RESTS)
async def test_what_its_bank_has_taken_before_is_its_banks(
    bench: Bench, offered: Offered, why: str
) -> None:
    assert (await fetched(offered)).status_code == 200
    await rests(bench, offered, why)
    assert (await fetched(offered)).status_code == 200
    assert (await offered.answer("ACSC")).status_code == 202
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]


@pytest.mark.parametrize("why", RESTS)
async def test_whoever_enters_an_answer_by_hand_meanwhile_is_told_why_it_rests(
    bench: Bench, offered: Offered, why: str
) -> None:
    await bench.on_file(offered.bic, "by-hand", duty="answers")
    who = {"role": "bank", "party": f"bank:{offered.bic}", "subject": "by-hand"}
    word = {"instruction_id": offered.instruction_id, "code": "ACSC"}
    await rests(bench, offered, why)
    entered = await bench.call("POST", "/answers", json=word, **who)
    assert (entered.status_code, entered.json()["code"]) == (409, RESTS[why])
    assert "PaymentMessageTaken" not in await bench.events(offered.instruction_id)
    await goes_on(bench, offered)
    assert (await bench.call("POST", "/answers", json=word, **who)).status_code == 201


@pytest.mark.parametrize("words", [("ACSC",), ("ACSP", "ACSC")], ids="-".join)
@pytest.mark.parametrize("why", RESTS)
async def test_that_it_was_paid_meanwhile_is_disputed_and_books_nothing(
    bench: Bench, offered: Offered, why: str, words: tuple[str, ...]
) -> None:
    """Nor that it was begun first."""
    await rests(bench, offered, why)
    together = await offered.say(*((offered, word) for word in words))
    assert (together.status_code, together.json()["code"]) == (409, "NOT_BOOKED")
    for word in words:
        assert (await offered.answer(word)).json()["code"] == "NOT_BOOKED"
    found = [d["disposition"] for d in await disputes_of(bench, offered)]
    assert found == ["NOT_BOOKED"] * len(words) * 2
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]
    await goes_on(bench, offered)
    assert (await offered.answer("ACSC")).status_code == 202
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]


@pytest.mark.parametrize("why", RESTS)
async def test_that_it_will_not_be_paid_gives_back_what_was_reserved(
    bench: Bench, offered: Offered, why: str
) -> None:
    await rests(bench, offered, why)
    assert (await offered.answer("RJCT", None, reason="AC04")).status_code == 202
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "VOID"]


@pytest.mark.parametrize("code", ["ACSC", "ACSP"])
async def test_a_word_on_what_nobody_took_and_somebody_was_listed_for_holds_it(
    bench: Bench, offered: Offered, code: str
) -> None:
    before = await told(bench, offered)
    await listed(bench, offered)
    answer = await offered.answer(code)
    ends = code == "ACSC"
    assert answer.status_code == (409 if ends else 200)
    now = await bench.inside(offered.instruction_id)
    assert (now["state"], now["held_for"]) == ("HELD", ["NAME_HIT"])
    assert len(await disputes_of(bench, offered)) == ends
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]
    assert await told(bench, offered) == before, "its payer reads nothing of it"
    assert (await fetched(offered)).json()["code"] == "HELD_ANEW"
    await let_go(bench, offered)
    assert (await offered.answer("ACSC")).status_code == 202
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]


async def test_of_one_report_what_is_held_leaves_the_rest(bench: Bench, offered: Offered) -> None:
    other = await one_offered(bench)
    await listed(bench, offered)
    answer = await other.say((offered, "ACSC"), (other, "ACSC"))
    assert [s["disposition"] for s in answer.json()["statuses"]] == ["LATE", "RECORDED"]
    assert (await bench.inside(offered.instruction_id))["state"] == "HELD"
    assert (await bench.read(other.instruction_id))["state"] == "SETTLED"


@pytest.fixture
async def worker(stack: Endpoints, stack_home: Path, tmp_path: Path) -> AsyncIterator[Assembly]:
    """The process that carries out what was left, with its own secrets file alone."""
    split(stack_home / "secrets.json", into=tmp_path)
    own = tmp_path / "settlement-worker.json"
    assembly = Assembly.create(Settings(database_url=stack.database_url, secrets_file=own))
    yield assembly
    await assembly.close()


async def carried_out(bench: Bench, worker: Assembly) -> None:
    """What was left longer than a request may take is carried out by the worker."""
    await bench.sql.execute(
        "UPDATE bank_reports SET received_at = now() - interval '1 hour'"
        " WHERE carried_out_at IS NULL"
    )
    working = asyncio.create_task(left_reports_carried_out(worker))
    try:
        await sooner_or_later(lambda: bench.sql.fetchval(_ALL_CARRIED_OUT))
    finally:
        working.cancel()


@pytest.mark.parametrize("code", ["ACSC", "ACSP"])
async def test_a_word_that_a_dead_process_left_has_the_outcome_that_it_had_had_there(
    bench: Bench, worker: Assembly, code: str
) -> None:
    answered, unanswered = [await of_a_seller(bench) for _ in range(2)]
    for one in (answered, unanswered):
        await listed(bench, one)
    assert (await answered.answer(code)).status_code == (409 if code == "ACSC" else 200)
    await left(bench, unanswered, unanswered.xml(code))
    await carried_out(bench, worker)
    outcomes = [await outcome(bench, one) for one in (answered, unanswered)]
    assert outcomes[0] == outcomes[1]
    assert (outcomes[1]["state"], outcomes[1]["held_for"]) == ("HELD", ["NAME_HIT"])
    await let_go(bench, unanswered)
    assert (await unanswered.answer("ACSC")).status_code == 202
    assert await bench.ledger(unanswered.instruction_id) == ["RESERVE", "POST"]


async def outcome(bench: Bench, one: Offered) -> dict[str, object]:
    """What became of a payment: for its bank, its payer, its ledger and its disputes."""
    inside = await bench.inside(one.instruction_id)
    outside = await told(bench, one)
    return {
        **{name: inside[name] for name in ("state", "held_for")},
        "told": [outside["state"], outside["version"], outside["held_for"]],
        "disputes": [d["disposition"] for d in await disputes_of(bench, one)],
        "ledger": await bench.ledger(one.instruction_id),
        "events": await bench.events(one.instruction_id),
    }


async def test_that_the_money_is_blocked_after_it_was_paid_or_given_back_calls_a_person(
    bench: Bench,
) -> None:
    for end, reason in (("ACSC", None), ("RJCT", "AC04")):
        one = await one_offered(bench)
        assert (await one.answer(end, None, reason=reason)).status_code == 202
        late = await one.answer("BLCK", None)
        assert (late.status_code, late.json()["code"]) == (409, "STATE_CONFLICT")
        assert [d["disposition"] for d in await disputes_of(bench, one)] == ["LATE"]
