"""A bank waits for its messages, a payer for the end of a payment; neither asks again and again."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from tests.support.bench import BICS, Bench

PATIENCE_S = 30.0
LIST = "/settlement/v1/bank/messages?limit=200"


async def listed(bench: Bench, bic: str, **headers: str) -> httpx2.Response:
    """A bank's list, perhaps waited for."""
    return await bench.signed(bic).send("GET", LIST, headers=headers)


async def begun(bench: Bench, waiting: int) -> None:
    """Until so many wait."""
    async with asyncio.timeout(PATIENCE_S):
        while bench.services.waiting.of.total() != waiting:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.02)


async def etag(bench: Bench, bic: str) -> str:
    """The list as the bank has it."""
    return str((await listed(bench, bic)).headers["etag"])


@pytest.mark.slow
async def test_a_bank_is_answered_when_a_message_is_written_for_it(bench: Bench) -> None:
    seen = {bic: await etag(bench, bic) for bic in BICS}
    banks = {
        bic: asyncio.create_task(
            listed(bench, bic, **{"Prefer": "wait=4", "If-None-Match": seen[bic]})
        )
        for bic in BICS
    }
    await begun(bench, len(BICS))

    paid = await bench.start(await bench.lot())
    chosen = (await bench.read(paid))["bank_bic"]
    answers = {bic: await waiting for bic, waiting in banks.items()}

    assert answers[chosen].status_code == 200
    assert answers[chosen].headers["preference-applied"] == "wait=4"
    assert paid in [item["instruction_id"] for item in answers[chosen].json()["items"]]
    for bic, answer in answers.items():
        # Payments that neighbours left may be asked about meanwhile: that is a list of its own.
        if bic != chosen and answer.status_code != 304:
            assert answer.headers["etag"] != seen[bic]
            assert paid not in answer.text
    await begun(bench, 0)


async def test_a_list_with_something_in_it_is_answered_at_once(bench: Bench) -> None:
    paid = await bench.start(await bench.lot())
    bic = (await bench.read(paid))["bank_bic"]
    answer = await listed(bench, bic, Prefer="wait=30")
    assert answer.status_code == 200
    assert answer.json()["items"]


async def test_a_signature_is_asked_for_before_anybody_waits(bench: Bench) -> None:
    bearer = bench.bearer("bank", f"bank:{BICS[0]}", None)
    headers = {"Authorization": f"Bearer {bearer}", "Prefer": "wait=30"}
    answer = await bench.http.get(LIST, headers=headers)
    assert answer.status_code == 401


async def test_a_payer_is_answered_when_the_bank_has_paid(bench: Bench) -> None:
    paid = await bench.start(await bench.lot())
    shown = await bench.read(paid)

    async def patient(**headers: str) -> dict[str, Any]:
        bearer = bench.bearer("clerk", f"group:{bench.group}", None)
        answer = await bench.http.get(
            f"/settlement/v1/instructions/{paid}",
            headers={"Authorization": f"Bearer {bearer}", "Prefer": "wait=30", **headers},
        )
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    change = asyncio.create_task(patient(**{"If-None-Match": f'"{shown["version"]}"'}))
    end = asyncio.create_task(patient())
    await begun(bench, 2)
    await (await bench.bank(shown["bank_bic"])).work_once()

    assert (await change)["version"] > shown["version"]
    assert (await end)["state"] == "SETTLED"
