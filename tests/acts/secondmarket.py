"""Acts of a factory that buys, and of whoever sells to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from tests.acts.asked import Asked, Builder
from tests.acts.lots import becomes
from tests.support.asleep import Asleep
from tests.support.factory import Factory, M, factory_filed, pass_gate

CASHEWS: Final = "08013100"


async def factory_of(asleep: Asleep) -> Factory:
    """A factory of this port, filed to process cashew nuts."""
    return await factory_filed(asleep.harbour.window, port=asleep.harbour.port)


def by_factory(
    plant: Factory, path: str, body: dict[str, Any], other: dict[str, Any], *events: str
) -> Asked:
    """What a factory asks for; ``other`` is changed in another request of it."""
    party = f"enterprise:{plant.code}"
    return Asked("enterprise", party, path, body, {**body, **other}, events)


async def order_created(asleep: Asleep) -> Asked:
    body = {
        "reference": f"O-{uuid4().hex[:12]}",
        "hs_code": CASHEWS,
        "wanted_kg": "24000.000",
        "unit_price": "9.20",
    }
    plant = await factory_of(asleep)
    return by_factory(plant, f"{M}/orders", body, {"unit_price": "9.30"}, "OrderCreated")


async def order_taken_back(asleep: Asleep) -> Asked:
    """With it a lot that was offered to it is to be offered anew."""
    plant = await factory_of(asleep)
    order_id, lot_id = await plant.order(), await asleep.released()
    assert (await plant.try_offer(order_id, lot_id)).status_code == 201
    path = f"{M}/orders/{order_id}/cancellation"
    return by_factory(plant, path, {}, {"again": True}, "OrderCancelled", "LotOfferLapsed")


async def lot_offered(asleep: Asleep) -> Asked:
    order_id = await (await factory_of(asleep)).order()
    lot_id = await asleep.released()
    body = {"order_id": order_id, "lot_id": lot_id, "unit_price": "75.00"}
    other = {**body, "unit_price": "76.00"}
    party = await seller_of(asleep, lot_id)
    return Asked("clerk", party, f"{M}/offers", body, other, ("LotOffered",))


async def offer_withdrawn(asleep: Asleep) -> Asked:
    plant = await factory_of(asleep)
    order_id, lot_id = await plant.order(), await asleep.released()
    assert (await plant.try_offer(order_id, lot_id)).status_code == 201
    body = {"order_id": order_id, "lot_id": lot_id}
    return Asked(
        *("clerk", await seller_of(asleep, lot_id), f"{M}/offers/withdrawal"),
        *(body, {**body, "order_id": await plant.order()}),
        ("LotOfferWithdrawn",),
    )


async def seller_of(asleep: Asleep, lot_id: str) -> str:
    """The party for whose residents a lot is sold."""
    return f"group:{(await asleep.harbour.lot(lot_id))['group_code']}"


async def lot_bought(asleep: Asleep) -> Asked:
    """Before its goods are out nothing follows but the gate."""
    plant = await factory_of(asleep)
    order_id, lot_id = await plant.order(), await asleep.released()
    assert (await plant.try_offer(order_id, lot_id)).status_code == 201
    body = {"order_id": order_id, "lot_id": lot_id}
    other = {"order_id": await plant.order()}
    return by_factory(plant, f"{M}/purchases", body, other, "LotBought", "LotBought")


async def lot_bought_when_out(asleep: Asleep) -> Asked:
    asked = await lot_bought(asleep)
    assert isinstance(asked.body, dict)
    lot_id = str(asked.body["lot_id"])
    await pass_gate(asleep.harbour.window, lot_id, asleep.harbour.gate)
    return replace(asked, carrying_out="SALE", lot_id=lot_id, follows=becomes(lot_id, "SOLD"))


ACTS: Final[dict[str, tuple[Builder, ...]]] = {
    f"POST {M}/orders": (order_created,),
    f"POST {M}/orders/{{order_id}}/cancellation": (order_taken_back,),
    f"POST {M}/offers": (lot_offered,),
    f"POST {M}/offers/withdrawal": (offer_withdrawn,),
    f"POST {M}/purchases": (lot_bought, lot_bought_when_out),
}
