"""From the lot's own case to the bank and back: the release lets the money go, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import uuid4

import httpx2

from deploy.sandbox.bank import SandboxBank, SignedClient
from services.kernel.identifiers import uuid_of
from tests.support.bench import Bench
from tests.support.on_file import officers_as, rule_approved
from tests.support.patience import LOOKS
from tests.support.window import Group, Window


async def eventually(read: Callable[[], Awaitable[Any]], wanted: Callable[[Any], bool]) -> Any:
    """What is read once it is as wanted."""
    for _ in range(LOOKS):
        found = await read()
        if wanted(found):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {found}")


async def some_rule_in_force(window: Window) -> None:
    """Screening lets nothing go before two risk officers have put a rule book in force."""
    author, approver = await officers_as(window.parties, window.sql, "risk_officer")
    code = f"SETTLE_{uuid4().hex[:8].upper()}"
    await rule_approved(author, approver, code=code, lane="RED", goods="99999999")


async def released(window: Window, group: Group, *, purpose: str = "OWN_USE") -> str:
    """A confirmed lot that screening let go; one drawn for inspection is replaced by another."""
    for buyer in group.residents:
        lot_id = await window.confirmed(
            group, residents=[buyer], seller="Settlement Test Seller", purpose=purpose
        )
        path = f"/declaration/v1/lots/{lot_id}"
        lot = await eventually(
            partial(group.clerk.get, path),
            lambda lot: lot["state"] in ("RELEASED", "IN_INSPECTION"),
        )
        if lot["state"] == "RELEASED":
            return lot_id
    raise AssertionError("every lot was drawn for inspection")


async def instruct(group: Group, lot_id: str) -> httpx2.Response:
    body = {
        "client_reference": uuid4().hex,
        "lot_id": lot_id,
        "amount": "7000.00",
        "purpose_code": "GOD",
    }
    return await group.clerk.try_post("/settlement/v1/instructions", body)


async def test_a_released_lot_is_paid_by_the_bank_and_its_case_closes(
    bench: Bench, window: Window
) -> None:
    await some_rule_in_force(window)
    group = await window.group()
    lot_id = await released(window, group)
    answer = await instruct(group, lot_id)
    assert answer.status_code == 201, answer.text
    case, bic = answer.json()["instruction_id"], answer.json()["bank_bic"]
    path = f"/settlement/v1/instructions/{case}"
    await eventually(lambda: group.clerk.get(path), lambda found: found["state"] == "OFFERED")
    bearer = window.parties.act_as("bank", f"bank:{bic}").bearer
    client = SignedClient(window.parties.http, bic, bearer, bench.keys[bic])
    bank = SandboxBank(client, bench.book)
    await bank.open()
    await bank.work_once()
    await eventually(lambda: group.clerk.get(path), lambda found: found["state"] == "SETTLED")
    gate = {"vehicle_plate": "桂P12345", "gross_kg": "110"}
    await window.gate.post(f"/gate/v1/lots/{lot_id}/passes", gate)
    lot = await eventually(
        lambda: group.clerk.get(f"/declaration/v1/lots/{lot_id}"),
        lambda found: found["state"] == "CLOSED",
    )
    assert lot["state"] == "CLOSED"
    settled = await window.sql.fetchval(
        "SELECT sum(settled_minor)::bigint FROM v_settlements WHERE lot_id = $1",
        uuid_of(lot_id, "lot"),
    )
    assert settled == 700000


async def test_w28_a_lot_before_release_is_not_paid(bench: Bench, window: Window) -> None:
    group = await window.group(mandated=False)
    lot_id = await window.accepted(group, seller="Settlement Test Seller")
    answer = await instruct(group, lot_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "NOT_RELEASED")
