"""A payer takes an instruction back while its bank has not taken the message; afterwards not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest

from tests.services.settlement.payments import Offered, one_offered
from tests.services.settlement.test_attending import attended, offered_at, questions
from tests.support.bench import API, Bench


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    """A lot's payment of 7,934.00 that waits for its bank."""
    return await one_offered(bench)


async def cancel(bench: Bench, offered: Offered, **who: str) -> httpx2.Response:
    return await bench.call("POST", f"/instructions/{offered.instruction_id}/cancellation", **who)


async def fetch(offered: Offered) -> httpx2.Response:
    return await offered.client.get(f"{API}/bank/messages/{offered.message_id}")


async def test_what_a_silent_bank_has_not_taken_is_taken_back_and_the_lot_paid_anew(
    bench: Bench, offered: Offered
) -> None:
    answer = await cancel(bench, offered)
    assert (answer.status_code, answer.json()["state"]) == (200, "CANCELLED")
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "VOID"]
    assert await bench.drawn(offered.lot_id) == 0
    assert (await fetch(offered)).status_code == 404
    again = await bench.read(await bench.start(offered.lot_id))
    assert again["state"] == "OFFERED"
    twice = await cancel(bench, offered)
    assert (twice.status_code, twice.json()["code"]) == (409, "STATE_CONFLICT")


async def test_what_its_bank_has_taken_is_the_banks_to_end(bench: Bench, offered: Offered) -> None:
    assert (await fetch(offered)).status_code == 200
    answer = await cancel(bench, offered)
    assert (answer.status_code, answer.json()["code"]) == (409, "WITH_THE_BANK")
    assert await bench.ledger(offered.instruction_id) == ["RESERVE"]
    assert await bench.drawn(offered.lot_id) == 793400
    assert (await offered.answer("ACSC")).status_code == 202


async def test_a_bank_that_says_it_paid_what_was_taken_back_is_disputed(
    bench: Bench, offered: Offered
) -> None:
    await cancel(bench, offered)
    answer = await offered.answer("ACSC")
    assert (answer.status_code, answer.json()["code"]) == (409, "STATE_CONFLICT")
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "VOID"]
    again = await bench.start(offered.lot_id)
    assert (await bench.inside(again))["held_for"] == ["EARLIER_PAYMENT_DISPUTED"]


async def test_of_a_bank_that_takes_and_a_payer_who_takes_back_one_is_first(bench: Bench) -> None:
    for _ in range(6):
        offered = await one_offered(bench)
        fetched, cancelled = await asyncio.gather(fetch(offered), cancel(bench, offered))
        assert (fetched.status_code, cancelled.status_code) in {(200, 409), (404, 200)}


async def lot_stands(bench: Bench, offered: Offered, state: str) -> None:
    """The payment's lot as customs has it by now."""
    lot = UUID(hex=offered.lot_id[4:])
    await bench.sql.execute("UPDATE lots SET state = $2 WHERE lot_id = $1", lot, state)


async def offers(offered: Offered) -> bool:
    """Whether the payment stands in the list of what waits for its bank."""
    listed = await offered.client.get(f"{API}/bank/messages", limit="200")
    return offered.message_id in {m["message_id"] for m in listed.json()["items"]}


async def test_what_a_bank_has_not_taken_of_a_lot_that_is_called_in_waits_for_its_release(
    bench: Bench, offered: Offered
) -> None:
    await lot_stands(bench, offered, "IN_INSPECTION")
    refused = await fetch(offered)
    assert (refused.status_code, refused.json()["code"]) == (409, "NOT_RELEASED")
    assert not await offers(offered)
    now = await offered_at(bench, offered.instruction_id) + timedelta(hours=1)
    standing = await attended(bench, offered.instruction_id, now)
    assert (standing.state, standing.ended) == ("OFFERED", False)
    assert await questions(bench, offered.instruction_id) == (0, None)
    await lot_stands(bench, offered, "RELEASED")
    assert await offers(offered)
    assert (await fetch(offered)).status_code == 200


async def test_what_a_bank_has_not_taken_of_goods_that_never_come_is_taken_back(
    bench: Bench, offered: Offered
) -> None:
    await lot_stands(bench, offered, "SEIZED")
    assert (await fetch(offered)).status_code == 409
    for _ in range(2):
        standing = await attended(bench, offered.instruction_id)
        assert (standing.state, standing.ended) == ("CANCELLED", True)
    assert (await fetch(offered)).status_code == 404
    assert (await bench.events(offered.instruction_id)).count("SettlementCancelled") == 1
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "VOID"]
    assert await bench.drawn(offered.lot_id) == 0
    assert await waits_of(bench, offered.lot_id) == []


async def test_what_a_bank_has_taken_of_goods_that_never_come_is_the_banks_to_end(
    bench: Bench, offered: Offered
) -> None:
    assert (await fetch(offered)).status_code == 200
    await lot_stands(bench, offered, "RETURNED")
    assert (await attended(bench, offered.instruction_id)).state == "OFFERED"
    assert (await fetch(offered)).status_code == 200
    assert (await offered.answer("RJCT", reason="AC04")).status_code == 202
    assert await bench.ledger(offered.instruction_id) == ["RESERVE", "VOID"]
    assert await waits_of(bench, offered.lot_id) == []


async def waits_of(bench: Bench, case: str) -> list[str]:
    """What a case waits for."""
    rows = await bench.sql.fetch(
        "SELECT code FROM case_waits WHERE case_id = $1", UUID(hex=case[4:])
    )
    return [row["code"] for row in rows]


async def test_a_payment_that_is_held_is_taken_back_too(bench: Bench) -> None:
    lot_id = await bench.lot()
    held = await bench.start(lot_id, "3000.00")
    answer = await bench.call("POST", f"/instructions/{held}/cancellation")
    assert (answer.status_code, answer.json()["state"]) == (200, "CANCELLED")
    assert (await bench.ledger(held), await bench.drawn(lot_id)) == ([], 0)
    assert (await bench.read(await bench.start(lot_id)))["state"] == "OFFERED"


async def test_nobody_takes_back_what_is_not_his(bench: Bench, offered: Offered) -> None:
    other = await cancel(bench, offered, party="group:SOMEBODY")
    assert (other.status_code, other.json()["code"]) == (404, "NOT_FOUND")
    assert (await bench.read(offered.instruction_id))["state"] == "OFFERED"


async def test_a_payment_says_which_acts_are_open_to_its_reader(
    bench: Bench, offered: Offered
) -> None:
    async def acts(**who: str) -> list[str]:
        return list((await bench.read(offered.instruction_id, **who))["acts"])

    bank = f"bank:{offered.client.bic}"
    assert await acts() == ["cancel"]
    assert await acts(role="bank", party=bank) == ["progress", "settle", "reject"]
    assert await acts(role="bank_compliance", party=bank) == []
    assert await acts(role="auditor", party="auditor:A1") == []
    assert (await cancel(bench, offered)).is_success
    assert await acts() == await acts(role="bank", party=bank) == []
    (listed,) = (await bench.call("GET", f"/instructions?lot_id={offered.lot_id}")).json()["items"]
    assert listed["acts"] is None
