"""Buying released lots from their residents."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from asyncpg import IntegrityConstraintViolationError

from tests.services.processing.conftest import Factories, M, released
from tests.support.window import Group, Window, codes


async def test_a_bought_lot_pays_every_resident_and_its_case_learns_of_it(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    lot_id = await released(
        window, group, values=["7000.00", "7000.00", "7000.00"], kg_each="100.003"
    )
    answer = await buyer.try_buy(await buyer.order(), lot_id)
    assert answer.status_code == 201, answer.text
    bought = answer.json()
    assert bought["price"] == {"amount": "22500.68", "currency": "CNY"}
    assert bought["residents_income"]["amount"] == "1500.68"
    assert bought["tickets"] == 3
    incomes = []
    for number in group.residents[:3]:
        phone = await window.phone(number)
        (item,) = (await phone.get(f"{M}/incomes"))["items"]
        assert item["cost"]["amount"] == "7000.00"
        incomes.append(Decimal(item["proceeds"]["amount"]))
    assert sum(incomes) == Decimal("22500.68")
    assert sorted(incomes) == [Decimal("7500.22"), Decimal("7500.23"), Decimal("7500.23")]
    types = await window.sql.fetch(
        "SELECT type FROM events WHERE case_id = $1 AND type = 'LotBought'",
        UUID(hex=lot_id.removeprefix("lot_")),
    )
    assert len(types) == 1


async def test_no_lot_is_sold_without_its_residents_agreement_to_the_price(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    order, lot_id = await buyer.order(), await released(window, group)
    wanted = {"order_id": order, "lot_id": lot_id}
    unasked = await buyer.party.try_post(f"{M}/purchases", wanted)
    assert (unasked.status_code, codes(unasked)) == (409, ["NOT_OFFERED"])
    dearer = await buyer.try_offer(order, lot_id, price="75.01")
    assert (dearer.status_code, codes(dearer)) == (409, ["PRICE_DIFFERS"])
    assert dearer.json()["errors"][0]["facts"] == {"unit_price": "75"}
    assert codes(await buyer.party.try_post(f"{M}/purchases", wanted)) == ["NOT_OFFERED"]
    agreed = await buyer.try_offer(order, lot_id)
    assert (agreed.status_code, agreed.json()["enterprise_code"]) == (201, buyer.code)
    bought = await buyer.party.try_post(f"{M}/purchases", wanted)
    assert bought.status_code == 201
    assert bought.json()["price"] == agreed.json()["price"]


async def test_only_the_residents_side_agrees_and_to_one_order_only(
    window: Window, group: Group, factory: Factories
) -> None:
    first, second = await factory(), await factory()
    order, other = await first.order(), await second.order()
    lot_id = await released(window, group)
    stranger = await first.try_offer(order, lot_id, party="group:OTHER")
    assert stranger.status_code == 404
    body = {"order_id": order, "lot_id": lot_id, "unit_price": "75.00"}
    buyer = await first.party.try_post(f"{M}/offers", body)
    assert (buyer.status_code, codes(buyer)) == (403, ["FORBIDDEN"])
    assert (await first.try_offer(order, lot_id)).status_code == 201
    assert codes(await first.try_offer(order, lot_id)) == ["ALREADY_OFFERED"]
    wanted = {"order_id": other, "lot_id": lot_id}
    assert codes(await second.party.try_post(f"{M}/purchases", wanted)) == ["NOT_OFFERED"]
    nothing = await first.try_offer(f"ord_{'0' * 32}", lot_id)
    assert (nothing.status_code, nothing.json()["errors"][0]["pointer"]) == (404, "/order_id")


async def test_an_offer_is_taken_back_until_the_factory_has_bought(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    order, lot_id = await buyer.order(), await released(window, group)
    wanted = {"order_id": order, "lot_id": lot_id}
    path = f"{M}/offers/withdrawal"
    clerk = window.parties.act_as("clerk", f"group:{group.code}")
    assert codes(await clerk.try_post(path, wanted)) == ["NOT_OFFERED"]
    for _ in range(2):
        assert (await buyer.try_offer(order, lot_id)).status_code == 201
        stranger = window.parties.act_as("clerk", "group:OTHER")
        assert (await stranger.try_post(path, wanted)).status_code == 404
        assert (await clerk.try_post(path, wanted)).status_code == 200
        assert codes(await buyer.party.try_post(f"{M}/purchases", wanted)) == ["NOT_OFFERED"]
    await buyer.buy(lot_id, order)
    assert codes(await clerk.try_post(path, wanted)) == ["ALREADY_SOLD"]


async def test_both_sides_of_an_offer_read_it_until_the_factory_has_bought(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer, rival = await factory(), await factory()
    order, lot_id = await buyer.order(), await released(window, group)
    assert (await buyer.try_offer(order, lot_id)).status_code == 201
    clerk = window.parties.act_as("clerk", f"group:{group.code}")
    auditor = window.parties.act_as("auditor", "auditor:audit-1")
    for reader in (buyer.party, clerk, auditor):
        (offer,) = (await reader.get(f"{M}/offers", lot_id=lot_id))["items"]
        assert (offer["order_id"], offer["offered_by"]) == (order, f"group:{group.code}")
        assert offer["price"] == {"amount": "7500.00", "currency": "CNY"}
    stranger = window.parties.act_as("clerk", "group:OTHER")
    for reader in (rival.party, stranger):
        assert (await reader.get(f"{M}/offers", lot_id=lot_id))["items"] == []
    await buyer.buy(lot_id, order)
    assert (await buyer.party.get(f"{M}/offers", order_id=order))["items"] == []


async def test_what_cannot_be_sold_is_not_offered(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    one, two, three = ([number] for number in group.residents[:3])
    held = await window.accepted(group, residents=one)
    kept = await released(window, group, residents=two, purpose="OWN_USE")
    assert codes(await buyer.try_offer(await buyer.order(), held)) == ["NOT_RELEASED"]
    assert codes(await buyer.try_offer(await buyer.order(), kept)) == ["OWN_USE"]
    lot_id = await released(window, group, residents=three)
    await buyer.buy(lot_id)
    assert codes(await buyer.try_offer(await buyer.order(), lot_id)) == ["ALREADY_SOLD"]


async def test_what_customs_holds_is_not_released(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    lot_id = await window.accepted(group)
    refused = await buyer.try_buy(await buyer.order(), lot_id)
    assert (refused.status_code, codes(refused)) == (409, ["NOT_RELEASED"])


async def test_one_lot_has_one_buyer(window: Window, group: Group, factory: Factories) -> None:
    first, second = await factory(), await factory()
    lot_id = await released(window, group)
    await first.buy(lot_id)
    assert codes(await second.try_buy(await second.order(), lot_id)) == ["ALREADY_SOLD"]
    assert codes(await first.try_buy(await first.order(), lot_id)) == ["ALREADY_SOLD"]


async def test_twelve_factories_at_once_and_one_gets_the_lot(
    window: Window, group: Group, factory: Factories
) -> None:
    buyers = [await factory() for _ in range(12)]
    orders = [await buyer.order() for buyer in buyers]
    lot_id = await released(window, group)
    answers = await asyncio.gather(
        *(b.try_buy(o, lot_id) for b, o in zip(buyers, orders, strict=True))
    )
    assert sorted(a.status_code for a in answers) == [201] + [409] * 11
    assert {tuple(codes(a)) for a in answers if a.status_code == 409} == {("ALREADY_SOLD",)}


async def test_a_purchase_takes_as_many_statements_for_ten_residents_as_for_one(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    sent = []
    for residents in (group.residents[:1], group.residents[1:11]):
        values = ["10.00"] * len(residents)
        order = await buyer.order()
        lot_id = await released(window, group, values=values, residents=residents)
        await buyer.try_offer(order, lot_id)
        sale = {"order_id": order, "lot_id": lot_id}
        with window.assembly.database("secondmarket").watched(own=True) as statements:
            await buyer.party.post(f"{M}/purchases", sale)
        sent.append(len(statements))
    # Turn, facts, purchase, accounts, end.
    assert sent == [5, 5]


async def test_only_a_factory_filed_for_the_commodity_orders_and_buys_it(
    window: Window, group: Group, factory: Factories
) -> None:
    pepper = await factory(hs_prefix="0904")
    body = {"reference": "X", "hs_code": "08013100", "wanted_kg": "1", "unit_price": "1"}
    refused = await pepper.party.try_post(f"{M}/orders", body)
    assert codes(refused) == ["NOT_FILED"]
    order = await pepper.order(hs_code="09041100")
    lot_id = await released(window, group)
    found = codes(await pepper.try_buy(order, lot_id))
    assert found == ["COMMODITY_MISMATCH", "NOT_FILED"]


async def test_capacity_of_the_year_is_kept_by_parallel_purchases(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory(capacity="350")
    lots = [
        await released(window, group, residents=[number], kg_each="100")
        for number in group.residents[:8]
    ]
    orders = [await buyer.order() for _ in lots]
    answers = await asyncio.gather(
        *(buyer.try_buy(o, lot) for o, lot in zip(orders, lots, strict=True))
    )
    assert sorted(a.status_code for a in answers) == [201] * 3 + [409] * 5
    assert {tuple(codes(a)) for a in answers if a.status_code == 409} == {("CAPACITY_EXCEEDED",)}


async def test_a_filled_order_buys_no_more_and_a_reference_is_used_once(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    order = await buyer.order(reference="ONCE/1", wanted_kg="50")
    await buyer.buy(await released(window, group, residents=group.residents[:1]), order)
    second = await released(window, group, residents=group.residents[1:2])
    assert codes(await buyer.try_buy(order, second)) == ["ORDER_FILLED"]
    for spelled in ("ONCE/1", "once-1", "Once_1", "ＯＮＣＥ.1"):
        body = {"reference": spelled, "hs_code": "08013100", "wanted_kg": "1", "unit_price": "1"}
        again = await buyer.party.try_post(f"{M}/orders", body)
        assert codes(again) == ["DUPLICATE_REFERENCE"]
        assert [error["facts"] for error in again.json()["errors"]] == [{"order_id": order}]
        (found,) = (await buyer.party.get(f"{M}/orders", reference=spelled))["items"]
        assert (found["order_id"], found["filled"]) == (order, True)


NUMBERS: list[tuple[dict[str, Any], str]] = [
    ({"wanted_kg": 100.5}, "/wanted_kg"),
    ({"wanted_kg": 100}, "/wanted_kg"),
    ({"unit_price": 75.1}, "/unit_price"),
    ({"unit_price": "7.5e1"}, "/unit_price"),
]
ORDER: dict[str, Any] = {
    "reference": "N",
    "hs_code": "08013100",
    "wanted_kg": "1",
    "unit_price": "1",
}


@pytest.mark.parametrize(("number", "pointer"), NUMBERS)
async def test_a_quantity_or_price_is_a_string_and_never_a_json_number(
    window: Window, factory: Factories, number: dict[str, Any], pointer: str
) -> None:
    buyer = await factory()
    answer = await buyer.party.try_post(f"{M}/orders", {**ORDER, **number})
    assert (answer.status_code, codes(answer)) == (422, ["REQUEST_INVALID"])
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert "string" in error["detail"] or "digits" in error["detail"]


async def test_goods_kept_for_own_use_are_not_for_sale(
    window: Window, group: Group, factory: Factories
) -> None:
    buyer = await factory()
    lot_id = await released(window, group, purpose="OWN_USE")
    assert codes(await buyer.try_buy(await buyer.order(), lot_id)) == ["OWN_USE"]


async def test_nobody_sees_or_uses_another_factorys_orders(
    window: Window, group: Group, factory: Factories
) -> None:
    mine, other = await factory(), await factory()
    order = await mine.order()
    lot_id = await released(window, group)
    assert (await other.try_buy(order, lot_id)).status_code == 404
    purchase_id = await mine.buy(lot_id, order)
    for path in (f"{M}/orders/{order}", f"{M}/purchases/{purchase_id}"):
        answer = await other.party.http.get(
            path, headers={"Authorization": f"Bearer {other.party.bearer}"}
        )
        assert answer.status_code == 404
    assert (await other.party.get(f"{M}/purchases", lot_id=lot_id))["items"] == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE purchase_incomes SET proceeds_minor = proceeds_minor + 1",
        "UPDATE purchases SET price_minor = price_minor + 1",
        "DELETE FROM purchase_incomes",
    ],
)
async def test_the_database_keeps_the_split_exact(
    window: Window, group: Group, factory: Factories, statement: str
) -> None:
    buyer = await factory()
    await buyer.buy(await released(window, group))
    with pytest.raises(IntegrityConstraintViolationError):
        await window.sql.execute(statement)
