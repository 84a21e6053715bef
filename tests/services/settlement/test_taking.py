"""A bank's first taking of a message is an act of the record; every later one only reads."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from tests.services.settlement.payments import Offered, one_offered
from tests.support.bench import API, Bench


@pytest.fixture
async def offered(bench: Bench) -> Offered:
    """A lot's payment of 7,934.00 that waits for its bank."""
    return await one_offered(bench)


async def said(bench: Bench, case: str) -> list[tuple[str, str]]:
    """What a payment's chain says of its being taken, and by whom."""
    rows = await bench.sql.fetch(
        "SELECT type, actor::jsonb ->> 'party' AS party FROM events"
        " WHERE case_id = $1 AND type IN ('PaymentMessageTaken', 'HeldPaymentAsTaken')"
        " ORDER BY seq",
        UUID(hex=case[4:]),
    )
    return [(row["type"], row["party"]) for row in rows]


async def test_a_message_is_taken_once_whoever_asks_how_often(
    bench: Bench, offered: Offered
) -> None:
    before = await bench.read(offered.instruction_id)
    address = f"{API}/bank/messages/{offered.message_id}"
    answers = await asyncio.gather(*(offered.client.get(address) for _ in range(4)))
    answers.append(await offered.client.get(address))

    assert {(a.status_code, a.content) for a in answers} == {(200, answers[0].content)}
    taken = ("PaymentMessageTaken", f"bank:{offered.bic}")
    assert await said(bench, offered.instruction_id) == [taken]
    # Its payer is told nothing of it, not by a version either.
    assert await bench.read(offered.instruction_id) == before


async def test_whoever_enters_an_answer_by_hand_has_taken_the_message(
    bench: Bench, offered: Offered
) -> None:
    await bench.on_file(offered.bic, "takes", duty="answers")
    who = {"role": "bank", "party": f"bank:{offered.bic}", "subject": "takes"}
    word = {"instruction_id": offered.instruction_id, "code": "ACSP"}
    assert (await bench.call("POST", "/answers", json=word, **who)).status_code == 201
    path = f"/instructions/{offered.instruction_id}/message"
    assert (await bench.call("GET", path, **who)).status_code == 200

    taken = ("PaymentMessageTaken", f"bank:{offered.bic}")
    assert await said(bench, offered.instruction_id) == [taken]
