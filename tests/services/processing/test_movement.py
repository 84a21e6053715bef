"""The escorted movement of a purchase to the factory."""

from __future__ import annotations

from tests.services.processing.conftest import Factories, M, P, pass_gate, released
from tests.support.window import Group, Window, codes


async def test_the_movement_begins_once_and_after_the_gate(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    lot_id = await released(window, group)
    purchase_id = await buyer.buy(lot_id)
    path = f"{P}/purchases/{purchase_id}/movement"
    body = {"seal_no": "S-1", "vehicle_plate": "桂P12345"}
    assert codes(await buyer.party.try_post(path, body)) == ["NOT_OUT_OF_GATE"]
    auditor = window.parties.act_as("auditor", "auditor:A1")

    async def acts() -> list[list[str]]:
        purchase = f"{M}/purchases/{purchase_id}"
        return [(await reader.get(purchase))["acts"] for reader in (buyer.party, auditor)]

    assert await acts() == [[], []], "what is still inside is not sent off"
    await pass_gate(window, lot_id)
    assert await acts() == [["dispatch"], []]
    assert (await buyer.party.try_post(path, body)).status_code == 201
    assert await acts() == [["receive"], []]
    (listed,) = (await buyer.party.get(f"{M}/purchases"))["items"]
    assert listed["acts"] is None
    assert codes(await buyer.party.try_post(path, body)) == ["ALREADY_DISPATCHED"]
    shown = await buyer.party.get(f"{M}/purchases/{purchase_id}")
    assert (shown["state"], shown["seal_no"]) == ("DISPATCHED", "S-1")
    book_id = await buyer.open_book()
    assert (await buyer.receive(purchase_id, book_id, "2000")).status_code == 201
    assert await acts() == [[], []]
