"""Orders, purchases of whole lots from the residents, and the movement to the factory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import MoneyBody, canonical_json
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.messages import Actor, Answer
from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.platform import event_log, outbox
from services.platform.database import Row, Tx
from services.processing.commands.selling import offer_of
from services.processing.domain import refusals
from services.processing.domain.events import GoodsDispatched, LotBought, OrderCreated
from services.processing.domain.model import DispatchRequest, OrderRequest
from services.processing.domain.rules.purchase import (
    Capacity,
    Lot,
    Order,
    Share,
    not_filed,
    proceeds,
    purchase_refusals,
)
from workflows.ports import declaration

_FILING = text("""
    SELECT f.hs_prefix, f.yearly_capacity_kg, COALESCE(c.bought_kg, 0) AS used_kg
    FROM v_processing_filings AS f
    LEFT JOIN capacity_years AS c ON c.enterprise_code = f.enterprise_code
        AND c.hs_prefix = f.hs_prefix AND c.year = :year
    WHERE f.enterprise_code = :enterprise AND CAST(:hs_code AS text) LIKE f.hs_prefix || '%'
        AND f.filed_from <= :day AND (f.filed_to IS NULL OR f.filed_to > :day)
    ORDER BY length(f.hs_prefix) DESC LIMIT 1
""")
_REFERENCE = text("""
    SELECT 1 FROM factory_orders WHERE enterprise_code = :enterprise AND reference = :reference
""")
_ORDER_INSERT = text("""
    INSERT INTO factory_orders (order_id, enterprise_code, reference, hs_code, wanted_kg,
        unit_price, currency, created_at)
    VALUES (:order_id, :enterprise, :reference, :hs_code, :wanted_kg, :unit_price, :currency, :at)
""")
_ORDER_LOCK = text("SELECT * FROM factory_orders WHERE order_id = :order_id FOR UPDATE")
_LOT = text("""
    SELECT l.*, EXISTS (SELECT 1 FROM purchases AS p WHERE p.lot_id = l.lot_id) AS sold
    FROM v_lots AS l WHERE l.lot_id = :lot_id
""")
_TICKETS = text("""
    SELECT ticket_id, resident_id, net_kg, value_minor FROM v_tickets
    WHERE lot_id = :lot_id ORDER BY line_no
""")
# The counter says no before the constraint must: whoever comes second sees no row updated.
_CAPACITY = text("""
    INSERT INTO capacity_years AS c (enterprise_code, hs_prefix, year, bought_kg, capacity_kg)
    VALUES (:enterprise, :hs_prefix, :year, :net_kg, :capacity_kg)
    ON CONFLICT (enterprise_code, hs_prefix, year) DO UPDATE
        SET bought_kg = c.bought_kg + excluded.bought_kg, capacity_kg = excluded.capacity_kg
        WHERE c.bought_kg + excluded.bought_kg <= excluded.capacity_kg
    RETURNING bought_kg
""")
_PURCHASE = text("""
    WITH bought AS (
        UPDATE factory_orders SET bought_kg = bought_kg + :net_kg WHERE order_id = :order_id
    )
    INSERT INTO purchases (purchase_id, order_id, lot_id, enterprise_code, hs_code, net_kg,
        price_minor, currency, bought_at)
    VALUES (:purchase_id, :order_id, :lot_id, :enterprise, :hs_code, :net_kg, :price_minor,
        :currency, :at)
""")
_INCOMES = text("""
    INSERT INTO purchase_incomes (purchase_id, ticket_id, resident_id, net_kg, proceeds_minor,
        cost_minor, currency)
    SELECT :purchase_id, ticket_id, resident_id, net_kg, proceeds_minor, cost_minor, :currency
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        ticket_id uuid, resident_id uuid, net_kg numeric, proceeds_minor bigint, cost_minor bigint)
""")
_PURCHASE_FACTS = text("""
    SELECT p.*, m.dispatched_at, l.gate_out_at
    FROM purchases AS p
    LEFT JOIN movements AS m USING (purchase_id)
    LEFT JOIN v_lots AS l ON l.lot_id = p.lot_id
    WHERE p.purchase_id = :purchase_id
""")
_DISPATCH = text("""
    INSERT INTO movements (purchase_id, seal_no, vehicle_plate, dispatched_at)
    VALUES (:purchase_id, :seal_no, :vehicle_plate, :at)
""")


async def _filing(tx: Tx, enterprise: str, hs_code: str, day: date) -> Row | None:
    values = {"enterprise": enterprise, "hs_code": hs_code, "day": day, "year": day.year}
    return (await tx.execute(_FILING, values)).one_or_none()


async def order_create(tx: Tx, order: OrderRequest, *, actor: Actor, at: datetime) -> Answer:
    """Order a commodity as a filed factory. Refuses NOT_FILED, DUPLICATE_REFERENCE."""
    enterprise = actor.party_code
    price = Money.rounded(order.unit_price * order.wanted_kg, order.currency)
    if price.minor <= 0:
        raise Refused(Refusal("AMOUNT_INVALID", "The order is worth nothing.", "/unit_price"))
    if await _filing(tx, enterprise, order.hs_code, business_day(at)) is None:
        raise Refused(not_filed(order.hs_code).at("/hs_code"))
    named = {"enterprise": enterprise, "reference": order.reference}
    if (await tx.execute(_REFERENCE, named)).first() is not None:
        raise Refused(
            Refusal(
                refusals.DUPLICATE_REFERENCE,
                "You used this reference for another order; give a new one.",
                "/reference",
            )
        )
    order_id = new_uuid()
    wanted = {
        "hs_code": order.hs_code,
        "wanted_kg": order.wanted_kg,
        "unit_price": order.unit_price,
        "currency": order.currency,
    }
    await tx.execute(_ORDER_INSERT, {**named, **wanted, "order_id": order_id, "at": at})
    case = show("ord", order_id)
    event = OrderCreated(
        enterprise_code=enterprise,
        hs_code=order.hs_code,
        wanted_kg=f"{order.wanted_kg:f}",
        unit_price=f"{order.unit_price:f}",
        currency=order.currency,
    )
    await event_log.append(tx, case=case, event=event, step="create", actor=actor, at=at)
    return Answer(status=201, body={"order_id": case, "reference": order.reference})


async def purchase_create(
    tx: Tx, *, order_id: str, lot_id: str, actor: Actor, at: datetime
) -> Answer:
    """Buy a whole released lot from its residents; its case learns that it was sold.

    Refuses NOT_FOUND, NOT_RELEASED, ALREADY_SOLD, OWN_USE, NOT_FILED, CAPACITY_EXCEEDED,
    COMMODITY_MISMATCH, CURRENCY_MISMATCH, ORDER_FILLED, NOT_OFFERED. The lot is unique among
    purchases, so of two factories at once one buys and the other is told ALREADY_SOLD.
    """
    order = await _own_order(tx, uuid_of(order_id, "ord"), actor)
    lot = (await tx.execute(_LOT, {"lot_id": uuid_of(lot_id, "lot")})).one_or_none()
    if lot is None:
        raise Refused(Refusal("NOT_FOUND", "There is no such lot.", "/lot_id"))
    day = business_day(at)
    filing = await _filing(tx, order.enterprise_code, lot.hs_code, day)
    offer = await offer_of(tx, lot_id=lot.lot_id, order_id=order.order_id)
    facts = _order(order), _lot(lot), _capacity(filing)
    refuse_if_any(purchase_refusals(*facts, offered=offer is not None))
    price = Money.rounded(lot.net_kg * order.unit_price, order.currency)
    if filing is not None:
        await _use_capacity(tx, order.enterprise_code, filing, lot, day)
    purchase_id = new_uuid()
    values = {
        "purchase_id": purchase_id,
        "order_id": order.order_id,
        "lot_id": lot.lot_id,
        "enterprise": order.enterprise_code,
        "hs_code": lot.hs_code,
        "net_kg": lot.net_kg,
        "price_minor": price.minor,
        "currency": price.currency,
        "at": at,
    }
    await tx.execute(_PURCHASE, values)
    tickets = await _split(tx, purchase_id, lot, price)
    bought = LotBought(
        purchase_id=show("pur", purchase_id),
        order_id=order_id,
        lot_id=lot_id,
        enterprise_code=order.enterprise_code,
        net_kg=f"{lot.net_kg:f}",
        price=_body(price),
        residents_income=_body(price - Money(lot.value_minor, lot.currency)),
        tickets=tickets,
    )
    await _tell(tx, bought, actor=actor, at=at)
    body = bought.model_dump(mode="json")
    return Answer(status=201, body=body)


async def _own_order(tx: Tx, order_id: UUID, actor: Actor) -> Row:
    order = (await tx.execute(_ORDER_LOCK, {"order_id": order_id})).one_or_none()
    if order is None or not actor.is_party("enterprise", order.enterprise_code):
        raise Refused(Refusal("NOT_FOUND", "You have no such order.", "/order_id"))
    return order


def _order(row: Row) -> Order:
    return Order(row.hs_code, row.wanted_kg, row.bought_kg, row.currency)


def _lot(row: Row) -> Lot:
    return Lot(row.state, row.purpose, row.hs_code, row.net_kg, row.currency, row.sold)


def _capacity(filing: Row | None) -> Capacity | None:
    return None if filing is None else Capacity(filing.yearly_capacity_kg, filing.used_kg)


def _body(money: Money) -> MoneyBody:
    return MoneyBody(amount=money.amount, currency=money.currency)


async def _use_capacity(tx: Tx, enterprise: str, filing: Row, lot: Row, day: date) -> None:
    values = {
        "enterprise": enterprise,
        "hs_prefix": filing.hs_prefix,
        "year": day.year,
        "net_kg": lot.net_kg,
        "capacity_kg": filing.yearly_capacity_kg,
    }
    if (await tx.execute(_CAPACITY, values)).first() is None:
        raise Refused(
            Refusal(
                refusals.CAPACITY_EXCEEDED,
                "Another purchase has just used the rest of the yearly capacity.",
                "/lot_id",
            )
        )


async def _split(tx: Tx, purchase_id: UUID, lot: Row, price: Money) -> int:
    """Record every resident's part of the price, in one statement however many they are."""
    tickets: Sequence[Row] = (await tx.execute(_TICKETS, {"lot_id": lot.lot_id})).all()
    shares = [
        Share(str(t.ticket_id), t.net_kg, Money(t.value_minor, lot.currency)) for t in tickets
    ]
    rows = [
        {
            "ticket_id": share.ticket,
            "resident_id": str(ticket.resident_id),
            "net_kg": f"{share.net_kg:f}",
            "proceeds_minor": part.minor,
            "cost_minor": share.cost.minor,
        }
        for ticket, share, part in zip(tickets, shares, proceeds(price, shares), strict=True)
    ]
    values = {"purchase_id": purchase_id, "currency": price.currency, "rows": canonical_json(rows)}
    await tx.execute(_INCOMES, values)
    return len(rows)


async def _tell(tx: Tx, bought: LotBought, *, actor: Actor, at: datetime) -> None:
    """The purchase on the lot's and the order's chain, and to the lot's own case."""
    await event_log.append(tx, case=bought.lot_id, event=bought, step="buy", actor=actor, at=at)
    step = f"buy:{bought.purchase_id}"
    await event_log.append(tx, case=bought.order_id, event=bought, step=step, actor=actor, at=at)
    await outbox.signal(
        tx,
        workflow=declaration.RESIDENT_DECLARATION,
        case=bought.lot_id,
        queue=declaration.QUEUE,
        name="lot_sold",
        message=declaration.LotSoldSignal(lot_id=bought.lot_id, purchase_id=bought.purchase_id),
        start=declaration.LotCase(lot_id=bought.lot_id, identity_confirmed=True),
    )


async def purchase_facts(tx: Tx, purchase_id: str, actor: Actor) -> Row:
    """A purchase of the actor's with its movement and gate-out. Raises Refused NOT_FOUND."""
    values = {"purchase_id": uuid_of(purchase_id, "pur")}
    row = (await tx.execute(_PURCHASE_FACTS, values)).one_or_none()
    if row is None or not actor.is_party("enterprise", row.enterprise_code):
        raise Refused(Refusal("NOT_FOUND", "You have no such purchase.", "/purchase_id"))
    return row


async def goods_dispatch(tx: Tx, request: DispatchRequest, *, actor: Actor, at: datetime) -> Answer:
    """Begin the escorted movement to the factory, under seal.

    Refuses NOT_FOUND, ALREADY_DISPATCHED, NOT_OUT_OF_GATE.
    """
    purchase = await purchase_facts(tx, request.purchase_id, actor)
    if purchase.dispatched_at is not None:
        raise Refused(
            Refusal(refusals.ALREADY_DISPATCHED, "This purchase is on its way or received.")
        )
    if purchase.gate_out_at is None:
        raise Refused(
            Refusal(
                refusals.NOT_OUT_OF_GATE,
                "The goods have not passed the gate; dispatch them when they have.",
            )
        )
    values = {"seal_no": request.seal_no, "vehicle_plate": request.vehicle_plate, "at": at}
    await tx.execute(_DISPATCH, {**values, "purchase_id": purchase.purchase_id})
    event = GoodsDispatched(purchase_id=request.purchase_id, seal_no=request.seal_no)
    lot = show("lot", purchase.lot_id)
    await event_log.append(tx, case=lot, event=event, step="dispatch", actor=actor, at=at)
    body = {"purchase_id": request.purchase_id, "lot_id": lot, "seal_no": request.seal_no}
    return Answer(status=201, body=body)
