"""Money that was paid for goods which never come has a desk: it goes back through the ledger, or is
kept for grounds, and two persons of the bank's compliance say which."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from migrations.told_of_gone import payments_of_gone_goods_told
from services.declaration.domain.states import LotState
from services.kernel.identifiers import case_uuid
from tests.services.settlement.payments import Offered, one_offered
from tests.services.settlement.test_attending import attended
from tests.services.settlement.test_cancelling import fetch, lot_stands
from tests.services.settlement.test_conserved import is_conserved
from tests.services.settlement.test_disputes import PERSONS, disputes_of, listed, resolve, view
from tests.services.settlement.test_held_at_taking import held, of_a_seller
from tests.support.bench import Bench
from tests.support.by_hand import by_hand
from tests.support.log import moved
from tests.support.on_file import seller_filed
from tests.support.one_day import today
from tests.support.tampering import change, found

__all__ = ["by_hand"]

GONE: Final = ("CANCELLED", "REJECTED", "RETURNED", "SEIZED")


@pytest.fixture
async def offered(asleep: Bench) -> Offered:
    """A lot's payment of 7,934.00 that waits for its bank."""
    return await one_offered(asleep)


async def gone(asleep: Bench, offered: Offered, state: str = "SEIZED") -> dict[str, Any]:
    """The dispute that is open once the goods of a payment are gone, and its case has looked."""
    await lot_stands(asleep, offered, state)
    await attended(asleep, offered.instruction_id)
    (found,) = await disputes_of(asleep, offered)
    return found


async def paid_and_gone(asleep: Bench, offered: Offered) -> dict[str, Any]:
    """The same of a payment that its bank has made."""
    assert (await offered.answer("ACSC")).status_code == 202
    return await gone(asleep, offered)


async def returned(asleep: Bench, offered: Offered, dispute_id: str) -> str:
    """Two persons find that the money came back; with which value date."""
    day = f"{today()}"
    for person in PERSONS:
        answer = await resolve(asleep, offered, dispute_id, person, "RETURNED", returned_on=day)
        assert answer.status_code == 200, answer.text
    return day


@pytest.mark.parametrize("state", GONE)
async def test_what_was_paid_for_goods_that_never_come_lies_on_the_desk_of_its_banks_compliance(
    asleep: Bench, offered: Offered, state: str
) -> None:
    await offered.answer("ACSC")
    found = await gone(asleep, offered, state)
    assert (found["disposition"], found["lot_state"]) == ("GOODS_GONE", state)
    assert (found["code"], found["amount"]["amount"]) == ("ACSC", "7934.00")
    assert (found["owner"], found["overdue"]) == (f"bank_compliance:{offered.bic}", False)
    assert found["opened_at"] < found["due_at"]
    stands = await view(asleep, offered)
    assert (stands["state"], stands["holder"]) == ("SETTLED", "bank_compliance")
    assert stands["waits"] == ["GOODS_GONE"]
    path = f"/disputes/{found['dispute_id']}/report"
    bank = {"role": "bank_compliance", "party": f"bank:{offered.bic}"}
    assert (await asleep.call("GET", path, **bank)).status_code == 404
    assert found["dispute_id"] not in str(await listed(asleep, "ABOCCNBJ"))


async def test_one_dispute_opens_however_often_its_case_looks(
    asleep: Bench, offered: Offered
) -> None:
    await paid_and_gone(asleep, offered)
    for _ in range(2):
        standing = await attended(asleep, offered.instruction_id)
        assert (standing.state, standing.ended) == ("SETTLED", True)
    assert len(await disputes_of(asleep, offered)) == 1
    assert (await asleep.events(offered.instruction_id)).count("PaymentGoodsGone") == 1


async def test_of_goods_that_are_only_called_in_nothing_is_disputed(
    asleep: Bench, offered: Offered
) -> None:
    await offered.answer("ACSC")
    await lot_stands(asleep, offered, "IN_INSPECTION")
    await attended(asleep, offered.instruction_id)
    assert await disputes_of(asleep, offered) == []


async def test_money_that_came_back_is_booked_back_with_its_value_date_and_gives_the_value_back(
    asleep: Bench, offered: Offered
) -> None:
    found = await paid_and_gone(asleep, offered)
    paid = await asleep.read(offered.instruction_id)
    day = await returned(asleep, offered, found["dispute_id"])
    assert await asleep.ledger(offered.instruction_id) == ["RESERVE", "POST", "RETURN"]
    assert await asleep.posted(offered.instruction_id) == {}
    assert await asleep.drawn(offered.lot_id) == 0
    await is_conserved(asleep, offered.lot_id)
    case = await asleep.read(offered.instruction_id)
    assert (case["state"], case["paid"]) == ("SETTLED", None)
    assert case["returned_on"] == day
    assert case["value_on"] == paid["value_on"], "when it was paid stands"
    assert case["version"] == paid["version"] + 1
    stands = await view(asleep, offered)
    assert (stands["holder"], stands["waits"]) == ("nobody", [])
    late = await resolve(asleep, offered, found["dispute_id"], PERSONS[0], "KEPT")
    assert late.json()["code"] == "STATE_CONFLICT"


async def test_a_return_is_reported_as_one_beside_its_payment_and_verify_compares_both(
    asleep: Bench, offered: Offered, by_hand: AsyncConnection
) -> None:
    dispute = await paid_and_gone(asleep, offered)
    (paid,) = (await asleep.read(offered.instruction_id))["reports"]
    day = await returned(asleep, offered, dispute["dispute_id"])
    both = (await asleep.read(offered.instruction_id))["reports"]
    assert both[0] == paid, "what was reported of the payment stands"
    back = both[1]
    assert (back["kind"], back["purpose_code"]) == ("BALANCE_OF_PAYMENTS_RETURN", "RGOD")
    assert (back["value_on"], back["due_on"] > day) == (day, True)
    same = ("bop_code", "paid", "counter_country")
    assert [back[name] for name in same] == [paid[name] for name in same]

    async def named() -> list[str]:
        return [one for one in await found(by_hand, offered.instruction_id) if "reports" in one]

    assert await named() == []
    row = f"instruction_id = '{case_uuid(offered.instruction_id)}' AND purpose_code = 'RGOD'"
    await change(by_hand, "payment_reports", "value_on", row)
    (differs,) = await named()
    assert "PaymentReturned" in differs


async def test_a_payment_whose_goods_were_gone_before_there_were_disputes_is_told_once(
    asleep: Bench, offered: Offered, by_hand: AsyncConnection
) -> None:
    assert (await offered.answer("ACSC")).status_code == 202
    anew = text(
        "SELECT count(*) FROM outbox WHERE told = :case AND NOT opens AND attributes <> '{}'"
    )

    async def told() -> int:
        await payments_of_gone_goods_told(by_hand)
        return int(await by_hand.scalar(anew, {"case": offered.instruction_id}) or 0)

    # Seen here alone: a live neighbour's relay would have the dispute opened before it is told.
    gone = text("UPDATE lots SET state = 'SEIZED' WHERE lot_id = :lot_id")
    await by_hand.execute(gone, {"lot_id": case_uuid(offered.lot_id)})
    assert [await told(), await told()] == [1, 1]
    await by_hand.rollback()
    await lot_stands(asleep, offered, "SEIZED")
    await attended(asleep, offered.instruction_id)
    assert len(await disputes_of(asleep, offered)) == 1
    assert await told() == 0, "what has its dispute is told no more"


async def test_money_that_is_kept_stays_where_it_is_with_the_grounds(
    asleep: Bench, offered: Offered
) -> None:
    found = await paid_and_gone(asleep, offered)
    for person in PERSONS:
        answer = await resolve(asleep, offered, found["dispute_id"], person, "KEPT")
        assert answer.status_code == 200, answer.text
    kept = answer.json()
    assert (kept["finding"], kept["remark"]) == ("KEPT", "asked the bank's operations")
    assert await asleep.ledger(offered.instruction_id) == ["RESERVE", "POST"]
    assert await asleep.drawn(offered.lot_id) == 793400
    assert (await asleep.read(offered.instruction_id))["paid"]["amount"] == "7934.00"
    assert (await view(asleep, offered))["holder"] == "nobody"


async def test_two_must_say_the_same_of_the_money_and_of_the_day_on_which_it_was_back(
    asleep: Bench, offered: Offered
) -> None:
    found, day = await paid_and_gone(asleep, offered), today()
    await asleep.sql.execute(
        "UPDATE settlement_instructions SET value_on = $2 WHERE instruction_id = $1",
        UUID(hex=offered.instruction_id[4:]),
        day - timedelta(days=3),
    )
    other = f"{day - timedelta(days=1)}"

    async def says(person: str, finding: str, **more: Any) -> tuple[int, str | None]:
        answer = await resolve(asleep, offered, found["dispute_id"], person, finding, **more)
        return answer.status_code, answer.json().get("code") or None

    assert await says("officer-a", "RETURNED") == (422, "RETURN_DAY_UNFIT")
    for never in (day - timedelta(days=4), day + timedelta(days=2)):
        unfit = await says("officer-a", "RETURNED", returned_on=f"{never}")
        assert unfit == (422, "RETURN_DAY_UNFIT")
    assert await says("officer-a", "KEPT", returned_on=other) == (422, "RETURN_DAY_UNFIT")
    for finding in ("RECORD_STANDS", "MONEY_RETURNED", "PAID_OUTSIDE"):
        assert await says("officer-a", finding) == (409, "FINDING_UNFIT")
    assert (await says("officer-a", "RETURNED", returned_on=other))[0] == 200
    same = await says("officer-a", "RETURNED", returned_on=other)
    assert same == (409, "SAME_PERSON")
    assert await says("officer-b", "KEPT") == (409, "FINDING_DIFFERS")
    assert await says("officer-b", "RETURNED", returned_on=f"{day}") == (409, "FINDING_DIFFERS")
    assert (await says("officer-a", "RETURNED", returned_on=f"{day}"))[0] == 200
    assert await asleep.ledger(offered.instruction_id) == ["RESERVE", "POST"]
    assert (await says("officer-b", "RETURNED", returned_on=f"{day}"))[0] == 200
    assert (await asleep.read(offered.instruction_id))["returned_on"] == f"{day}"


async def test_a_banks_word_is_never_found_to_be_money_that_came_back_for_goods(
    asleep: Bench, offered: Offered
) -> None:
    await offered.answer("ACSC", "7990.00")
    (found,) = await disputes_of(asleep, offered)
    for finding in ("RETURNED", "KEPT"):
        answer = await resolve(asleep, offered, found["dispute_id"], PERSONS[0], finding)
        assert (answer.status_code, answer.json()["code"]) == (409, "FINDING_UNFIT")


@pytest.mark.parametrize("word", ["taken", "ACSP"])
async def test_what_is_on_its_way_and_cannot_be_held_is_disputed_before_it_is_paid(
    asleep: Bench, offered: Offered, word: str
) -> None:
    if word == "taken":
        assert (await fetch(offered)).status_code == 200
    else:
        await offered.answer("ACSP", None)
    found = await gone(asleep, offered)
    early = await resolve(asleep, offered, found["dispute_id"], PERSONS[0], "KEPT")
    assert (early.status_code, early.json()["code"]) == (409, "STATE_CONFLICT")
    await offered.answer("ACSC")
    await attended(asleep, offered.instruction_id)
    assert len(await disputes_of(asleep, offered)) == 1
    assert (await view(asleep, offered))["holder"] == "bank_compliance"
    await returned(asleep, offered, found["dispute_id"])
    assert await asleep.drawn(offered.lot_id) == 0


async def test_what_the_bank_refuses_after_all_was_never_paid(
    asleep: Bench, offered: Offered
) -> None:
    await fetch(offered)
    found = await gone(asleep, offered)
    await offered.answer("RJCT", None, reason="AC04")
    assert (await view(asleep, offered))["holder"] == "bank_compliance"
    for finding in ("KEPT", "RECORD_STANDS"):
        answer = await resolve(asleep, offered, found["dispute_id"], PERSONS[0], finding)
        assert answer.status_code == (200 if finding == "RECORD_STANDS" else 409)
    await resolve(asleep, offered, found["dispute_id"], PERSONS[1], "RECORD_STANDS")
    assert await asleep.ledger(offered.instruction_id) == ["RESERVE", "VOID"]
    assert (await view(asleep, offered))["holder"] == "nobody"


@pytest.mark.parametrize("looks_first", [False, True])
async def test_what_a_bank_pays_though_the_goods_are_gone_and_it_took_nothing_is_disputed(
    asleep: Bench, offered: Offered, looks_first: bool
) -> None:
    """Whether the payment's case takes it back before the bank speaks, or afterwards."""
    await lot_stands(asleep, offered, "SEIZED")
    if looks_first:
        await attended(asleep, offered.instruction_id)
    await offered.answer("ACSC")
    assert (await attended(asleep, offered.instruction_id)).state == "CANCELLED"
    (found,) = await disputes_of(asleep, offered)
    assert found["disposition"] == ("LATE" if looks_first else "NOT_BOOKED")
    assert await asleep.ledger(offered.instruction_id) == ["RESERVE", "VOID"]


@pytest.mark.parametrize("taken", [False, True])
async def test_what_is_held_and_kept_back_stands_to_its_payer_as_what_is_not_held(
    asleep: Bench, taken: bool
) -> None:
    ours = [await of_a_seller(asleep), await one_offered(asleep)]
    if taken:
        await held(asleep, ours[0])
        await fetch(ours[1])
    else:
        # Held at once, and its bank has not asked what waits for it since.
        name = f"Listed Before {uuid4().hex}"
        await seller_filed(asleep.sql, name)
        await asleep.list_name(name)
        lot_id = await asleep.lot(seller=name)
        case = await asleep.read(await asleep.start(lot_id))
        ours[0] = Offered(asleep, case, f"msg_{case['instruction_id'][4:]}")
        assert (await asleep.inside(case["instruction_id"]))["state"] == "HELD"
    told = []
    for one in ours:
        await lot_stands(asleep, one, "SEIZED")
        await attended(asleep, one.instruction_id)
        read = await asleep.read(one.instruction_id)
        shown = await view(asleep, one)
        told.append((read["state"], read["version"], "GOODS_GONE" in shown["waits"]))
    assert told[0] == told[1]
    assert told[0][0] == ("OFFERED" if taken else "CANCELLED")
    assert told[0][2] == taken


async def test_a_held_payment_of_a_lot_that_is_seized_meanwhile_is_not_released(
    bench: Bench,
) -> None:
    lot_id = await bench.lot(seller_bank_bic="ICBVVNVX")
    instruction_id = await bench.start(lot_id)
    await moved(bench.sql, lot_id, LotState.SEIZED)
    answer = await bench.sign_hold(instruction_id, "officer-a")
    # Its case may have looked before the signature, and taken it back.
    assert answer.status_code == 409
    assert answer.json()["code"] in ("NOT_RELEASABLE", "STATE_CONFLICT")
    await attended(bench, instruction_id)
    assert (await bench.read(instruction_id))["state"] == "CANCELLED"
    assert (await bench.ledger(instruction_id), await bench.drawn(lot_id)) == ([], 0)


async def test_what_is_held_for_goods_that_never_come_is_refused_and_stood_by(
    asleep: Bench,
) -> None:
    one = await of_a_seller(asleep)
    await held(asleep, one)
    dispute = await gone(asleep, one)
    released = await asleep.sign_hold(one.instruction_id, PERSONS[0])
    assert (released.status_code, released.json()["code"]) == (409, "NOT_RELEASABLE")
    early = await resolve(asleep, one, dispute["dispute_id"], PERSONS[0], "RECORD_STANDS")
    assert early.status_code == 409
    assert (await asleep.sign_hold(one.instruction_id, PERSONS[0], "refuse")).status_code == 200
    assert (await view(asleep, one))["holder"] == "bank_compliance"
    for person in PERSONS:
        await resolve(asleep, one, dispute["dispute_id"], person, "RECORD_STANDS")
    assert (await view(asleep, one))["holder"] == "nobody"
    assert await asleep.ledger(one.instruction_id) == ["RESERVE", "VOID"]
    assert await asleep.drawn(one.lot_id) == 0


async def test_a_payment_waits_for_each_of_two_disputes(asleep: Bench, offered: Offered) -> None:
    await offered.answer("ACSC", "7990.00")
    await offered.answer("ACSC")
    await lot_stands(asleep, offered, "SEIZED")
    await attended(asleep, offered.instruction_id)
    word, goods = await disputes_of(asleep, offered)
    assert sorted((await view(asleep, offered))["waits"]) == ["BANK_DISPUTE", "GOODS_GONE"]
    for person in PERSONS:
        await resolve(asleep, offered, word["dispute_id"], person, "RECORD_STANDS")
    stands = await view(asleep, offered)
    assert (stands["holder"], stands["waits"]) == ("bank_compliance", ["GOODS_GONE"])
    await returned(asleep, offered, goods["dispute_id"])
    assert (await view(asleep, offered))["holder"] == "nobody"
