"""From the green lane to the factory's scale, through every service and every case."""

from __future__ import annotations

from tests.services.processing.conftest import Factories, P, pass_gate
from tests.support.harbour import Harbour


async def test_a_sold_lot_is_followed_from_its_release_to_the_factory(
    harbour: Harbour, factory: Factories
) -> None:
    plant = await factory()
    group = await harbour.group(3)
    lot_id = await harbour.released(group, values=["7000.00"] * 3, residents=group.residents[:3])
    purchase_id = await plant.buy(lot_id)
    await pass_gate(harbour.window, lot_id, harbour.gate)
    await harbour.until(group.clerk, lot_id, "SOLD")
    movement = {"seal_no": "S-0007", "vehicle_plate": "桂P12345"}
    await plant.party.post(f"{P}/purchases/{purchase_id}/movement", movement)
    book_id = await plant.open_book()
    assert (await plant.receive(purchase_id, book_id, "300")).status_code == 201
    chain = await harbour.events(lot_id)
    assert chain[-6] == "LotOffered"
    assert chain[-5:] == ["LotBought", "GatePassed", "LotSold", "GoodsDispatched", "GoodsReceived"]
    assert await harbour.events(book_id) == ["BookOpened", "GoodsReceived"]


async def test_what_waits_for_its_inspection_is_not_for_sale(
    harbour: Harbour, factory: Factories
) -> None:
    plant = await factory()
    lot = await harbour.inspected(await harbour.group())
    refused = await plant.try_buy(await plant.order(), lot["lot_id"])
    assert [e["code"] for e in refused.json()["errors"]] == [
        "NOT_RELEASED",
        "COMMODITY_MISMATCH",
        "NOT_FILED",
    ]
