"""A payment that is held when its bank would take it: what its payer reads, and what else is true
of it then (SET-39)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from deploy.operate.backlog import backlog
from services.kernel.clock import rfc3339
from services.platform.payer_accounts import PayerAccount
from tests.services.settlement.payments import Offered, one_offered
from tests.services.settlement.test_attending import ASK_AFTER, attended, offered_at, questions
from tests.services.settlement.test_listed_before_taking import fetched, let_go, listed
from tests.services.window.conftest import Desk, desk
from tests.support.bench import BICS, Bench
from tests.support.on_file import payer_account_filed, seller_filed
from tests.support.quoting import agreed

__all__ = ["desk"]

OWN: Final = (
    "instruction_id",
    "client_reference",
    "lot_id",
    "seller_code",
    "requested_at",
    "offered_at",
)
"""What of two payments is of each its own."""
_SELLER: Final = (
    "SELECT name FROM sellers JOIN settlement_instructions USING (seller_code)"
    " WHERE instruction_id = $1"
)


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    """A payment that waits for its bank, to a seller whom no list has."""
    return await of_a_seller(bench)


async def of_a_seller(bench: Bench, amount: str = "7934.00", **how: Any) -> Offered:
    """A payment to a seller whom no list has."""
    seller = f"Not Yet Listed {uuid4().hex}"
    await seller_filed(bench.sql, seller)
    lot_id = await bench.lot(seller=seller, **how.pop("lot", {}))
    who = {name: how[name] for name in ("role", "party") if name in how}
    case = await bench.read(await bench.start(lot_id, amount, **how), **who)
    return Offered(bench, case, f"msg_{case['instruction_id'][4:]}")


async def held(bench: Bench, offered: Offered) -> None:
    """Its seller is listed, and its bank would take it."""
    await listed(bench, offered)
    refused = await fetched(offered)
    assert (refused.status_code, refused.json()["code"]) == (409, "HELD_ANEW")
    assert (await bench.inside(offered.instruction_id))["state"] == "HELD"


async def as_its_payer(bench: Bench, one: Offered, **who: str) -> list[dict[str, Any]]:
    """All that its payer reads of it alone and among his payments, but for what is its own."""
    read = await bench.read(one.instruction_id, **who)
    answer = await bench.call("GET", "/instructions?state=OFFERED&limit=200", **who)
    (among,) = [i for i in answer.json()["items"] if i["instruction_id"] == one.instruction_id]
    assert read["offered_at"] == read["requested_at"] == among["offered_at"]
    return [{k: v for k, v in found.items() if k not in OWN} for found in (read, among)]


async def test_its_payer_reads_of_it_what_he_reads_of_one_that_is_taken(
    bench: Bench, offered: Offered
) -> None:
    await held(bench, offered)
    usual = await one_offered(bench)
    assert (await fetched(usual)).status_code == 200
    assert await as_its_payer(bench, offered) == await as_its_payer(bench, usual)
    await let_go(bench, offered)
    assert (await fetched(offered)).status_code == 200
    assert await as_its_payer(bench, offered) == await as_its_payer(bench, usual)


async def test_of_one_that_was_held_openly_before_he_reads_no_reason_either(bench: Bench) -> None:
    payments = [await of_a_seller(bench, "7000.00") for _ in range(2)]
    for one in payments:
        assert (await bench.read(one.instruction_id))["held_for"] == ["AMOUNT_MISMATCH"]
        await let_go(bench, one)
    first, usual = payments
    assert (await fetched(usual)).status_code == 200
    before = (await bench.read(first.instruction_id))["offered_at"]
    await held(bench, first)
    reads = [await bench.read(one.instruction_id) for one in payments]
    assert reads[0]["offered_at"] == before
    kept = [{k: v for k, v in read.items() if k not in OWN} for read in reads]
    assert kept[0] == kept[1]
    assert (kept[0]["state"], kept[0]["held_for"], kept[0]["escalated_at"]) == (
        *("OFFERED", None, None),
    )
    inside = (await bench.inside(first.instruction_id))["held_for"]
    assert inside == ["AMOUNT_MISMATCH", "NAME_HIT"]


async def test_what_its_bank_says_it_is_at_work_on_is_handed_out(
    bench: Bench, offered: Offered
) -> None:
    assert (await offered.answer("ACSP")).status_code == 202
    await listed(bench, offered)
    assert (await fetched(offered)).status_code == 200
    assert (await bench.read(offered.instruction_id))["state"] == "IN_PROGRESS"
    assert (await bench.events(offered.instruction_id)).count("PaymentMessageTaken") == 1


async def test_a_word_of_its_bank_on_what_is_held_is_found_out_though_it_is_refused(
    bench: Bench, offered: Offered
) -> None:
    await held(bench, offered)
    (said,) = (await offered.answer("ACSC")).json()["statuses"]
    assert said["disposition"] == "LATE"
    refused = await bench.sign_hold(offered.instruction_id, "officer-a", "refuse")
    assert refused.json()["state"] == "REFUSED"
    header = await bench.sql.fetchrow(
        "SELECT c.holder, ARRAY(SELECT code FROM case_waits AS w WHERE w.case_id = c.case_id)"
        " AS waits FROM cases AS c WHERE c.case_id = $1",
        UUID(hex=offered.instruction_id[4:]),
    )
    assert header is not None
    # On its desk; who holds it its payer reads, who is told nothing of the word.
    assert (header["holder"], header["waits"]) == ("nobody", ["HELD_DISPUTE"])


async def test_an_answer_by_hand_is_told_again_that_it_is_held(
    bench: Bench, offered: Offered
) -> None:
    await bench.on_file(offered.bic, "by-hand", duty="answers")
    who = {"role": "bank", "party": f"bank:{offered.bic}", "subject": "by-hand"}
    await listed(bench, offered)
    word = {"instruction_id": offered.instruction_id, "code": "ACSP"}
    for _ in range(2):
        entered = await bench.call("POST", "/answers", json=word, **who)
        assert (entered.status_code, entered.json()["code"]) == (409, "HELD_ANEW")
    for refused in (
        entered,
        await fetched(offered),
        await bench.call("GET", f"/instructions/{offered.instruction_id}/message", **who),
    ):
        assert refused.json()["errors"][0]["rule"] == "SET-39"


async def test_its_bank_is_asked_of_it_as_of_one_that_is_offered_now(asleep: Bench) -> None:
    one = await of_a_seller(asleep)
    case = one.instruction_id
    await attended(asleep, case, await offered_at(asleep, case) + ASK_AFTER)
    await asleep.sql.execute(
        "UPDATE bank_messages SET asked_at = now() - interval '1 hour' WHERE instruction_id = $1",
        UUID(hex=case[4:]),
    )
    await held(asleep, one)
    await let_go(asleep, one)
    again = await offered_at(asleep, case)
    stands = await attended(asleep, case, again)
    assert (await questions(asleep, case))[0] == 1, "it was offered just now"
    assert stands.look_at is not None and stands.look_at > again
    await attended(asleep, case, again + 2 * ASK_AFTER)
    assert await questions(asleep, case) == (2, again + 2 * ASK_AFTER)


async def test_its_age_counts_from_when_it_was_held(bench: Bench, desk: Desk) -> None:
    one = await of_a_seller(bench)
    case = UUID(hex=one.instruction_id[4:])
    await bench.sql.execute(
        "UPDATE settlement_instructions SET requested_at = requested_at - interval '40 days'"
        " WHERE instruction_id = $1",
        case,
    )
    await held(bench, one)
    held_at = await bench.sql.fetchval(
        "SELECT occurred_at FROM events WHERE case_id = $1 AND type = 'SettlementHeldAnew'", case
    )
    ages = await backlog(bench.relay_database, desk.services.database)
    assert 0 < ages["compliance"] < timedelta(days=30).total_seconds()
    work = await desk.get("/window/v1/work?limit=200", "bank_compliance", f"bank:{one.bic}")
    (item,) = [i for i in work.json()["items"] if i["case_id"] == one.instruction_id]
    assert (item["code"], item["since"]) == ("COMPLIANCE", rfc3339(held_at))


async def filed_anew(bench: Bench, offered: Offered, name: str) -> None:
    """How its seller is called, as two of the registrar's office filed it now."""
    code = (await bench.read(offered.instruction_id))["seller_code"]
    await bench.sql.execute("UPDATE sellers SET name = $2 WHERE seller_code = $1", code, name)
    await bench.sql.execute(
        "INSERT INTO register_changes (change_id, kind, subject, sealed, proposed_at,"
        " confirm_from, state, decided_at) VALUES"
        " ($1, 'sellers', $2, '', now(), now(), 'CONFIRMED', now())",
        *(uuid4(), code),
    )


async def test_whom_the_registry_calls_by_a_listed_name_since_is_seen_too(bench: Bench) -> None:
    name = f"Long Listed {uuid4().hex}"
    await bench.list_name(name)
    # Nobody is listed since this one is offered.
    await bench.sql.execute("UPDATE screening_entries SET added_at = added_at - interval '1 day'")
    offered = await of_a_seller(bench)
    await filed_anew(bench, offered, name)
    refused = await fetched(offered)
    assert (refused.status_code, refused.json()["code"]) == (409, "HELD_ANEW")
    inside = await bench.inside(offered.instruction_id)
    assert [hit["role"] for hit in inside["hits"]] == ["seller"]
    await let_go(bench, offered)
    await filed_anew(bench, offered, name)
    assert (await fetched(offered)).status_code == 200, "whom two have seen holds it no more"


async def test_several_that_take_it_at_once_are_each_given_the_message(
    bench: Bench, offered: Offered
) -> None:
    await bench.list_name(f"Somebody Else {uuid4().hex}")
    answers = await asyncio.gather(*(fetched(offered) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert (await bench.events(offered.instruction_id)).count("PaymentMessageTaken") == 1


async def test_an_exchange_is_held_and_let_go_at_the_price_that_was_locked(bench: Bench) -> None:
    await agreed(bench)
    wish = {"amount": "7934.00", "currency": "CNY", "pay_currency": "VND"}
    quote = (await bench.call("POST", "/firm-quotes", json=wish)).json()
    one = await of_a_seller(bench, pay_currency="VND", firm_quote_id=quote["quote_id"])
    before = await bench.read(one.instruction_id)
    posted = await bench.posted(one.instruction_id, "PENDING")
    await held(bench, one)
    assert await bench.posted(one.instruction_id, "PENDING") == posted
    await agreed(bench, "3561")
    await let_go(bench, one)
    message = await fetched(one)
    assert (message.status_code, await bench.read(one.instruction_id)) == (200, before)
    assert quote["gets"]["amount"].encode() in message.content


async def test_a_residents_message_is_sealed_when_it_is_written_anew(bench: Bench) -> None:
    party, vault = f"resident:res_{uuid4().hex}", bench.services.vault
    own = PayerAccount(f"622847{uuid4().int % 10**13:013d}", "Nong Qiang", "", "Dongxing", "CN")
    who = {"role": "resident", "party": party}
    lot = {"group_code": None, "submitted_by": party}
    for bic in BICS:
        await payer_account_filed(bench.sql, vault, party, bic, own)
    one = await of_a_seller(bench, lot=lot, **who)
    case = UUID(hex=one.instruction_id[4:])
    await bench.list_name(await bench.sql.fetchval(_SELLER, case))
    assert (await fetched(one)).status_code == 409
    for person in ("officer-a", "officer-b"):
        await bench.on_file(one.bic, person)
        signed = await bench.call(
            "POST",
            f"/instructions/{one.instruction_id}/compliance",
            role="bank_compliance",
            party=f"bank:{one.bic}",
            subject=person,
            json={"act": "release", "remark": "seen"},
        )
        assert signed.status_code == 200
    assert own.holder.encode() in (await fetched(one)).content
    body = await bench.sql.fetchval(
        "SELECT body FROM bank_messages WHERE instruction_id = $1", case
    )
    assert own.holder.encode() not in bytes(body)
