"""A bank's word: statuses that fit and those that do not, hostile XML."""

from __future__ import annotations

import asyncio
import hashlib
from uuid import UUID, uuid4

import pytest

from tests.services.settlement.payments import STATUSES, Offered, one_offered
from tests.support.bench import API, BICS, Bench


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    """A lot's payment of 7,934.00 that waits for its bank."""
    return await one_offered(bench)


async def test_a_bank_takes_its_message_word_for_word(bench: Bench, offered: Offered) -> None:
    answer = await offered.client.get(f"{API}/bank/messages/{offered.message_id}")
    assert answer.headers["content-type"].startswith("application/xml")
    kept = await bench.sql.fetchrow(
        "SELECT digest, fetched_at FROM bank_messages WHERE message_id = $1",
        UUID(hex=offered.message_id[4:]),
    )
    assert kept is not None
    assert hashlib.sha256(answer.content).digest() == kept["digest"]
    assert kept["fetched_at"] is not None


async def test_another_bank_neither_sees_the_message_nor_may_answer_it(
    bench: Bench, offered: Offered
) -> None:
    other = next(bic for bic in BICS if bic != offered.bic)
    client = bench.signed(other)
    assert (await client.get(f"{API}/bank/messages/{offered.message_id}")).status_code == 404
    answer = await client.post(STATUSES, offered.xml("ACSC", from_bic=other), "application/xml")
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_REFERENCE")
    assert (await bench.read(offered.instruction_id))["state"] == "OFFERED"


async def test_work_in_progress_moves_no_money_and_goes_on_waiting(
    bench: Bench, offered: Offered
) -> None:
    assert (await offered.answer("PDNG", None)).status_code == 202
    await bench.until(offered.instruction_id, "IN_PROGRESS")
    assert await bench.posted(offered.instruction_id) == {}
    assert (await offered.answer("ACSC")).status_code == 202
    await bench.until(offered.instruction_id, "SETTLED")


async def test_w28_the_same_word_twice_pays_once(bench: Bench, offered: Offered) -> None:
    xml = offered.xml("ACSC")
    first = await offered.client.post(STATUSES, xml, "application/xml")
    assert first.json()["statuses"][0]["disposition"] == "RECORDED"
    again = await offered.client.post(STATUSES, xml, "application/xml")
    assert again.status_code == 200
    assert again.json()["statuses"][0]["disposition"] == "REPEATED"
    anew = await offered.answer("ACSC")
    assert (anew.status_code, anew.json()["statuses"][0]["disposition"]) == (200, "REPEATED")
    await bench.until(offered.instruction_id, "SETTLED")
    late = await offered.answer("ACSC")
    assert late.json()["statuses"][0]["disposition"] == "REPEATED"
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]


async def test_one_word_sent_in_parallel_is_recorded_once(bench: Bench, offered: Offered) -> None:
    answers = await asyncio.gather(*(offered.answer("ACSC") for _ in range(8)))
    found = sorted(a.json()["statuses"][0]["disposition"] for a in answers)
    assert found == ["RECORDED"] + ["REPEATED"] * 7
    await bench.until(offered.instruction_id, "SETTLED")
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]


async def test_a_report_that_was_kept_and_not_carried_out_is_carried_out_when_it_comes_again(
    bench: Bench, offered: Offered
) -> None:
    """The process was killed in between: the bank, which had no answer, sends it again."""
    ref = uuid4().hex
    xml = offered.xml("ACSC", ref=ref)
    await bench.sql.execute(
        "INSERT INTO bank_reports VALUES ($1, $2, $3, 'host-1', $4, $5, now())",
        uuid4(),
        offered.bic,
        ref,
        xml,
        hashlib.sha256(xml).digest(),
    )
    answer = await offered.client.post(STATUSES, xml, "application/xml")
    assert answer.status_code == 202
    assert (await bench.read(offered.instruction_id))["state"] == "SETTLED"
    again = await offered.client.post(STATUSES, xml, "application/xml")
    assert (again.status_code, again.json()["statuses"][0]["disposition"]) == (200, "REPEATED")
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]


async def test_w28_another_amount_is_never_booked_and_a_person_is_called(
    bench: Bench, offered: Offered
) -> None:
    answer = await offered.answer("ACSC", "7990.00")
    assert (answer.status_code, answer.json()["code"]) == (409, "AMOUNT_DIFFERS")
    case = await bench.inside(offered.instruction_id)
    assert (case["state"], case["escalated_at"] is not None) == ("OFFERED", True)
    assert "BankStatusDisputed" in await bench.events(offered.instruction_id)
    assert (await offered.answer("ACSC")).status_code == 202
    await bench.until(offered.instruction_id, "SETTLED")


async def test_w28_an_unknown_reference_is_kept_and_named(bench: Bench, offered: Offered) -> None:
    ref = uuid4().hex
    answer = await offered.answer("ACSC", ref=ref, message=uuid4().hex)
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_REFERENCE")
    kept = await bench.sql.fetchval(
        "SELECT s.disposition FROM bank_statuses s JOIN bank_reports r USING (report_id)"
        " WHERE r.message_ref = $1",
        ref,
    )
    assert kept == "UNKNOWN_REFERENCE"
    assert (await offered.answer("ACSC", message="not-hex")).status_code == 404


async def test_w28_a_late_word_against_the_ended_case_books_nothing(
    bench: Bench, offered: Offered
) -> None:
    await offered.answer("RJCT", None, reason="AC04")
    await bench.until(offered.instruction_id, "REJECTED")
    late = await offered.answer("ACSC")
    assert (late.status_code, late.json()["code"]) == (409, "STATE_CONFLICT")
    case = await bench.inside(offered.instruction_id)
    assert (case["state"], case["escalated_at"] is not None) == ("REJECTED", True)
    assert await bench.posted(offered.instruction_id) == {}
    assert await bench.drawn(offered.lot_id) == 0


async def test_w28_after_a_bank_says_that_it_paid_what_it_rejected_two_persons_look_first(
    bench: Bench, offered: Offered
) -> None:
    await offered.answer("RJCT", None, reason="AC04")
    await bench.until(offered.instruction_id, "REJECTED")
    await offered.answer("ACSC")
    again = await bench.start(offered.lot_id)
    await bench.until(again, "HELD")
    assert (await bench.inside(again))["held_for"] == ["EARLIER_PAYMENT_DISPUTED"]
    for person in ("officer-a", "officer-b"):
        assert (await bench.sign_hold(again, person)).status_code == 200
    await bench.until(again, "OFFERED")


async def test_a_rejection_without_a_reason_changes_nothing_and_may_be_sent_again(
    bench: Bench, offered: Offered
) -> None:
    ref = uuid4().hex
    answer = await offered.answer("RJCT", None, ref=ref)
    assert (answer.status_code, answer.json()["code"]) == (422, "REASON_REQUIRED")
    assert answer.json()["errors"][0]["pointer"].endswith("/TxInfAndSts/0/StsRsnInf/Rsn")
    assert (await bench.read(offered.instruction_id))["state"] == "OFFERED"
    assert await bench.drawn(offered.lot_id) == 793400
    assert (await offered.answer("RJCT", None, ref=ref, reason="AC04")).status_code == 202
    case = await bench.until(offered.instruction_id, "REJECTED")
    assert case["bank_reason"] == "AC04"
    assert (case["gets"]["amount"], case["paid"]) == ("7934.00", None)


async def test_two_contrary_words_at_once_end_the_case_once(bench: Bench, offered: Offered) -> None:
    answers = await asyncio.gather(
        offered.answer("ACSC"), offered.answer("RJCT", None, reason="AC04")
    )
    assert {a.status_code for a in answers} <= {202, 409}
    case = await bench.until(offered.instruction_id, "SETTLED", "REJECTED")
    kinds = await bench.ledger(offered.instruction_id)
    assert kinds == ["RESERVE", "POST" if case["state"] == "SETTLED" else "VOID"]
    assert "BankStatusDisputed" in await bench.events(offered.instruction_id)


async def test_a_report_that_says_paid_and_rejected_of_one_payment_books_neither(
    bench: Bench, offered: Offered
) -> None:
    """What it says of other payments is carried out all the same."""
    other = await one_offered(bench)
    answer = await offered.say((offered, "ACSC"), (other, "ACSC"), (offered, "RJCT"))
    assert answer.status_code == 202
    found = [s["disposition"] for s in answer.json()["statuses"]]
    assert found == ["CONTRADICTORY", "RECORDED", "CONTRADICTORY"]
    case = await bench.inside(offered.instruction_id)
    assert (case["state"], case["escalated_at"] is not None) == ("OFFERED", True)
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]
    assert (await bench.events(offered.instruction_id)).count("BankStatusDisputed") == 2
    assert (await bench.read(other.instruction_id))["state"] == "SETTLED"
    alone = await offered.say((offered, "ACSC"), (offered, "RJCT"))
    assert (alone.status_code, alone.json()["code"]) == (409, "CONTRADICTORY")
    assert (await offered.answer("ACSC")).status_code == 202, "the one that is true"
    assert (await bench.read(offered.instruction_id))["state"] == "SETTLED"


async def test_work_in_progress_and_its_end_in_one_report_are_carried_out_in_order(
    bench: Bench, offered: Offered
) -> None:
    answer = await offered.say((offered, "ACSP"), (offered, "ACSC"), (offered, "ACSC"))
    found = [s["disposition"] for s in answer.json()["statuses"]]
    assert (answer.status_code, found) == (202, ["RECORDED", "RECORDED", "REPEATED"])
    assert (await bench.read(offered.instruction_id))["state"] == "SETTLED"


async def test_what_cannot_be_booked_is_disputed_and_leaves_the_rest_of_the_report(
    bench: Bench, offered: Offered
) -> None:
    """The reservation of one payment is resolved already, against everything the record allows."""
    other = await one_offered(bench)
    await bench.sql.execute(
        "WITH r AS (SELECT * FROM ledger_transactions WHERE case_id = $1)"
        " INSERT INTO ledger_transactions SELECT $2, 'VOID', $1, transaction_id, now() FROM r",
        UUID(hex=offered.instruction_id[4:]),
        uuid4(),
    )
    answer = await offered.say((offered, "ACSC"), (other, "ACSC"))
    assert answer.status_code == 202
    assert [s["disposition"] for s in answer.json()["statuses"]] == ["NOT_BOOKED", "RECORDED"]
    case = await bench.inside(offered.instruction_id)
    assert (case["state"], case["escalated_at"] is not None) == ("OFFERED", True)
    events = await bench.events(offered.instruction_id)
    assert events[-1] == "BankStatusDisputed"
    assert "PaymentSettled" not in events, "what a failed word had recorded is dropped with it"
    assert await bench.posted(offered.instruction_id) == {}
    assert (await bench.read(other.instruction_id))["state"] == "SETTLED"


async def test_a_sum_larger_than_any_that_can_be_booked_does_not_refuse_the_report(
    bench: Bench, offered: Offered
) -> None:
    answer = await offered.answer("ACSC", "999999999999999999")
    assert (answer.status_code, answer.json()["code"]) == (409, "AMOUNT_DIFFERS")


async def test_many_payments_are_settled_by_one_report(bench: Bench) -> None:
    many = [await one_offered(bench) for _ in range(6)]
    answer = await many[0].say(*((of, "ACSC") for of in many))
    assert {s["disposition"] for s in answer.json()["statuses"]} == {"RECORDED"}
    for of in many:
        assert (await bench.read(of.instruction_id))["state"] == "SETTLED"


async def test_two_reports_on_the_same_payments_in_contrary_order_both_end(bench: Bench) -> None:
    many = [await one_offered(bench) for _ in range(4)]
    answers = await asyncio.gather(
        many[0].say(*((of, "ACSC") for of in many)),
        many[0].say(*((of, "ACSC") for of in reversed(many))),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 202]
    for of in many:
        assert await bench.ledger(of.instruction_id) == ["RESERVE", "POST"]


async def test_a_message_reference_is_used_for_one_message(offered: Offered) -> None:
    ref = uuid4().hex
    assert (await offered.answer("PDNG", None, ref=ref)).status_code == 202
    answer = await offered.answer("ACSC", ref=ref)
    assert (answer.status_code, answer.json()["code"]) == (409, "MESSAGE_REFERENCE_REUSED")


async def test_a_report_in_another_banks_name_is_refused(offered: Offered) -> None:
    answer = await offered.answer("ACSC", from_bic="ABOCCNBJ")
    assert (answer.status_code, answer.json()["code"]) == (422, "MESSAGE_INVALID")


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10">&lol3;</Document>"""


@pytest.mark.parametrize(
    ("xml", "status", "code"),
    [
        (BOMB, 422, "MESSAGE_UNSAFE"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><Document/>', 422, "MESSAGE_UNSAFE"),
        (b"<Document/>", 422, "MESSAGE_INVALID"),
        (b"not xml at all", 422, "MESSAGE_INVALID"),
        (b"<a>" + b"x" * 300_000 + b"</a>", 413, "MESSAGE_TOO_LARGE"),
    ],
)
async def test_w28_hostile_or_broken_xml_is_refused_before_it_is_read(
    offered: Offered, xml: bytes, status: int, code: str
) -> None:
    answer = await offered.client.post(STATUSES, xml, "application/xml")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_report_is_sent_as_xml(offered: Offered) -> None:
    answer = await offered.client.post(STATUSES, b"{}", "application/json")
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
