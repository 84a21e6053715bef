"""A processing factory."""

from __future__ import annotations

import httpx2

from tests.attempts.attempt import attempt, refused
from tests.attempts.world import World
from tests.support.factory import released, today

WHO = "A factory"


@attempt(WHO, "buys one lot twice", refused("ALREADY_SOLD", "SMK-01"))
async def buys_twice(world: World) -> httpx2.Response:
    factory = await world.processor()
    lot_id = await released(world.window, await world.group(), port=world.port)
    order = await factory.order()
    await factory.buy(lot_id, order)
    return await factory.party.try_post(
        "/secondmarket/v1/purchases", {"order_id": order, "lot_id": lot_id}
    )


@attempt(WHO, "buys what nobody offered", refused("NOT_OFFERED", "SMK-01"))
async def buys_what_nobody_offered(world: World) -> httpx2.Response:
    factory = await world.processor()
    lot_id = await released(world.window, await world.group(), port=world.port)
    return await factory.party.try_post(
        "/secondmarket/v1/purchases", {"order_id": await factory.order(), "lot_id": lot_id}
    )


@attempt(WHO, "buys under an order that it has taken back", refused("ORDER_CANCELLED", "SMK-01"))
async def buys_under_what_it_took_back(world: World) -> httpx2.Response:
    factory = await world.processor()
    lot_id = await released(world.window, await world.group(), port=world.port)
    order = await factory.order()
    await factory.party.post(f"/secondmarket/v1/orders/{order}/cancellation", {})
    return await factory.party.try_post(
        "/secondmarket/v1/purchases", {"order_id": order, "lot_id": lot_id}
    )


@attempt(WHO, "buys a lot that customs still holds", refused("NOT_RELEASED", "SMK-01"))
async def buys_what_is_held(world: World) -> httpx2.Response:
    factory = await world.processor()
    _, lot = await world.kept_back()
    return await factory.try_buy(await factory.order(), lot["lot_id"])


@attempt(WHO, "closes a book without counting what is left", refused("COUNT_INCOMPLETE"))
async def without_a_count(world: World) -> httpx2.Response:
    factory = await world.processor()
    book = await factory.open_book()
    return await factory.close(book, "99999")


@attempt(
    WHO,
    "reports other products under a reference that stands",
    refused("DUPLICATE_REFERENCE", "PRC-09"),
)
async def under_a_reference_that_stands(world: World) -> httpx2.Response:
    factory = await world.processor()
    book = await factory.open_book()
    await factory.carried(book, "08013100")
    assert (await factory.declare(book)).status_code == 201
    assert (await factory.produce(book, "10", reference="SHIFT-7")).status_code == 201
    return await factory.produce(book, "1", reference="SHIFT-7")


@attempt(WHO, "opens a book to the end of time", refused("PERIOD_INVALID", "PRC-08"))
async def to_the_end_of_time(world: World) -> httpx2.Response:
    factory = await world.processor()
    body = {"period_from": today().isoformat(), "period_to": "2199-12-31"}
    return await factory.party.try_post("/processing/v1/books", body)


@attempt(WHO, "declares consumption of goods that never came", refused("MATERIAL_UNKNOWN"))
async def of_goods_that_never_came(world: World) -> httpx2.Response:
    factory = await world.processor()
    return await factory.declare(await factory.open_book(), material_hs="08013100")
