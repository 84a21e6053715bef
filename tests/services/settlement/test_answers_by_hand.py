"""A bank whose system cannot answer says by hand what became of a payment: two persons do."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx2
import pytest

from tests.services.settlement.payments import Offered, one_offered
from tests.services.settlement.reports import report, transaction
from tests.support.bench import Bench

FIRST, SECOND = "dealer-a", "dealer-b"


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    """A lot's payment of 7,934.00 that waits for its bank, two of whose persons are on file."""
    waits = await one_offered(bench)
    await bench.on_file(waits.bic, FIRST, SECOND, duty="answers")
    return waits


async def asked(
    offered: Offered, method: str, path: str, person: str = FIRST, **how: Any
) -> httpx2.Response:
    """A request of a person of the paying bank."""
    how = {"role": "bank", "party": f"bank:{offered.bic}", "subject": person, **how}
    return await offered.bench.call(method, path, **how)


async def entered(offered: Offered, code: str = "ACSC", **body: Any) -> httpx2.Response:
    said = {"instruction_id": offered.instruction_id, "code": code, **body}
    return await asked(offered, "POST", "/answers", json=said)


async def handed_in(offered: Offered, xml: bytes, **how: Any) -> httpx2.Response:
    return await asked(offered, "POST", "/answers/files", content=xml, **how)


async def confirmed(
    offered: Offered, answer: httpx2.Response, person: str = SECOND, **how: Any
) -> httpx2.Response:
    path = f"/answers/{answer.json()['answer_id']}/confirmation"
    return await asked(offered, "POST", path, person, **how)


async def waits(offered: Offered) -> list[str]:
    rows = await offered.bench.sql.fetch(
        "SELECT code FROM case_waits WHERE case_id = $1 ORDER BY code",
        UUID(hex=offered.instruction_id[4:]),
    )
    return [row["code"] for row in rows]


def codes(answer: httpx2.Response) -> tuple[int, list[str]]:
    return answer.status_code, [error["code"] for error in answer.json().get("errors", [])]


async def test_what_one_person_enters_counts_for_nothing_until_another_confirms_it(
    bench: Bench, offered: Offered
) -> None:
    first = await entered(offered, amount="7934.00", bank_reference="HAND-1")
    assert (first.status_code, first.json()["state"]) == (201, "ENTERED")
    (expected,) = first.json()["statuses"]
    assert (expected["disposition"], expected["bank_reference"]) == ("RECORDED", "HAND-1")
    assert (await bench.read(offered.instruction_id))["state"] == "OFFERED"
    assert await waits(offered) == ["ANSWER_CONFIRMATION", "BANK_ANSWER"]

    same = await confirmed(offered, first, FIRST)
    assert codes(same) == (409, ["SAME_PERSON"])
    second = await confirmed(offered, first)
    assert (second.status_code, second.json()["state"]) == (200, "CONFIRMED")
    assert (second.json()["entered_by"], second.json()["ended_by"]) == (FIRST, SECOND)
    paid = await bench.read(offered.instruction_id)
    assert (paid["state"], paid["bank_reference"]) == ("SETTLED", "HAND-1")
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]
    assert await waits(offered) == []
    said = await bench.events(offered.instruction_id)
    assert said[-3:] == ["BankAnswerEntered", "BankAnswerConfirmed", "PaymentSettled"]


async def test_a_confirmed_answer_is_a_report_as_the_banks_system_sends_it(
    bench: Bench, offered: Offered
) -> None:
    answer = await entered(offered, "RJCT", reason_code="AC04")
    found = (await confirmed(offered, answer)).json()
    row = await bench.sql.fetchrow(
        "SELECT r.*, a.body AS entered FROM bank_reports AS r JOIN hand_answers AS a"
        " USING (report_id) WHERE r.report_id = $1",
        UUID(hex=found["report_id"]),
    )
    assert row is not None
    assert (row["sent_by"], row["body"]) == (SECOND, row["entered"])
    assert row["carried_out_at"] is not None
    read = await bench.read(offered.instruction_id)
    assert (read["state"], read["bank_reason"]) == ("REJECTED", "AC04")


async def test_whoever_is_not_on_file_for_it_enters_and_confirms_nothing(
    bench: Bench, offered: Offered
) -> None:
    said = {"instruction_id": offered.instruction_id, "code": "ACSC"}
    await bench.on_file(offered.bic, "compliance-a")
    for person in ("a-stranger", "compliance-a"):
        answer = await asked(offered, "POST", "/answers", person, json=said)
        assert codes(answer) == (403, ["SIGNATORY_NOT_ON_FILE"])
        taken = await asked(
            offered, "GET", f"/instructions/{offered.instruction_id}/message", person
        )
        assert codes(taken) == (403, ["SIGNATORY_NOT_ON_FILE"])
    first = await entered(offered)
    assert codes(await confirmed(offered, first, "a-stranger")) == (
        403,
        ["SIGNATORY_NOT_ON_FILE"],
    )


async def test_another_bank_neither_answers_nor_reads_nor_confirms(
    bench: Bench, offered: Offered
) -> None:
    other = f"bank:{next(bic for bic in bench.keys if bic != offered.bic)}"
    await bench.on_file(other[5:], FIRST, SECOND, duty="answers")
    said = {"instruction_id": offered.instruction_id, "code": "ACSC"}
    refused = await asked(offered, "POST", "/answers", party=other, json=said)
    assert codes(refused) == (404, ["NOT_FOUND"])
    file = await handed_in(offered, offered.xml("ACSC", from_bic=other[5:]), party=other)
    assert codes(file) == (404, ["UNKNOWN_REFERENCE"])
    path = f"/answers/{(await entered(offered)).json()['answer_id']}"
    assert (await asked(offered, "GET", path, party=other)).status_code == 404
    answer = await asked(
        offered, "POST", f"{path}/confirmation", SECOND, party=other, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 404


async def test_one_answer_to_a_payment_waits_at_a_time_until_it_is_taken_back(
    bench: Bench, offered: Offered
) -> None:
    first, again = await asyncio.gather(entered(offered), entered(offered, "ACSP"))
    assert sorted((first.status_code, again.status_code)) == [201, 409]
    kept = first if first.status_code == 201 else again
    path = f"/answers/{kept.json()['answer_id']}"
    taken = await asked(offered, "POST", f"{path}/withdrawal", SECOND)
    assert (taken.status_code, taken.json()["state"]) == (200, "WITHDRAWN")
    assert await waits(offered) == ["BANK_ANSWER"]
    late = await confirmed(offered, kept, headers={"If-Match": '"2"'})
    assert codes(late) == (409, ["STATE_CONFLICT"])
    assert (await entered(offered)).status_code == 201


async def test_of_two_who_confirm_at_once_one_does_and_it_is_booked_once(
    bench: Bench, offered: Offered
) -> None:
    await bench.on_file(offered.bic, "dealer-c", duty="answers")
    first = await entered(offered)
    both = await asyncio.gather(confirmed(offered, first), confirmed(offered, first, "dealer-c"))
    assert sorted(answer.status_code for answer in both)[0] == 200
    assert sorted(answer.status_code for answer in both)[1] in (409, 412)
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]


async def test_a_form_is_told_at_once_what_of_it_cannot_be_booked(offered: Offered) -> None:
    assert codes(await entered(offered, amount="7990.00")) == (409, ["AMOUNT_DIFFERS"])
    assert codes(await entered(offered, "RJCT")) == (422, ["REASON_REQUIRED"])
    assert codes(await entered(offered, "RJCT", reason_code="ZZ99")) == (409, ["REASON_UNKNOWN"])
    both = await entered(offered, "RJCT", reason_code="AC04", reason_text="account closed")
    assert codes(both) == (422, ["REQUEST_INVALID"])
    assert both.json()["errors"][0]["pointer"] == "/reason_text"
    before = await entered(offered, value_on="1999-12-31")
    assert codes(before) == (409, ["VALUED_BEFORE"])
    assert before.json()["errors"][0]["pointer"] == "/value_on"
    ahead = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    answer = await entered(offered, value_on=ahead)
    assert answer.json()["statuses"][0]["disposition"] == "NOT_YET"


async def test_a_files_other_sum_is_disputed_once_two_have_said_it(
    bench: Bench, offered: Offered
) -> None:
    first = await handed_in(offered, offered.xml("ACSC", "7990.00"))
    assert first.json()["statuses"][0]["disposition"] == "AMOUNT_DIFFERS"
    assert "BANK_DISPUTE" not in await waits(offered)
    second = await confirmed(offered, first)
    assert second.json()["statuses"][0]["disposition"] == "AMOUNT_DIFFERS"
    assert await waits(offered) == ["BANK_ANSWER", "BANK_DISPUTE"]
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]


async def test_a_file_answers_several_payments_or_none(bench: Bench, offered: Offered) -> None:
    other = await one_offered(bench)
    both = report(transaction(offered), transaction(other, "ACSP"), sender=offered.bic)
    answer = await handed_in(offered, both.encode())
    assert sorted(answer.json()["payments"]) == sorted(
        (offered.instruction_id, other.instruction_id)
    )
    assert (await confirmed(offered, answer)).status_code == 200
    assert (await bench.read(offered.instruction_id))["state"] == "SETTLED"
    assert (await bench.read(other.instruction_id))["state"] == "IN_PROGRESS"
    # One of its payments waits for nothing more: nothing of the file is entered.
    again = await handed_in(offered, both.replace("<MsgId>", "<MsgId>X", 1).encode())
    assert codes(again) == (409, ["STATE_CONFLICT"])


@pytest.mark.parametrize(
    "xml",
    [
        b"not a message",
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "<a/>".encode("utf-16"),
        b"",
    ],
)
async def test_a_file_that_is_no_report_is_refused_with_what_is_wrong(
    offered: Offered, xml: bytes
) -> None:
    status, found = codes(await handed_in(offered, xml))
    assert status == 422
    assert found[0] in ("MESSAGE_INVALID", "MESSAGE_UNSAFE")


async def test_what_the_banks_own_system_said_meanwhile_nobody_confirms_by_hand_any_more(
    bench: Bench, offered: Offered
) -> None:
    xml = offered.xml("ACSC")
    first = await handed_in(offered, xml)
    sent = await offered.client.post("/settlement/v1/bank/statuses", xml, "application/xml")
    assert sent.status_code == 202
    assert codes(await confirmed(offered, first)) == (409, ["STATE_CONFLICT"])
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "POST"]
    path = f"/answers/{first.json()['answer_id']}"
    assert (await asked(offered, "POST", f"{path}/withdrawal")).status_code == 200
    assert await waits(offered) == []


async def test_nobody_confirms_an_answer_of_which_another_thing_would_become_than_he_read(
    bench: Bench, offered: Offered
) -> None:
    first = await entered(offered)
    await offered.answer("RJCT", None, reason="AC04")
    refused = await confirmed(offered, first)
    assert codes(refused) == (409, ["STATE_CONFLICT"])
    assert "another thing now" in refused.json()["errors"][0]["detail"]
    assert await waits(offered) == []
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "VOID"]


async def test_whoever_was_struck_off_after_entering_is_not_the_first_of_two(
    bench: Bench, offered: Offered
) -> None:
    first = await entered(offered)
    await bench.sql.execute(
        "UPDATE signatories SET active = false WHERE subject = $1 AND party = $2",
        FIRST,
        f"bank:{offered.bic}",
    )
    refused = await confirmed(offered, first)
    assert codes(refused) == (403, ["SIGNATORY_NOT_ON_FILE"])
    assert "Whoever entered this" in refused.json()["errors"][0]["detail"]
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]


async def test_what_was_changed_by_hand_after_it_was_entered_is_confirmed_by_nobody(
    bench: Bench, offered: Offered
) -> None:
    first = await handed_in(offered, offered.xml("PDNG"))
    answer_id, other = UUID(hex=first.json()["answer_id"][4:]), offered.xml("ACSC")
    async with bench.sql.acquire() as connection, connection.transaction():
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with connection.transaction():
                await connection.execute(
                    "UPDATE hand_answers SET statuses = '[]' WHERE answer_id = $1", answer_id
                )
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute(
            "UPDATE hand_answers SET body = $2, digest = sha256($2) WHERE answer_id = $1",
            answer_id,
            other,
        )
    refused = await confirmed(offered, first)
    assert codes(refused) == (409, ["STATE_CONFLICT"])
    assert "is not what was entered" in refused.json()["errors"][0]["detail"]
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]


async def test_whoever_has_taken_the_message_by_hand_is_not_overtaken_by_its_payer(
    bench: Bench, offered: Offered
) -> None:
    taken = await asked(offered, "GET", f"/instructions/{offered.instruction_id}/message")
    assert taken.status_code == 200
    assert b"pacs.008.001.08" in taken.content
    back = await bench.call("POST", f"/instructions/{offered.instruction_id}/cancellation")
    assert codes(back) == (409, ["WITH_THE_BANK"])


async def test_nobody_confirms_what_he_has_not_read(offered: Offered) -> None:
    first = await entered(offered)
    for match, status in ((None, 428), ('"7"', 412)):
        headers = {} if match is None else {"If-Match": match}
        path = f"/settlement/v1/answers/{first.json()['answer_id']}/confirmation"
        bearer = offered.bench.bearer("bank", f"bank:{offered.bic}", SECOND)
        answer = await offered.bench.http.post(
            path,
            headers={
                "Authorization": f"Bearer {bearer}",
                "Idempotency-Key": uuid4().hex,
                **headers,
            },
        )
        assert answer.status_code == status


async def test_a_bank_lists_what_waits_for_its_second_person(
    bench: Bench, offered: Offered
) -> None:
    first = (await entered(offered)).json()
    query = f"/answers?state=ENTERED&instruction_id={offered.instruction_id}"
    (found,) = (await asked(offered, "GET", query, SECOND)).json()["items"]
    assert found["answer_id"] == first["answer_id"]
    auditor = await bench.call("GET", query, role="auditor", party="auditor:TST")
    assert [one["answer_id"] for one in auditor.json()["items"]] == [first["answer_id"]]
