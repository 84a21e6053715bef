"""Orders, purchases of whole lots from the residents, and the movement to the factory."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.events import MoneyBody
from services.kernel.header import Header
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.lot_waits import LotWait
from services.kernel.money import Money
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import AMOUNT_NOTHING, DUPLICATE_REFERENCE, NOT_FOUND
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import lot_turn
from services.platform.visibility import customs
from services.processing.domain import refusals
from services.processing.domain.events import GoodsDispatched, LotBought, OrderCreated
from services.processing.domain.model import DispatchRequest, OrderRequest
from services.processing.domain.rules.purchase import (
    Capacity,
    Lot,
    Order,
    Share,
    not_filed,
    order_filled,
    proceeds,
    purchase_refusals,
)
from services.processing.domain.states import FACTORY_ORDER, FactoryOrderState

# What the enterprise is filed to process of a commodity on a day, by the longest code filed.
_FILING: Final = """
    SELECT f.hs_prefix, f.yearly_capacity_kg, COALESCE(c.bought_kg, 0) AS used_kg
    FROM v_processing_filings AS f
    LEFT JOIN capacity_years AS c ON c.enterprise_code = f.enterprise_code
        AND c.hs_prefix = f.hs_prefix AND c.year = :year
    WHERE f.enterprise_code = {enterprise} AND {hs_code} LIKE f.hs_prefix || '%'
        AND f.filed_from <= :day AND (f.filed_to IS NULL OR f.filed_to > :day)
    ORDER BY length(f.hs_prefix) DESC LIMIT 1
"""
_FILED_FOR_ORDER: Final = _FILING.format(
    enterprise="CAST(:enterprise AS text)", hs_code="CAST(:hs_code AS text)"
)
_MAY_ORDER = text(f"""
    SELECT (SELECT port FROM v_enterprises WHERE enterprise_code = :enterprise) AS port,
        EXISTS ({_FILED_FOR_ORDER}) AS filed, EXISTS (
        SELECT FROM factory_orders WHERE enterprise_code = :enterprise AND reference = :reference
    ) AS reference_taken
""")
_ORDER_INSERT = text("""
    INSERT INTO factory_orders (order_id, enterprise_code, reference, hs_code, wanted_kg,
        unit_price, currency, created_at)
    VALUES (:order_id, :enterprise, :reference, :hs_code, :wanted_kg, :unit_price, :currency, :at)
""")
_FILED_FOR_LOT: Final = _FILING.format(enterprise="o.enterprise_code", hs_code="l.hs_code")
# Read in the lot's turn. The order is not locked: its account says at the end what is left of it.
_SALE = text(f"""
    SELECT l.*, o.order_id AS factory_order_id, o.enterprise_code, o.hs_code AS ordered_hs,
        o.wanted_kg, o.bought_kg, o.unit_price, o.currency AS order_currency,
        f.hs_prefix, f.yearly_capacity_kg, f.used_kg,
        EXISTS (SELECT FROM purchases AS p WHERE p.lot_id = l.lot_id) AS sold,
        EXISTS (
            SELECT FROM sale_offers AS s WHERE s.lot_id = l.lot_id AND s.order_id = o.order_id
        ) AS offered,
        t.*
    FROM (SELECT CAST(:lot_id AS uuid) AS asked) AS a
    LEFT JOIN factory_orders AS o ON o.order_id = :order_id
    LEFT JOIN v_lots AS l ON l.lot_id = a.asked
    LEFT JOIN LATERAL ({_FILED_FOR_LOT}) AS f ON true
    LEFT JOIN LATERAL (
        SELECT array_agg(ticket_id ORDER BY line_no) AS tickets,
            array_agg(resident_id ORDER BY line_no) AS residents,
            array_agg(net_kg ORDER BY line_no) AS nets,
            array_agg(value_minor ORDER BY line_no) AS costs
        FROM v_tickets WHERE lot_id = (SELECT CAST(:lot_id AS uuid))
    ) AS t ON true
""")
_PURCHASE = text("""
    WITH bought AS (
        INSERT INTO purchases (purchase_id, order_id, lot_id, enterprise_code, hs_code, net_kg,
            price_minor, currency, bought_at)
        VALUES (:purchase_id, :order_id, :lot_id, :enterprise, :hs_code, :net_kg, :price_minor,
            :currency, :at)
    )
    INSERT INTO purchase_incomes (purchase_id, ticket_id, resident_id, net_kg, proceeds_minor,
        cost_minor, currency)
    SELECT :purchase_id, ticket_id, resident_id, net_kg, proceeds_minor, cost_minor, :currency
    FROM unnest(
        CAST(:tickets AS uuid[]), CAST(:residents AS uuid[]), CAST(:nets AS numeric[]),
        CAST(:proceeds AS bigint[]), CAST(:costs AS bigint[])
    ) AS r (ticket_id, resident_id, net_kg, proceeds_minor, cost_minor)
""")
# The accounts that all purchases of a factory share are written last and held shortest, capacity
# before order; whoever comes too late sees no row updated. An order is open while anything is
# wanted, and its last lot may exceed it: lots are sold whole.
_ACCOUNTS = text("""
    WITH capacity AS (
        INSERT INTO capacity_years AS c (enterprise_code, hs_prefix, year, bought_kg, capacity_kg)
        VALUES (:enterprise, :hs_prefix, :year, :net_kg, :capacity_kg)
        ON CONFLICT (enterprise_code, hs_prefix, year) DO UPDATE
            SET bought_kg = c.bought_kg + excluded.bought_kg, capacity_kg = excluded.capacity_kg
            WHERE c.bought_kg + excluded.bought_kg <= excluded.capacity_kg
        RETURNING 1
    ), filled AS (
        UPDATE factory_orders SET bought_kg = bought_kg + :net_kg
        WHERE order_id = :order_id AND bought_kg < wanted_kg AND EXISTS (SELECT FROM capacity)
        RETURNING bought_kg >= wanted_kg AS now_full
    )
    SELECT EXISTS (SELECT FROM capacity) AS within_capacity, EXISTS (SELECT FROM filled) AS open,
        (SELECT now_full FROM filled) AS now_full
""")
_PURCHASE_FACTS = text("""
    SELECT p.*, m.dispatched_at, l.gate_out_at,
        EXISTS (SELECT FROM receipts AS r WHERE r.purchase_id = p.purchase_id) AS received
    FROM purchases AS p
    LEFT JOIN movements AS m USING (purchase_id)
    LEFT JOIN v_lots AS l ON l.lot_id = p.lot_id
    WHERE p.purchase_id = :purchase_id
""")
_DISPATCH = text("""
    INSERT INTO movements (purchase_id, seal_no, vehicle_plate, dispatched_at)
    VALUES (:purchase_id, :seal_no, :vehicle_plate, :at)
""")


async def order_create(act: Act, order: OrderRequest) -> dict[str, Any]:
    """Order a commodity as a filed factory.

    Refuses AMOUNT_INVALID, NOT_FILED, DUPLICATE_REFERENCE.
    """
    enterprise, day = act.actor.party_code, business_day(act.at)
    price = Money.rounded(order.unit_price * order.wanted_kg, order.currency)
    if price.minor <= 0:
        raise Refused(AMOUNT_NOTHING.at("/unit_price"))
    named = {"enterprise": enterprise, "reference": order.reference, "hs_code": order.hs_code}
    known = (await act.execute(_MAY_ORDER, day=day, year=day.year, **named)).one()
    if not known.filed:
        raise Refused(not_filed(order.hs_code).to("/hs_code"))
    if known.reference_taken:
        raise Refused(DUPLICATE_REFERENCE.at("/reference"))
    order_id = new_uuid()
    case = show("ord", order_id)
    await act.execute(
        _ORDER_INSERT,
        order_id=order_id,
        wanted_kg=order.wanted_kg,
        unit_price=order.unit_price,
        currency=order.currency,
        at=act.at,
        **named,
    )
    event = OrderCreated(
        enterprise_code=enterprise,
        hs_code=order.hs_code,
        wanted_kg=f"{order.wanted_kg:f}",
        unit_price=f"{order.unit_price:f}",
        currency=order.currency,
    )
    act.record(case, event, step="create")
    readers = (act.actor.party, *(() if known.port is None else (customs(known.port),)))
    act.headers.stand(
        case,
        FACTORY_ORDER,
        FactoryOrderState.OPEN,
        desks={"enterprise": [act.actor.party]},
        header=Header(reference=order.reference, port=known.port, readers=readers),
    )
    return {"order_id": case, "reference": order.reference}


async def purchase_create(act: Act, *, order_id: str, lot_id: str) -> LotBought:
    """Buy a whole released lot from its residents; if its goods are out already, its case goes on.

    Refuses NOT_FOUND, NOT_RELEASED, ALREADY_SOLD, OWN_USE, NOT_FILED, CAPACITY_EXCEEDED,
    COMMODITY_MISMATCH, CURRENCY_MISMATCH, ORDER_FILLED, NOT_OFFERED. The lot's turn is taken first:
    of two factories at once one buys and the other is told ALREADY_SOLD.
    """
    ids = {"order_id": uuid_of(order_id, "ord"), "lot_id": uuid_of(lot_id, "lot")}
    await lot_turn(act, ids["lot_id"])
    day = business_day(act.at)
    sale = (await act.execute(_SALE, day=day, year=day.year, **ids)).one()
    if not act.actor.is_party("enterprise", sale.enterprise_code):
        raise Refused(NOT_FOUND.at("/order_id"))
    _refuse_sale(sale, day)
    price = Money.rounded(sale.net_kg * sale.unit_price, sale.order_currency)
    purchase_id = new_uuid()
    bought = LotBought(
        purchase_id=show("pur", purchase_id),
        order_id=order_id,
        lot_id=lot_id,
        enterprise_code=sale.enterprise_code,
        net_kg=f"{sale.net_kg:f}",
        price=_body(price),
        residents_income=_body(price - Money(sale.value_minor, sale.currency)),
        tickets=len(sale.tickets),
    )
    values = {
        "purchase_id": purchase_id,
        "enterprise": sale.enterprise_code,
        "hs_code": sale.hs_code,
        "net_kg": sale.net_kg,
        "price_minor": price.minor,
        "currency": price.currency,
        "at": act.at,
    }
    await act.execute(_PURCHASE, **ids, **values, **_split(sale, price))
    full = await _fill(act, sale, day)
    act.record(lot_id, bought, step="buy")
    _pass_to_factory(act, lot_id, order_id)
    if sale.gate_out_at is not None:
        act.tell(lot_id)
    act.record(order_id, bought, step=f"buy:{bought.purchase_id}")
    if full:
        act.headers.stand(order_id, FACTORY_ORDER, FactoryOrderState.FILLED)
    return bought


def _pass_to_factory(act: Act, lot: str, order: str) -> None:
    """The factory reads the lot from now on, and is to fetch it."""
    act.headers.brought(lot, LotWait.SALE, LotWait.PURCHASE)
    act.headers.wait(lot, LotWait.DISPATCH, [act.actor.party])
    act.headers.reader(lot, act.actor.party)
    act.headers.link(lot, order)


def _refuse_sale(sale: Row, day: date) -> None:
    """Raises Refused with everything that keeps this lot from being bought under this order.

    A purchase is judged by the rules of the day on which it is made.
    """
    if sale.lot_id is None:
        raise Refused(NOT_FOUND.at("/lot_id"))
    order = Order(sale.ordered_hs, sale.wanted_kg, sale.bought_kg, sale.order_currency)
    lot = Lot(sale.state, sale.purpose, sale.hs_code, sale.net_kg, sale.currency, sale.sold)
    filed = sale.hs_prefix is not None
    capacity = Capacity(sale.yearly_capacity_kg, sale.used_kg) if filed else None
    refuse_if_any(asked(day, purchase_refusals, order, lot, capacity, offered=sale.offered))


def _body(money: Money) -> MoneyBody:
    return MoneyBody(amount=money.amount, currency=money.currency)


def _split(sale: Row, price: Money) -> dict[str, list[Any]]:
    """Every resident's part of the price, as bind values: one list a column."""
    shares = [
        Share(str(ticket), net_kg, Money(cost, sale.currency))
        for ticket, net_kg, cost in zip(sale.tickets, sale.nets, sale.costs, strict=True)
    ]
    return {
        "tickets": sale.tickets,
        "residents": sale.residents,
        "nets": sale.nets,
        "costs": sale.costs,
        "proceeds": [part.minor for part in proceeds(price, shares)],
    }


async def _fill(act: Act, sale: Row, day: date) -> bool:
    """Book the weight on the factory's capacity and on its order, if both still take it.

    Whether the order is filled then.
    """
    accounts = await act.execute(
        _ACCOUNTS,
        enterprise=sale.enterprise_code,
        hs_prefix=sale.hs_prefix,
        year=day.year,
        net_kg=sale.net_kg,
        capacity_kg=sale.yearly_capacity_kg,
        order_id=sale.factory_order_id,
    )
    booked = accounts.one()
    if not booked.within_capacity:
        raise Refused(refusals.CAPACITY_JUST_USED.at("/lot_id"))
    if not booked.open:
        raise Refused(order_filled())
    return bool(booked.now_full)


async def purchase_facts(act: Act, purchase_id: str) -> Row:
    """A purchase of the actor's with movement, gate-out and receipt. Raises Refused NOT_FOUND."""
    found = await act.execute(_PURCHASE_FACTS, purchase_id=uuid_of(purchase_id, "pur"))
    row: Row | None = found.one_or_none()
    if row is None or not act.actor.is_party("enterprise", row.enterprise_code):
        raise Refused(NOT_FOUND.at("/purchase_id"))
    return row


async def goods_dispatch(act: Act, request: DispatchRequest) -> dict[str, Any]:
    """Begin the escorted movement to the factory, under seal.

    Refuses NOT_FOUND, ALREADY_DISPATCHED, NOT_OUT_OF_GATE. A purchase has one movement, so of two
    at once one is told ALREADY_DISPATCHED.
    """
    purchase = await purchase_facts(act, request.purchase_id)
    if purchase.dispatched_at is not None:
        raise Refused(refusals.ALREADY_DISPATCHED.at())
    if purchase.gate_out_at is None:
        raise Refused(refusals.NOT_OUT_OF_GATE.at())
    values = {"seal_no": request.seal_no, "vehicle_plate": request.vehicle_plate, "at": act.at}
    await act.execute(_DISPATCH, purchase_id=purchase.purchase_id, **values)
    event = GoodsDispatched(purchase_id=request.purchase_id, seal_no=request.seal_no)
    lot = show("lot", purchase.lot_id)
    act.record(lot, event, step="dispatch")
    act.headers.brought(lot, LotWait.DISPATCH)
    act.headers.wait(lot, LotWait.RECEIPT, [act.actor.party])
    return {"purchase_id": request.purchase_id, "lot_id": lot, "seal_no": request.seal_no}
