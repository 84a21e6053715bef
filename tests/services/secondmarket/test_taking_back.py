"""A factory takes its order back, whole or what is left of it."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from deploy.operate.verify.headers import differing_headers
from services.kernel.identifiers import uuid_of
from tests.services.processing.conftest import Factories, M, released
from tests.services.secondmarket.test_buying_at_once import held, turn
from tests.services.window.test_work import waiting
from tests.support.asleep import Asleep
from tests.support.factory import factory_filed
from tests.support.harbour import PASSED
from tests.support.window import Group, Window, codes


def cancellation(order_id: str) -> str:
    return f"{M}/orders/{order_id}/cancellation"


async def test_an_order_that_nothing_was_bought_under_is_taken_back_and_its_offers_lapse(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    clerk = window.parties.act_as("clerk", f"group:{group.code}")
    order_id, lot_id = await buyer.order(), await released(window, group)
    assert (await buyer.try_offer(order_id, lot_id)).status_code == 201
    assert await waiting(buyer.party, lot_id) == [(lot_id, "PURCHASE")]
    taken = await buyer.party.try_post(cancellation(order_id), {})
    assert taken.status_code == 200, taken.text
    assert (taken.json()["filled"], taken.json()["cancelled_at"] is None) == (False, False)
    assert await waiting(buyer.party, lot_id, order_id) == []
    assert (lot_id, "SALE") in await waiting(clerk, lot_id)
    shown = await buyer.party.get(f"/window/v1/cases/{order_id}")
    assert shown["state"] == "CANCELLED"
    told = await window.sql.fetch(
        "SELECT type FROM events WHERE case_id = ANY ($1) AND step LIKE ANY ('{cancel,lapse:%}')",
        [UUID(hex=order_id[4:]), UUID(hex=lot_id[4:])],
    )
    assert {row["type"] for row in told} == {"OrderCancelled", "LotOfferLapsed"}
    for refused in (
        await buyer.try_offer(order_id, lot_id),
        await buyer.party.try_post(f"{M}/purchases", {"order_id": order_id, "lot_id": lot_id}),
    ):
        assert (refused.status_code, codes(refused)) == (409, ["ORDER_CANCELLED"])
    assert (await buyer.try_buy(await buyer.order(), lot_id)).status_code == 201


async def test_what_is_left_of_an_order_is_taken_back_and_what_was_bought_stands(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    order_id = await buyer.order()
    lot_id = await released(window, group)
    purchase_id = await buyer.buy(lot_id, order_id)
    assert (await buyer.party.try_post(cancellation(order_id), {})).status_code == 200
    assert (await buyer.party.get(f"{M}/purchases/{purchase_id}"))["state"] == "BOUGHT"
    twice = await buyer.party.try_post(cancellation(order_id), {"again": True})
    assert (twice.status_code, codes(twice)) == (409, ["STATE_CONFLICT"])


async def test_a_lot_that_another_order_of_the_factory_may_buy_stays_on_its_desk(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    lot_id = await released(window, group)
    one, other = await buyer.order(), await buyer.order()
    for order_id in (one, other):
        assert (await buyer.try_offer(order_id, lot_id)).status_code == 201
    assert (await buyer.party.try_post(cancellation(one), {})).status_code == 200
    assert await waiting(buyer.party, lot_id) == [(lot_id, "PURCHASE")]
    clerk = window.parties.act_as("clerk", f"group:{group.code}")
    assert (lot_id, "SALE") not in await waiting(clerk, lot_id)


async def test_only_the_factory_itself_takes_its_order_back_and_no_filled_one(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer, rival = await factory(), await factory()
    order_id = await buyer.order(wanted_kg="10")
    foreign = await rival.party.try_post(cancellation(order_id), {})
    assert (foreign.status_code, codes(foreign)) == (404, ["NOT_FOUND"])
    await buyer.buy(await released(window, group), order_id)
    filled = await buyer.party.try_post(cancellation(order_id), {})
    assert (filled.status_code, codes(filled)) == (409, ["STATE_CONFLICT"])


async def test_of_a_purchase_and_the_taking_back_of_its_order_at_once_both_end_consistently(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    for number in group.residents[:4]:
        order_id = await buyer.order()
        lot_id = await released(window, group, residents=[number])
        assert (await buyer.try_offer(order_id, lot_id)).status_code == 201
        wanted = {"order_id": order_id, "lot_id": lot_id}
        bought, taken = await asyncio.gather(
            buyer.party.try_post(f"{M}/purchases", wanted),
            buyer.party.try_post(cancellation(order_id), {}),
        )
        assert taken.status_code == 200, taken.text
        assert bought.status_code in (201, 409), bought.text
        kg = (await buyer.party.get(f"{M}/orders/{order_id}"))["bought_kg"]
        assert (float(kg) > 0) == (bought.status_code == 201)


async def test_taking_an_order_back_waits_for_no_lot_that_was_bought_under_it(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    order_id, lot_id = await buyer.order(), await released(window, group)
    await buyer.buy(lot_id, order_id)
    async with held(window, turn(lot_id), until_waiting=0):
        taken = await buyer.party.try_post(cancellation(order_id), {})
    assert taken.status_code == 200, taken.text


@pytest.mark.parametrize("taken_back", ["the order", "the offer"])
async def test_goods_that_were_sent_back_are_offered_to_nobody_anew(
    asleep: Asleep, taken_back: str
) -> None:
    harbour = asleep.harbour
    buyer = await factory_filed(harbour.window, port=harbour.port)
    order_id, lot_id = await buyer.order(), await asleep.released()
    assert (await buyer.try_offer(order_id, lot_id)).status_code == 201
    officer = harbour.officer(await harbour.hire())
    called_in = await officer.post(f"/risk/v1/lots/{lot_id}/call-ins", {"grounds": "the seal"})
    await asleep.attended(called_in["order_id"])
    sent_back = {**PASSED, "method": "FULL", "results": ["NAME"], "disposal": "RETURN"}
    await harbour.dispose(called_in["order_id"], sent_back)
    await asleep.attended(lot_id)
    lot = await harbour.lot(lot_id)
    assert lot["state"] == "RETURNED"
    clerk = harbour.window.parties.act_as("clerk", f"group:{lot['group_code']}")
    if taken_back == "the order":
        answer = await buyer.party.try_post(cancellation(order_id), {})
    else:
        answer = await clerk.try_post(
            f"{M}/offers/withdrawal", {"order_id": order_id, "lot_id": lot_id}
        )
    assert answer.status_code == 200, answer.text
    assert "SALE" not in [code for _, code in await waiting(clerk, lot_id)]
    async with harbour.window.assembly.database("window").reading() as tx:
        assert await differing_headers(tx, {uuid_of(lot_id, "lot"): []}) == {}
