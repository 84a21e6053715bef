"""The second market over HTTP: orders, offers, purchases and what residents earn by them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.kernel.clock import business_day
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page
from services.platform.services import Services
from services.secondmarket import queries, schemas
from services.secondmarket.commands import offers, orders, purchases
from services.secondmarket.domain.model import OrderRequest

SecondMarketCall = Call[Services]
router = APIRouter(prefix="/secondmarket/v1", tags=["second market"])


@router.post("/orders", status_code=201, response_model=schemas.OrderAnswer)
async def order_create(
    body: schemas.OrderBody, call: Annotated[SecondMarketCall, allow("secondmarket:order:create")]
) -> Response:
    """Order a commodity as a filed factory."""
    order = OrderRequest(**body.model_dump())

    async def work(act: Act) -> Answer:
        return Answer(status=201, body=await orders.order_create(act, order))

    return await call.act(work)


@router.get("/orders", response_model=Page[schemas.OrderShown])
async def order_list(
    call: Annotated[SecondMarketCall, allow("secondmarket:order:read")],
    reference: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """One's own orders, or the one with a reference."""
    async with call.services.database.reading() as tx:
        return await queries.order_list(
            tx, call.actor, reference=reference, limit=limit, cursor=cursor
        )


@router.get("/orders/{order_id}", response_model=schemas.OrderShown)
async def order_get(
    order_id: str, call: Annotated[SecondMarketCall, allow("secondmarket:order:read")]
) -> dict[str, Any]:
    """One order and how far it is filled."""
    async with call.services.database.reading() as tx:
        return await queries.order_get(tx, order_id, call.actor)


@router.post("/orders/{order_id}/cancellation", response_model=schemas.OrderShown)
async def order_cancel(
    order_id: str, call: Annotated[SecondMarketCall, allow("secondmarket:order:create")]
) -> Response:
    """Take your order back, whole or what is left of it; what was bought under it stands."""

    async def work(act: Act) -> Answer:
        order = queries.order_shown(await orders.order_cancel(act, order_id))
        return Answer(status=200, body=schemas.OrderShown(**order).model_dump(mode="json"))

    return await call.act(work)


@router.post("/offers", status_code=201, response_model=schemas.OfferAnswer)
async def offer_create(
    body: schemas.OfferBody, call: Annotated[SecondMarketCall, allow("secondmarket:offer:create")]
) -> Response:
    """Agree, for a lot's residents, to sell it to a factory's order at the order's price."""

    async def work(act: Act) -> Answer:
        offered = await offers.offer_create(act, **body.model_dump())
        return Answer(status=201, body=offered.model_dump(mode="json"))

    return await call.act(work)


@router.post("/offers/withdrawal", response_model=schemas.Sale)
async def offer_withdraw(
    body: schemas.Sale, call: Annotated[SecondMarketCall, allow("secondmarket:offer:create")]
) -> Response:
    """Take an offer back before the factory has bought."""

    async def work(act: Act) -> Answer:
        withdrawn = await offers.offer_withdraw(act, **body.model_dump())
        return Answer(status=200, body=withdrawn.model_dump(mode="json"))

    return await call.act(work)


@router.post("/purchases", status_code=201, response_model=schemas.PurchaseAnswer)
async def purchase_create(
    body: schemas.PurchaseBody,
    call: Annotated[SecondMarketCall, allow("secondmarket:purchase:create")],
) -> Response:
    """Buy a whole released lot that its residents' side has offered to your order."""

    async def work(act: Act) -> Answer:
        bought = await purchases.purchase_create(act, **body.model_dump())
        return Answer(status=201, body=bought.model_dump(mode="json"))

    return await call.act(work)


@router.get("/purchases", response_model=Page[schemas.PurchaseShown])
async def purchase_list(
    call: Annotated[SecondMarketCall, allow("secondmarket:order:read")],
    lot_id: Annotated[str | None, Query(max_length=40)] = None,
    order_id: Annotated[str | None, Query(max_length=40)] = None,
    overdue: Annotated[
        bool | None, Query(description="its day is over, and no factory has received it")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Purchases with movement and receipt: a factory's own, for an officer those of the port."""
    async with call.services.database.reading() as tx:
        return await queries.purchase_list(
            tx,
            call.actor,
            today=business_day(call.now),
            lot_id=lot_id,
            order_id=order_id,
            overdue=overdue,
            limit=limit,
            cursor=cursor,
        )


@router.get("/purchases/{purchase_id}", response_model=schemas.PurchaseShown)
async def purchase_get(
    purchase_id: str, call: Annotated[SecondMarketCall, allow("secondmarket:order:read")]
) -> dict[str, Any]:
    """One purchase with movement and receipt."""
    async with call.services.database.reading() as tx:
        return await queries.purchase_get(tx, purchase_id, call.actor, today=business_day(call.now))


@router.get("/incomes", response_model=Page[schemas.IncomeShown])
async def income_list(
    call: Annotated[SecondMarketCall, allow("secondmarket:income:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What a resident earned, ticket by ticket."""
    async with call.services.database.reading() as tx:
        return await queries.income_list(tx, call.actor, limit=limit, cursor=cursor)
