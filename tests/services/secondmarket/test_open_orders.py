"""Whoever may sell a lot reads to which orders it may be offered; nobody else does."""

from __future__ import annotations

from deploy.sandbox.parties import Party
from tests.services.processing.conftest import Factories, M, released
from tests.support.window import Group, Window


def _orders_of(lot_id: str) -> str:
    return f"{M}/lots/{lot_id}/orders"


async def test_a_seller_reads_the_open_orders_for_the_lots_goods_and_where_it_is_offered(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer, lot_id = await factory(), await released(window, group)
    fits, taken_back = await buyer.order(), await buyer.order()
    await buyer.party.post(f"{M}/orders/{taken_back}/cancellation", {})
    clerk = window.parties.act_as("clerk", f"group:{group.code}")

    async def listed() -> dict[str, dict[str, object]]:
        page = await clerk.get(_orders_of(lot_id), limit=200)
        items = page["items"]
        while page["next_cursor"] is not None:
            page = await clerk.get(_orders_of(lot_id), limit=200, cursor=page["next_cursor"])
            items += page["items"]
        return {str(one["order_id"]): one for one in items}

    found = await listed()
    assert fits in found
    assert taken_back not in found
    assert {one["hs_code"] for one in found.values()} == {"08013100"}
    assert (found[fits]["unit_price"], found[fits]["offered_at"]) == ("75.00", None)
    assert "reference" not in found[fits]
    assert (await buyer.try_offer(fits, lot_id)).status_code == 201
    assert (await listed())[fits]["offered_at"] is not None


async def test_who_may_not_sell_a_lot_reads_no_orders_by_it(
    window: Window, group: Group, factory: Factories
) -> None:
    await factory()
    lot_id = await released(window, group)
    rival = await window.group(1)
    member = window.parties.act_as(
        "resident", f"resident:{await window.resident_id(group.residents[0])}"
    )
    for stranger in (rival.clerk, member):
        headers = {"authorization": f"Bearer {stranger.bearer}"}
        answer = await stranger.http.get(_orders_of(lot_id), headers=headers)
        assert answer.status_code == 404, answer.text


async def test_a_seller_reads_who_bought_the_lot_and_for_how_much_and_nobody_else_does(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer, lot_id = await factory(), await released(window, group)
    clerk = window.parties.act_as("clerk", f"group:{group.code}")
    path = f"{M}/lots/{lot_id}/purchase"

    assert await _status(clerk, path) == 404
    purchase_id = await buyer.buy(lot_id)
    sold = await clerk.get(path)
    bought = await buyer.party.get(f"{M}/purchases/{purchase_id}")
    for name in ("purchase_id", "enterprise_code", "price", "bought_at"):
        assert sold[name] == bought[name]
    for stranger in ((await window.group(1)).clerk, buyer.party):
        assert await _status(stranger, path) == 404


async def _status(party: Party, path: str) -> int:
    headers = {"authorization": f"Bearer {party.bearer}"}
    return int((await party.http.get(path, headers=headers)).status_code)
