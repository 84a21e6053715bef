"""The second market over HTTP: orders, offers, purchases and what residents earn by them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from services.kernel.clock import business_day
from services.kernel.fields import YesNoAsked
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.database import Row
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.services import Services
from services.secondmarket import queries, schemas
from services.secondmarket.commands import offers, orders, purchases
from services.secondmarket.domain.model import OrderRequest
from services.secondmarket.domain.states import purchase_acts_open

SecondMarketCall = Call[Services]
router = APIRouter(prefix="/secondmarket/v1", tags=["second market"])
ROUTERS = (router,)


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
        after, rows = decode_cursor(cursor), limit + 1
        found = await queries.order_list(
            tx, call.actor, reference=reference, after=after, rows=rows
        )
    return page(found, limit=limit, key=lambda r: r.order_id, show=schemas.OrderShown.of)


@router.get("/lots/{lot_id}/orders", response_model=Page[schemas.OrderOpen])
async def order_fitting_list(
    lot_id: Annotated[str, Path(max_length=40)],
    call: Annotated[SecondMarketCall, allow("secondmarket:offer:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Open orders of factories for the goods of a lot that is yours to sell, oldest first: to
    which the lot may be offered, and to which it is."""
    async with call.services.database.reading() as tx:
        after, rows = decode_cursor(cursor), limit + 1
        found = await queries.order_fitting_list(
            tx, call.actor, lot_id=lot_id, after=after, rows=rows
        )
    return page(found, limit=limit, key=lambda r: r.order_id, show=schemas.OrderOpen.of)


@router.get("/lots/{lot_id}/purchase", response_model=schemas.SaleShown)
async def sale_get(
    lot_id: Annotated[str, Path(max_length=40)],
    call: Annotated[SecondMarketCall, allow("secondmarket:offer:read")],
) -> schemas.SaleShown:
    """The purchase of a lot that was yours to sell: who bought it, for how much."""
    async with call.services.database.reading() as tx:
        return schemas.SaleShown.of(await queries.sale_get(tx, call.actor, lot_id=lot_id))


@router.get("/orders/{order_id}", response_model=schemas.OrderShown)
async def order_get(
    order_id: str, call: Annotated[SecondMarketCall, allow("secondmarket:order:read")]
) -> schemas.OrderShown:
    """One order and how far it is filled."""
    async with call.services.database.reading() as tx:
        return schemas.OrderShown.of(await queries.order_get(tx, order_id, call.actor))


@router.post("/orders/{order_id}/cancellation", response_model=schemas.OrderShown)
async def order_cancel(
    order_id: str, call: Annotated[SecondMarketCall, allow("secondmarket:order:create")]
) -> Response:
    """Take your order back, whole or what is left of it; what was bought under it stands."""

    async def work(act: Act) -> Answer:
        order = schemas.OrderShown.of(await orders.order_cancel(act, order_id))
        return Answer(status=200, body=order.model_dump(mode="json"))

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


@router.get("/offers", response_model=Page[schemas.OfferShown])
async def offer_list(
    call: Annotated[SecondMarketCall, allow("secondmarket:offer:read")],
    lot_id: Annotated[str | None, Query(max_length=40)] = None,
    order_id: Annotated[str | None, Query(max_length=40)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What can still be bought: a factory reads what is offered to it, a seller the own offers."""
    async with call.services.database.reading() as tx:
        after, rows = decode_cursor(cursor), limit + 1
        found = await queries.offer_list(
            tx, call.actor, lot_id=lot_id, order_id=order_id, after=after, rows=rows
        )
    return page(found, limit=limit, key=lambda r: r.offer_id, show=schemas.OfferShown.of)


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
        YesNoAsked | None, Query(description="its day is over, and no factory has received it")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Purchases with movement and receipt: a factory's own, for an officer those of the port."""
    today = business_day(call.now)
    async with call.services.database.reading() as tx:
        rows = await queries.purchase_list(
            tx,
            call.actor,
            today=today,
            lot_id=lot_id,
            order_id=order_id,
            overdue=overdue,
            after=decode_cursor(cursor),
            rows=limit + 1,
        )

    def shown(row: Row) -> schemas.PurchaseShown:
        return schemas.PurchaseShown.of(row, today=today)

    return page(rows, limit=limit, key=lambda r: r.purchase_id, show=shown)


@router.get("/purchases/{purchase_id}", response_model=schemas.PurchaseShown)
async def purchase_get(
    purchase_id: str, call: Annotated[SecondMarketCall, allow("secondmarket:order:read")]
) -> schemas.PurchaseShown:
    """One purchase with movement and receipt."""
    today = business_day(call.now)
    async with call.services.database.reading() as tx:
        row = await queries.purchase_get(tx, purchase_id, call.actor, today=today)
        gone_out = await queries.has_gone_out(tx, row)
    shown = schemas.PurchaseShown.of(row, today=today)
    acts = purchase_acts_open(shown.state, call.actor.role, gone_out=gone_out)
    return shown.model_copy(update={"acts": acts})


@router.get("/incomes", response_model=Page[schemas.IncomeShown])
async def income_list(
    call: Annotated[SecondMarketCall, allow("secondmarket:income:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What a resident earned, ticket by ticket."""
    async with call.services.database.reading() as tx:
        after, rows = decode_cursor(cursor), limit + 1
        found = await queries.income_list(tx, call.actor, after=after, rows=rows)
    return page(found, limit=limit, key=lambda r: r.ticket_id, show=schemas.IncomeShown.of)
