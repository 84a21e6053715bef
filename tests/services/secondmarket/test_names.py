"""Who deals with whom at the second market is named to the other side, and to nobody else."""

from __future__ import annotations

from deploy.sandbox.parties import Party
from tests.services.processing.conftest import Factories, M, released
from tests.support.window import Group, Window

NAMES = "/registry/v1/names"


async def told(party: Party, named: str, *cases: str) -> bool:
    """Whether a party is told the name of another."""
    return bool((await party.get(NAMES, parties=named, cases=",".join(cases)))["items"])


async def test_a_factory_is_named_to_sellers_while_an_order_of_it_is_open(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    named = f"enterprise:{buyer.code}"
    phone = await window.phone(group.residents[0])
    before = [await told(seller, named) for seller in (group.clerk, phone)]
    order_id = await buyer.order()
    open_ = [await told(seller, named) for seller in (group.clerk, phone)]
    rival = await told((await factory()).party, named, order_id)
    await buyer.party.post(f"{M}/orders/{order_id}/cancellation", {})
    after = [await told(seller, named) for seller in (group.clerk, phone)]

    assert (before, open_, rival, after) == ([False] * 2, [True] * 2, False, [False] * 2)


async def test_a_group_is_named_to_the_factory_that_it_offers_a_lot_and_then_by_their_case(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer, rival = await factory(), await factory()
    lot_id, order_id = await released(window, group), await buyer.order()
    named = f"group:{group.code}"
    before = await told(buyer.party, named, lot_id)
    assert (await buyer.try_offer(order_id, lot_id)).status_code == 201
    offered = [await told(one.party, named) for one in (buyer, rival)]
    await buyer.party.post(f"{M}/purchases", {"order_id": order_id, "lot_id": lot_id})
    await buyer.party.post(f"{M}/orders/{order_id}/cancellation", {})
    sold = [
        await told(group.clerk, f"enterprise:{buyer.code}", lot_id),
        await told(buyer.party, named, lot_id),
        await told(rival.party, named, lot_id),
        await told(group.clerk, f"enterprise:{buyer.code}"),
    ]

    assert (before, offered) == (False, [True, False])
    assert sold == [True, True, False, False]
