"""A reason that no list knows is not believed; a bank's own words are."""

from __future__ import annotations

import pytest

from tests.services.settlement.payments import STATUSES, one_offered
from tests.services.settlement.reports import report, send, transaction
from tests.support.bench import Bench


@pytest.mark.parametrize("code", ["RJCT", "CANC", "ACSC"])
async def test_a_status_for_a_reason_that_no_list_knows_is_kept_disputed_and_changes_nothing(
    bench: Bench, code: str
) -> None:
    offered = await one_offered(bench)
    answer = await offered.answer(code, reason="ZZ99")
    assert (answer.status_code, answer.json()["code"]) == (409, "REASON_UNKNOWN")
    assert answer.json()["statuses"][0]["disposition"] == "REASON_UNKNOWN"
    payment = await bench.read(offered.instruction_id)
    assert (payment["state"], payment["bank_reason"]) == ("OFFERED", None)
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]
    assert await bench.drawn(offered.lot_id) == 793400
    disputes = await bench.call(
        "GET",
        f"/disputes?open=true&instruction_id={offered.instruction_id}",
        role="bank_compliance",
        party=f"bank:{offered.bic}",
    )
    assert [d["disposition"] for d in disputes.json()["items"]] == ["REASON_UNKNOWN"]


@pytest.mark.parametrize("reason", ["AC04", "MS03", "RR04", "NARR"])
async def test_a_rejection_for_a_reason_of_the_list_ends_the_payment(
    bench: Bench, reason: str
) -> None:
    offered = await one_offered(bench)
    assert (await offered.answer("RJCT", reason=reason)).status_code == 202
    assert (await bench.until(offered.instruction_id, "REJECTED"))["bank_reason"] == reason


async def test_a_reason_in_the_banks_own_words_is_taken_as_it_is_also_after_a_code_that_was_not(
    bench: Bench,
) -> None:
    offered = await one_offered(bench)
    assert (await offered.answer("RJCT", reason="ZZ99")).status_code == 409
    said = offered.xml("RJCT", reason="ZZ99").replace(b"<Cd>ZZ99</Cd>", b"<Prtry>ZZ99</Prtry>")
    answer = await offered.client.post(STATUSES, said, "application/xml")
    assert answer.status_code == 202, answer.text
    assert (await bench.until(offered.instruction_id, "REJECTED"))["bank_reason"] == "ZZ99"


async def test_a_further_reason_counts_as_the_first_does(bench: Bench) -> None:
    offered = await one_offered(bench)
    known = b"<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>"
    said = offered.xml("RJCT", reason="AC04").replace(known, known + known.replace(b"AC04", b"ZZ9"))
    answer = await offered.client.post(STATUSES, said, "application/xml")
    assert answer.json()["code"] == "REASON_UNKNOWN"


async def test_work_in_progress_for_a_reason_that_no_list_knows_is_noted_as_before(
    bench: Bench,
) -> None:
    offered = await one_offered(bench)
    assert (await offered.answer("ACSP", reason="ZZ99")).status_code == 202
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]


async def test_what_a_bank_writes_beside_its_status_is_kept_and_shown_to_its_compliance(
    bench: Bench,
) -> None:
    offered = await one_offered(bench)
    more = (
        "<StsRsnInf><Rsn><Cd>ZZ99</Cd></Rsn><AddtlInf>ask the branch</AddtlInf></StsRsnInf>"
        "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>"
        '<ChrgsInf><Amt Ccy="CNY">12.50</Amt><Agt><FinInstnId>'
        f"<BICFI>{offered.bic}</BICFI></FinInstnId></Agt></ChrgsInf><ClrSysRef>CIPS-42</ClrSysRef>"
    )
    await send(offered, report(transaction(offered, "RJCT", more=more)))
    disputes = await bench.call(
        "GET",
        f"/disputes?instruction_id={offered.instruction_id}",
        role="bank_compliance",
        party=f"bank:{offered.bic}",
    )
    (found,) = disputes.json()["items"]
    assert found["reason"] == "ZZ99"
    said = {name: value for name, value in found["said"].items() if name != "references"}
    assert said == {
        "further_reasons": ["AC04"],
        "remarks": ["ask the branch"],
        "clearing_reference": "CIPS-42",
        "charges": [{"amount": "12.50", "currency": "CNY"}],
    }
