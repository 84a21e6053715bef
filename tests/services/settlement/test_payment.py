"""From instruction to settled: value drawn once, money conserved, the bank's word decides."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import pytest

from deploy.sandbox.book import Habit
from tests.support.bench import BICS, MARKET, Bench
from tests.support.on_file import seller_filed


async def test_a_released_lot_is_paid_reported_and_advised(bench: Bench) -> None:
    lot_id = await bench.lot()
    instruction_id = await bench.start(lot_id)
    offered = await bench.until(instruction_id, "OFFERED")
    assert await bench.posted(instruction_id, "PENDING") == {
        f"buyer:group:{bench.group} CNY": -793400,
        "seller:SELLER-SETTLE CNY": 793400,
    }
    bank = await bench.bank(offered["bank_bic"])
    assert await bank.work_once() >= 1
    assert offered["paid"] is None, "not before the bank says so"
    settled = await bench.until(instruction_id, "SETTLED")
    assert (settled["bank_status"], settled["paid"]["amount"]) == ("ACSC", "7934.00")
    assert settled["reports"][0]["bop_code"] == "122990"
    assert [(a["party"], a["kind"]) for a in settled["advices"]] == [
        ("seller:SELLER-SETTLE", "CREDIT"),
        (f"group:{bench.group}", "DEBIT"),
    ]
    assert await bench.ledger(instruction_id) == ["RESERVE", "POST"]
    assert await bench.posted(instruction_id, "PENDING") == {}
    assert await bench.posted(instruction_id) == {
        f"buyer:group:{bench.group} CNY": -793400,
        "seller:SELLER-SETTLE CNY": 793400,
    }
    assert await bench.drawn(lot_id) == 793400
    assert await bench.events(instruction_id) == [
        "SettlementInstructed",
        "ReleasedValueDrawnDown",
        "FundsReserved",
        "PaymentMessageTaken",
        "PaymentSettled",
    ]
    assert await bank.work_once() == 0, "a closed message no longer waits for the bank"


async def test_a_seller_paid_in_dong_gets_the_locked_sum_and_the_spread_stands_apart(
    bench: Bench,
) -> None:
    quotes = zip(BICS, ("3560", "3572", "3565", "3550"), ("40", "30", "20", "10"), strict=True)
    for bic, mid, millions in quotes:
        posted = await (await bench.bank(bic)).quote("CNY/VND", mid, f"{millions}000000")
    assert (posted["mid"], posted["bid"], posted["ask"]) == ("3563.6", "3552.91", "3574.29")
    wish = {"amount": "8000.00", "currency": "CNY", "pay_currency": "VND"}
    quote = (await bench.call("POST", "/firm-quotes", json=wish)).json()
    assert quote["gets"] == {"amount": "28423280", "currency": "VND"}
    instruction_id = await bench.start(
        await bench.lot("8000.00"),
        "8000.00",
        pay_currency="VND",
        firm_quote_id=quote["quote_id"],
    )
    bic = (await bench.until(instruction_id, "OFFERED"))["bank_bic"]
    await (await bench.bank(bic)).work_once()
    await bench.until(instruction_id, "SETTLED")
    assert await bench.posted(instruction_id) == {
        f"buyer:group:{bench.group} CNY": -800000,
        f"liquidity:{bic} CNY": 800000,
        f"liquidity:{bic} VND": -28508800,
        "seller:SELLER-SETTLE VND": 28423280,
        f"spread:{bic} VND": 85520,
    }


async def test_w28_what_can_be_corrected_at_once_is_refused_with_every_reason(
    bench: Bench,
) -> None:
    held_back = await bench.lot(state="IN_INSPECTION")
    answer = await bench.instruct(held_back, purpose_code=None)
    assert answer.status_code == 422
    assert [e["code"] for e in answer.json()["errors"]] == ["PURPOSE_REQUIRED", "NOT_RELEASED"]


async def test_w28_a_second_payment_for_a_lot_is_a_duplicate_before_and_after_it_is_paid(
    bench: Bench,
) -> None:
    lot_id = await bench.lot()
    instruction_id = await bench.start(lot_id)
    assert (await bench.instruct(lot_id)).json()["code"] == "DUPLICATE"
    bic = (await bench.until(instruction_id, "OFFERED"))["bank_bic"]
    await (await bench.bank(bic)).work_once()
    await bench.until(instruction_id, "SETTLED")
    assert (await bench.instruct(lot_id)).json()["code"] == "DUPLICATE"


async def test_w28_an_amount_above_the_released_value_is_held_and_cannot_be_waved_through(
    bench: Bench,
) -> None:
    lot_id = await bench.lot()
    instruction_id = await bench.start(lot_id, "7990.00")
    await bench.until(instruction_id, "HELD")
    assert "AMOUNT_MISMATCH" in (await bench.inside(instruction_id))["held_for"]
    assert await bench.drawn(lot_id) == 0
    refused = await bench.sign_hold(instruction_id, "officer-a")
    assert refused.json()["code"] == "NOT_RELEASABLE"
    told = (await bench.read(instruction_id))["held_for"]
    assert told == ["AMOUNT_MISMATCH", "BACKGROUND_VALUE_EXCEEDED"], "what the payer can mend"
    assert (await bench.sign_hold(instruction_id, "officer-a", "refuse")).status_code == 200
    refused_by_the_bank = await bench.until(instruction_id, "REFUSED")
    assert refused_by_the_bank["held_for"] == ["AMOUNT_MISMATCH", "BACKGROUND_VALUE_EXCEEDED"]
    assert (await bench.instruct(lot_id)).status_code == 201


async def test_a_smaller_amount_is_paid_on_two_signatures_and_the_rest_once(bench: Bench) -> None:
    lot_id = await bench.lot()
    part = await bench.start(lot_id, "5000.00")
    await bench.until(part, "HELD")
    first = await bench.sign_hold(part, "officer-a")
    assert (first.status_code, first.json()["state"]) == (200, "HELD")
    again = await bench.sign_hold(part, "officer-a")
    assert (again.status_code, again.json()["code"]) == (409, "SAME_PERSON")
    second = await bench.sign_hold(part, "officer-b")
    assert second.json()["state"] == "OFFERED"
    bank = await bench.bank(second.json()["bank_bic"])
    await bank.work_once()
    await bench.until(part, "SETTLED")
    rest = await bench.start(lot_id, "2934.00")
    await bench.until(rest, "OFFERED")
    await bank.work_once()
    await bench.until(rest, "SETTLED")
    assert await bench.drawn(lot_id) == 793400
    assert (await bench.instruct(lot_id, "0.01")).json()["code"] == "DUPLICATE"


async def test_the_same_instruction_sent_ten_times_at_once_is_one(bench: Bench) -> None:
    lot_id, key, reference = await bench.lot(), uuid4().hex, uuid4().hex
    answers = await asyncio.gather(
        *(bench.instruct(lot_id, key=key, client_reference=reference) for _ in range(10))
    )
    assert {a.status_code for a in answers} == {201}
    assert len({a.text for a in answers}) == 1


async def test_parallel_instructions_for_one_lot_leave_one(bench: Bench) -> None:
    lot_id = await bench.lot()
    answers = await asyncio.gather(*(bench.instruct(lot_id) for _ in range(12)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 11
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"DUPLICATE"}


async def test_a_counterparty_bank_that_is_not_the_declared_one_is_held(bench: Bench) -> None:
    instruction_id = await bench.start(await bench.lot(seller_bank_bic="ICBVVNVX"))
    await bench.until(instruction_id, "HELD")
    held = await bench.inside(instruction_id)
    assert held["held_for"] == ["BACKGROUND_BANK_DIFFERS"]


async def test_a_seller_whose_account_cannot_be_written_is_not_paid(bench: Bench) -> None:
    seller = f"Odd account {uuid4().hex[:8]}"
    await seller_filed(bench.sql, seller, account="12_34")
    lot_id = await bench.lot(seller=seller)
    await nothing_is_left_of(bench, lot_id, await bench.instruct(lot_id), "MESSAGE_INVALID", 422)


async def test_a_resident_who_declared_alone_has_the_own_lot_paid(bench: Bench) -> None:
    resident = f"resident:res_{uuid4().hex}"
    lot_id = await bench.lot("200000.00", group_code=None, submitted_by=resident)
    how = {"role": "resident", "party": resident}
    namesake = await bench.instruct(lot_id, "200000.00", party="group:None")
    assert namesake.status_code == 404, "of no group is not of a group that is called so"
    answer = await bench.instruct(lot_id, "200000.00", **how)
    assert (answer.status_code, answer.json()["buyer"]) == (201, resident)
    await (await bench.bank(answer.json()["bank_bic"])).work_once()
    case = await bench.read(answer.json()["instruction_id"], **how)
    assert case["state"] == "SETTLED"
    kinds = [report["kind"] for report in case["reports"]]
    assert kinds == ["BALANCE_OF_PAYMENTS", "LARGE_VALUE"], "a natural person, 200,000 and above"


async def nothing_is_left_of(
    bench: Bench, lot_id: str, answer: httpx2.Response, code: str, status: int = 409
) -> None:
    """Refused: no case, nothing drawn, and the lot may be instructed again."""
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await bench.drawn(lot_id) == 0
    found = await bench.call("GET", f"/instructions?lot_id={lot_id}")
    assert found.json()["items"] == []


async def test_a_missing_legal_parameter_refuses_the_instruction(bench: Bench) -> None:
    lot_id = await bench.lot()
    await bench.sql.execute("ALTER TABLE policy_parameters DISABLE TRIGGER policy_parameters_kept")
    hide = "UPDATE policy_parameters SET effective_from = $1::date WHERE key = 'bop.code.hushi'"
    try:
        await bench.sql.execute(hide.replace("$1", "'2099-01-01'"))
        await new_law(bench)
        answer = await bench.instruct(lot_id)
    finally:
        await bench.sql.execute(hide.replace("$1", "'2020-01-01'"))
        await bench.sql.execute(
            "ALTER TABLE policy_parameters ENABLE TRIGGER policy_parameters_kept"
        )
        await new_law(bench)
    await nothing_is_left_of(bench, lot_id, answer, "POLICY_MISSING")
    assert (await bench.instruct(lot_id)).status_code == 201


async def new_law(bench: Bench) -> None:
    """Have every process read the policy again."""
    await bench.sql.execute("UPDATE policy_version SET version = version + 1")


async def test_w27_an_expired_quote_is_refused_and_a_new_one_offered(bench: Bench) -> None:
    await (await bench.bank(BICS[0])).quote("CNY/VND", "3560", "1000000")
    wish = {"amount": "7934.00", "currency": "CNY", "pay_currency": "VND"}
    quote_id = (await bench.call("POST", "/firm-quotes", json=wish)).json()["quote_id"]
    await bench.sql.execute(
        "UPDATE firm_quotes SET locked_at = locked_at - $2::interval,"
        " expires_at = expires_at - $2::interval WHERE quote_id = $1",
        UUID(hex=quote_id[4:]),
        timedelta(seconds=61),
    )
    lot_id = await bench.lot()
    answer = await bench.instruct(lot_id, pay_currency="VND", firm_quote_id=quote_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "QUOTE_EXPIRED")
    fresh = answer.json()["errors"][0]["facts"]["new_quote_id"]
    confirmed = await bench.instruct(lot_id, pay_currency="VND", firm_quote_id=fresh)
    assert confirmed.status_code == 201
    other = await bench.instruct(await bench.lot(), pay_currency="VND", firm_quote_id=fresh)
    assert other.json()["code"] == "QUOTE_USED"


async def test_another_currency_needs_a_quote_for_the_same_sum(bench: Bench) -> None:
    lot_id = await bench.lot()
    answer = await bench.instruct(lot_id, pay_currency="VND")
    assert answer.json()["code"] == "QUOTE_REQUIRED"
    await (await bench.bank(BICS[0])).quote("CNY/VND", "3560", "1000000")
    wish = {"amount": "100.00", "currency": "CNY", "pay_currency": "VND"}
    quote_id = (await bench.call("POST", "/firm-quotes", json=wish)).json()["quote_id"]
    answer = await bench.instruct(lot_id, pay_currency="VND", firm_quote_id=quote_id)
    assert answer.json()["code"] == "QUOTE_MISMATCH"


@pytest.mark.parametrize(("amount", "gives", "gets"), [("0", "CNY", "VND"), ("1", "VND", "CNY")])
async def test_a_sum_that_gives_nothing_in_the_other_currency_is_too_small(
    bench: Bench, amount: str, gives: str, gets: str
) -> None:
    await (await bench.bank(BICS[0])).quote("CNY/VND", "3560", "1000000")
    wish = {"amount": amount, "currency": gives, "pay_currency": gets}
    answer = await bench.call("POST", "/firm-quotes", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (409, "AMOUNT_TOO_SMALL")


async def test_without_a_price_there_is_no_quote(bench: Bench) -> None:
    wish = {"amount": "100.00", "currency": "CNY", "pay_currency": "VND"}
    answer = await bench.call("POST", "/firm-quotes", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (409, "QUOTE_UNAVAILABLE")
    assert (await bench.call("GET", f"{MARKET}/prices/current")).status_code == 409


async def test_an_unregistered_seller_is_named_as_the_reason(bench: Bench) -> None:
    answer = await bench.instruct(await bench.lot(seller="Nobody knows"))
    assert answer.json()["code"] == "SELLER_UNKNOWN"


async def test_an_account_that_the_registry_changes_after_the_declaration_gets_nothing(
    bench: Bench,
) -> None:
    seller, code = f"Redirected {uuid4().hex[:8]}", f"S-{uuid4().hex[:8]}"
    await seller_filed(bench.sql, seller, code=code, account="0011002233445")
    bound = {"seller_account": "0011002233445", "seller_account_bic": "BFTVVNVX"}
    lot_id = await bench.lot(seller=seller, seller_code=code, **bound)
    await bench.sql.execute(
        "UPDATE sellers SET account = '6660006660006', bank_bic = 'ICBVVNVX'"
        " WHERE seller_code = $1",
        code,
    )
    made = (await bench.instruct(lot_id)).json()
    assert made["state"] == "OFFERED", "nothing differs from what was declared"
    paid_to = await bench.sql.fetchrow(
        "SELECT seller_bank_bic, seller_account FROM settlement_instructions"
        " WHERE instruction_id = $1",
        UUID(hex=made["instruction_id"][4:]),
    )
    assert tuple(paid_to or ()) == ("BFTVVNVX", "0011002233445")


async def test_strangers_neither_see_nor_instruct_a_lot(bench: Bench) -> None:
    lot_id = await bench.lot()
    stranger = await bench.instruct(lot_id, party="group:OTHER")
    assert (stranger.status_code, stranger.json()["code"]) == (404, "NOT_FOUND")
    instruction_id = (await bench.instruct(lot_id)).json()["instruction_id"]
    path = f"/instructions/{instruction_id}"
    assert (await bench.call("GET", path, party="group:OTHER")).status_code == 404
    assert (await bench.call("GET", path, role="auditor", party="auditor:1")).status_code == 200


async def test_a_bank_instructs_no_payment(bench: Bench) -> None:
    answer = await bench.instruct(await bench.lot(), role="bank", party=f"bank:{BICS[0]}")
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


async def test_an_instruction_is_found_by_the_clients_own_reference(bench: Bench) -> None:
    reference = f"Pay-{uuid4().hex}/1-12"
    made = (await bench.instruct(await bench.lot(), client_reference=reference)).json()
    for spelled in (reference, reference.upper(), reference.replace("-", "_")):
        found = await bench.call("GET", "/instructions", params={"client_reference": spelled})
        ids = [item["instruction_id"] for item in found.json()["items"]]
        assert ids == [made["instruction_id"]], spelled
    for spelled in (
        reference,
        reference.lower(),
        reference.replace("/", "."),
        f"\u200b{reference}",
    ):
        again = await bench.instruct(await bench.lot(), client_reference=spelled)
        assert again.json()["code"] == "DUPLICATE_REFERENCE", spelled
    other = await bench.instruct(
        await bench.lot(), client_reference=reference.replace("1-12", "11-2")
    )
    assert other.status_code == 201


async def test_lists_are_paged_without_gaps_or_repeats(bench: Bench) -> None:
    made = [(await bench.instruct(await bench.lot())).json()["instruction_id"] for _ in range(5)]
    found: list[str] = []
    params = {"limit": "2"}
    while len(found) < 5:
        page = (await bench.call("GET", "/instructions", params=params)).json()
        found += [i["instruction_id"] for i in page["items"]]
        params["cursor"] = page["next_cursor"]
    assert (found, page["next_cursor"]) == (made[::-1], None)


@pytest.mark.parametrize("habit", [Habit.ANSWER, Habit.TWICE])
async def test_a_bank_that_answers_twice_pays_once(bench: Bench, habit: Habit) -> None:
    instruction_id = await bench.start(await bench.lot())
    bank = await bench.bank((await bench.until(instruction_id, "OFFERED"))["bank_bic"])
    bank.habit = habit
    await bank.work_once()
    await bench.until(instruction_id, "SETTLED")
    assert await bench.ledger(instruction_id) == ["RESERVE", "POST"]


async def test_a_refusing_bank_voids_the_reservation_and_gives_the_value_back(
    bench: Bench,
) -> None:
    lot_id = await bench.lot()
    instruction_id = await bench.start(lot_id)
    bank = await bench.bank((await bench.until(instruction_id, "OFFERED"))["bank_bic"])
    await bank.take_habit(Habit.REFUSE)
    await bank.work_once()
    rejected = await bench.until(instruction_id, "REJECTED")
    await bank.take_habit(Habit.ANSWER)
    assert rejected["bank_reason"] == "AM04"
    assert [a["kind"] for a in rejected["advices"]] == ["RETURN"]
    assert await bench.ledger(instruction_id) == ["RESERVE", "VOID"]
    assert await bench.posted(instruction_id, "PENDING") == {}
    assert await bench.posted(instruction_id) == {}
    assert await bench.drawn(lot_id) == 0
    retried = await bench.start(lot_id)
    await bench.until(retried, "OFFERED")
    await bank.work_once()
    await bench.until(retried, "SETTLED")


async def test_a_silent_bank_is_never_taken_for_a_payer(bench: Bench) -> None:
    instruction_id = await bench.start(await bench.lot())
    bank = await bench.bank((await bench.until(instruction_id, "OFFERED"))["bank_bic"])
    await bank.take_habit(Habit.SILENT)
    await bank.work_once()
    assert (await bench.read(instruction_id))["state"] == "OFFERED"
    assert await bench.posted(instruction_id) == {}
    await bank.take_habit(Habit.ANSWER)
    await bench.sql.execute(
        "UPDATE bank_messages SET asked_count = 1, asked_at = now() WHERE instruction_id = $1",
        UUID(hex=instruction_id[4:]),
    )
    assert await bank.work_once() >= 1, "asked again, the bank looks into its book"
    await bench.until(instruction_id, "SETTLED")
