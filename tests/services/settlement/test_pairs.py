"""Gate and payment, sale and payment at once: whoever is last tells the lot's case, and it closes.

The acts stand in a row before the lot's turn, so that each order of the two is tried for certain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from deploy.sandbox.bank import SandboxBank, SignedClient
from services.kernel.identifiers import uuid_of
from tests.services.processing.conftest import Factories, factory
from tests.services.settlement.test_chain import eventually, instruct, released, some_rule_in_force
from tests.support.bench import Bench
from tests.support.patience import LOOKS
from tests.support.window import Group, Window

__all__ = ["factory"]

GATE = {"vehicle_plate": "桂P12345", "gross_kg": "110"}
Act = Callable[[], Awaitable[Any]]


async def one_after_the_other(sql: asyncpg.Pool, lot_id: str, *acts: Act) -> None:
    """All stand before the lot's turn before the first of them gets it."""
    begun = []
    async with sql.acquire() as other, other.transaction():
        await other.execute("SELECT lock_case($1, NULL)", uuid_of(lot_id, "lot"))
        for number, act in enumerate(acts, 1):
            begun.append(asyncio.ensure_future(act()))
            await standing_before_a_turn(sql, number)
    await asyncio.gather(*begun)


async def standing_before_a_turn(sql: asyncpg.Pool, number: int) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    for _ in range(LOOKS):
        if await sql.fetchval(waiting) >= number:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"fewer than {number} wait")


async def the_banks_word(bench: Bench, window: Window, group: Group, lot_id: str) -> Act:
    """The lot is being paid; what its bank does to say that it has been."""
    answer = await instruct(group, lot_id)
    assert answer.status_code == 201, answer.text
    bic = answer.json()["bank_bic"]
    bearer = window.parties.act_as("bank", f"bank:{bic}").bearer
    bank = SandboxBank(SignedClient(window.parties.http, bic, bearer, bench.keys[bic]), bench.book)
    await bank.open()
    return bank.work_once


async def closes(group: Group, lot_id: str) -> None:
    path = f"/declaration/v1/lots/{lot_id}"
    await eventually(lambda: group.clerk.get(path), lambda lot: lot["state"] == "CLOSED")


@pytest.mark.parametrize("payment_first", [True, False])
async def test_gate_and_payment_at_once_close_a_lot_for_own_use(
    bench: Bench, window: Window, payment_first: bool
) -> None:
    await some_rule_in_force(window)
    group = await window.group()
    lot_id = await released(window, group)
    word = await the_banks_word(bench, window, group, lot_id)

    async def gate() -> None:
        await window.gate.post(f"/gate/v1/lots/{lot_id}/passes", GATE)

    acts = (word, gate) if payment_first else (gate, word)
    await one_after_the_other(window.sql, lot_id, *acts)
    await closes(group, lot_id)


@pytest.mark.parametrize("payment_first", [True, False])
async def test_sale_and_payment_at_once_close_a_lot_for_resale(
    bench: Bench, window: Window, factory: Factories, payment_first: bool
) -> None:
    await some_rule_in_force(window)
    group = await window.group()
    lot_id = await released(window, group, purpose="RESALE")
    word = await the_banks_word(bench, window, group, lot_id)
    await window.gate.post(f"/gate/v1/lots/{lot_id}/passes", GATE)
    buyer = await factory()
    order_id = await buyer.order()
    await buyer.try_offer(order_id, lot_id)

    async def sale() -> None:
        bought = {"order_id": order_id, "lot_id": lot_id}
        await buyer.party.post("/secondmarket/v1/purchases", bought)

    acts = (word, sale) if payment_first else (sale, word)
    await one_after_the_other(window.sql, lot_id, *acts)
    await closes(group, lot_id)
