"""Each act is one transaction: it stands while nobody else is at work, and tells who must know."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from services.declaration.domain.states import LotState
from services.settlement.domain.states import InstructionState
from tests.services.settlement.payments import STATUSES, Offered, one_offered
from tests.support.bench import Bench
from tests.support.log import moved
from tests.support.patience import LOOKS
from tests.support.tells import delivered

MOST_STATEMENTS = 12
"""Of one act, what begins and ends its transaction among them."""
SCREENED_ANEW = 4
"""What is let go is compared with the lists once more: what was on record of it, whom it touches,
whose accounts those were, and the lists."""


async def held(bench: Bench) -> str:
    """A payment that waits for compliance: its bank is not the one that was declared."""
    return await bench.start(await bench.lot(seller_bank_bic="ICBVVNVX"))


async def ended(bench: Bench, instruction_id: str) -> str:
    """How the workflow of a case ended, once the relay has started it."""
    await delivered(bench.sql, instruction_id)
    state: str = await bench.temporal.get_workflow_handle(instruction_id).result()
    return state


async def test_from_instruction_to_settled_every_act_stands_while_nobody_else_works(
    asleep: Bench,
) -> None:
    instruction_id = await held(asleep)
    assert (await asleep.inside(instruction_id))["state"] == "HELD"
    first = await asleep.sign_hold(instruction_id, "officer-a")
    assert (first.status_code, first.json()["state"]) == (200, "HELD")
    second = await asleep.sign_hold(instruction_id, "officer-b")
    assert (second.status_code, second.json()["state"]) == (200, "OFFERED")
    bank = await asleep.bank(second.json()["bank_bic"])
    await bank.work_once()
    assert (await asleep.read(instruction_id))["state"] == "SETTLED"
    assert await asleep.ledger(instruction_id) == ["RESERVE", "POST"]
    told = [told for told in await asleep.told() if told[0] == instruction_id]
    assert told == [(instruction_id, True), (instruction_id, False), (instruction_id, False)]
    await asleep.relay_start()
    try:
        assert await ended(asleep, instruction_id) == "SETTLED"
    finally:
        await asleep.relay_stop()


async def test_a_held_payment_is_neither_reserved_nor_offered(asleep: Bench) -> None:
    instruction_id = await held(asleep)
    assert await asleep.ledger(instruction_id) == []
    offered = "SELECT count(*) FROM bank_messages WHERE instruction_id = $1"
    assert await asleep.sql.fetchval(offered, UUID(hex=instruction_id[4:])) == 0
    refused = await asleep.sign_hold(instruction_id, "officer-a", "refuse")
    assert refused.json()["state"] == "REFUSED"
    told = [told for told in await asleep.told() if told[0] == instruction_id]
    assert told == [(instruction_id, True), (instruction_id, False)]


async def test_a_first_signature_tells_nobody(asleep: Bench) -> None:
    instruction_id = await held(asleep)
    await asleep.sign_hold(instruction_id, "officer-a")
    assert [told for told in await asleep.told() if told[0] == instruction_id] == [
        (instruction_id, True)
    ]


async def test_what_is_refused_leaves_no_case(asleep: Bench) -> None:
    lot_id = await asleep.lot(state="IN_INSPECTION")
    assert (await asleep.instruct(lot_id)).json()["code"] == "NOT_RELEASED"
    assert await asleep.told() == []


# -- the version ------------------------------------------------------------------------------


async def test_a_signature_upon_an_older_reading_is_refused(bench: Bench) -> None:
    instruction_id = await held(bench)
    read = await bench.inside(instruction_id)
    first = await bench.sign_hold(
        instruction_id, "officer-a", headers={"If-Match": f'"{read["version"]}"'}
    )
    assert first.json()["version"] == read["version"] + 1
    assert first.headers["etag"] == f'"{first.json()["version"]}"'
    stale = await bench.sign_hold(
        instruction_id, "officer-b", headers={"If-Match": f'"{read["version"]}"'}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "VERSION_MISMATCH")
    second = await bench.sign_hold(
        instruction_id, "officer-b", headers={"If-Match": first.headers["etag"]}
    )
    assert second.json()["version"] == (await bench.inside(instruction_id))["version"]


async def test_an_answer_shows_the_version_that_is_read_afterwards(bench: Bench) -> None:
    answer = (await bench.instruct(await bench.lot())).json()
    assert answer["version"] == (await bench.read(answer["instruction_id"]))["version"]


# -- who signs --------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["release", "refuse"])
async def test_who_is_not_on_file_for_the_bank_signs_nothing(bench: Bench, act: str) -> None:
    instruction_id = await held(bench)
    answer = await bench.sign_hold(instruction_id, f"ghost-{uuid4().hex}", act, on_file=False)
    assert (answer.status_code, answer.json()["code"]) == (403, "SIGNATORY_NOT_ON_FILE")
    assert (await bench.inside(instruction_id))["signatures"] == []


async def test_who_signs_for_another_bank_or_no_more_signs_nothing(bench: Bench) -> None:
    instruction_id = await held(bench)
    bic, person = (await bench.read(instruction_id))["bank_bic"], f"left-{uuid4().hex}"
    await bench.on_file("OTHRCNBJ", person)
    await bench.on_file(bic, person)
    await bench.sql.execute(
        "UPDATE signatories SET active = false WHERE party = $1 AND subject = $2",
        f"bank:{bic}",
        person,
    )
    answer = await bench.sign_hold(instruction_id, person, on_file=False)
    assert answer.json()["code"] == "SIGNATORY_NOT_ON_FILE"


async def test_another_bank_does_not_see_the_hold(bench: Bench) -> None:
    instruction_id = await held(bench)
    await bench.on_file("OTHRCNBJ", "officer-a")
    answer = await bench.call(
        "POST",
        f"/instructions/{instruction_id}/compliance",
        role="bank_compliance",
        party="bank:OTHRCNBJ",
        subject="officer-a",
        json={"act": "refuse", "remark": "not mine"},
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


# -- the same twice, the contrary at once -----------------------------------------------------


async def test_a_signature_sent_ten_times_at_once_is_one(bench: Bench) -> None:
    instruction_id, key = await held(bench), uuid4().hex
    read = {"If-Match": f'"{(await bench.inside(instruction_id))["version"]}"'}
    answers = await asyncio.gather(
        *(bench.sign_hold(instruction_id, "officer-a", key=key, headers=read) for _ in range(10))
    )
    assert {(a.status_code, a.json()["state"]) for a in answers} == {(200, "HELD")}
    assert (await bench.events(instruction_id)).count("SettlementReleaseSigned") == 1


async def test_two_second_signatures_at_once_pay_once(bench: Bench) -> None:
    instruction_id = await held(bench)
    await bench.sign_hold(instruction_id, "officer-a")
    answers = await asyncio.gather(
        *(bench.sign_hold(instruction_id, f"officer-{n}") for n in "bcde")
    )
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
    assert await bench.ledger(instruction_id) == ["RESERVE"]


async def test_a_release_and_a_refusal_at_once_leave_one(bench: Bench) -> None:
    instruction_id = await held(bench)
    await bench.sign_hold(instruction_id, "officer-a")
    answers = await asyncio.gather(
        bench.sign_hold(instruction_id, "officer-b"),
        bench.sign_hold(instruction_id, "officer-c", "refuse"),
    )
    assert sorted(a.status_code for a in answers) == [200, 409]
    refused = (await bench.read(instruction_id))["state"] == "REFUSED"
    assert await bench.ledger(instruction_id) == ([] if refused else ["RESERVE"])


async def test_one_request_of_a_bank_sent_ten_times_at_once_pays_once(bench: Bench) -> None:
    offered = await one_offered(bench)
    xml, client = offered.xml("ACSC"), offered.client
    answers = await asyncio.gather(
        *(client.post(STATUSES, xml, "application/xml") for _ in range(10))
    )
    assert sorted(a.status_code for a in answers) == [200] * 9 + [202]
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]


async def test_one_quote_confirmed_for_two_lots_at_once_pays_one(bench: Bench) -> None:
    await (await bench.bank("TSTACNBJ")).quote("CNY/VND", "3560", "1000000")
    wish = {"amount": "7934.00", "currency": "CNY", "pay_currency": "VND"}
    quote_id = (await bench.call("POST", "/firm-quotes", json=wish)).json()["quote_id"]
    lots = [await bench.lot() for _ in range(4)]
    how: dict[str, Any] = {"pay_currency": "VND", "firm_quote_id": quote_id}
    answers = await asyncio.gather(*(bench.instruct(lot_id, **how) for lot_id in lots))
    assert sorted(a.status_code for a in answers) == [201, 409, 409, 409]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"QUOTE_USED"}


# -- whom the bank's word concerns ------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "purpose", "sold", "told"),
    [
        ("RELEASED", "OWN_USE", False, False),
        ("GATE_OUT", "OWN_USE", False, True),
        ("GATE_OUT", "RESALE", False, False),
        ("GATE_OUT", "RESALE", True, True),
        ("SOLD", "RESALE", True, True),
    ],
)
async def test_a_lots_case_is_told_of_its_payment_when_that_is_what_it_waits_for(
    asleep: Bench, state: str, purpose: str, sold: bool, told: bool
) -> None:
    lot_id = await asleep.lot(state=state, purpose=purpose)
    if sold:
        await asleep.bought(lot_id)
    answer = await asleep.instruct(lot_id)
    assert not any(told == lot_id for told, _ in await asleep.told()), "not of an instruction"
    await (await asleep.bank(answer.json()["bank_bic"])).work_once()
    assert ((lot_id, False) in await asleep.told()) is told


async def test_a_lot_is_not_told_that_its_payment_was_rejected(asleep: Bench) -> None:
    lot_id = await asleep.lot(state="GATE_OUT", purpose="OWN_USE")
    case = await asleep.read(await asleep.start(lot_id))
    message_id = await asleep.sql.fetchval(
        "SELECT message_id FROM bank_messages WHERE instruction_id = $1",
        UUID(hex=case["instruction_id"][4:]),
    )
    offered = Offered(asleep, case, f"msg_{message_id.hex}")
    assert (await offered.answer("RJCT", None, reason="AC04")).status_code == 202
    told = await asleep.told()
    assert (case["instruction_id"], False) in told
    assert (lot_id, False) not in told


@pytest.mark.parametrize("then", ["GATE_OUT", "SOLD"])
async def test_a_payment_that_waited_for_the_lots_turn_sees_what_came_before_it(
    asleep: Bench, then: str
) -> None:
    """Gate or sale commit first while the bank's word waits: the payment is the last to know."""
    lot_id = await asleep.lot(purpose="OWN_USE" if then == "GATE_OUT" else "RESALE")
    answer = await asleep.instruct(lot_id)
    bank = await asleep.bank(answer.json()["bank_bic"])
    async with asleep.sql.acquire() as other, other.transaction():
        await other.execute("SELECT lock_case($1, NULL)", UUID(hex=lot_id[4:]))
        said = asyncio.create_task(bank.work_once())
        await waits_for_a_turn(asleep)
        await moved(other, lot_id, LotState(then))
    await said
    assert (lot_id, False) in await asleep.told()


async def waits_for_a_turn(bench: Bench) -> None:
    """Somebody stands before a lot's turn that another has."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    for _ in range(LOOKS):
        if await bench.sql.fetchval(waiting):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nobody waits")


# -- how many statements an act is ------------------------------------------------------------


async def statements(bench: Bench, act: Any) -> tuple[int, httpx2.Response]:
    """How many statements an act sends, BEGIN and COMMIT among them, and its answer.

    Of its own: steps of other cases go through the same pool.
    """
    with bench.services.database.watched(own=True) as sent:
        answer: httpx2.Response = await act
    return len(sent) + 2, answer


async def test_an_act_is_few_statements(asleep: Bench) -> None:
    warm = await one_offered(asleep)
    await warm.answer("ACSC")
    lot_id = await asleep.lot()
    count, answer = await statements(asleep, asleep.instruct(lot_id))
    assert (answer.json()["state"], count <= MOST_STATEMENTS) == (InstructionState.OFFERED, True)
    offered = await one_offered(asleep)
    count, answer = await statements(asleep, offered.answer("ACSC"))
    savepoint = 2
    assert (answer.status_code, count + savepoint <= MOST_STATEMENTS) == (202, True), count
    instruction_id = await held(asleep)
    await asleep.sign_hold(instruction_id, "officer-a")
    read = await asleep.inside(instruction_id)
    bic = read["bank_bic"]
    await asleep.on_file(bic, "officer-b")
    signing = asleep.call(
        "POST",
        f"/instructions/{instruction_id}/compliance",
        role="bank_compliance",
        party=f"bank:{bic}",
        subject="officer-b",
        json={"act": "release", "remark": "seen"},
        headers={"If-Match": f'"{read["version"]}"'},
    )
    count, answer = await statements(asleep, signing)
    assert answer.json()["state"] == InstructionState.OFFERED
    assert count <= MOST_STATEMENTS + SCREENED_ANEW, count
