"""Purchases of whole lots from their residents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import text

from services.kernel.clock import business_day, day_begins
from services.kernel.events import MoneyBody
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.lot_waits import LotWait
from services.kernel.money import Money
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import NOT_FOUND
from services.kernel.rule import asked
from services.kernel.salted import rows_digest
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import lot_turn
from services.platform.questioned import QUESTIONED, question_of
from services.secondmarket.commands.orders import FILING
from services.secondmarket.domain import refusals
from services.secondmarket.domain.events import LotBought
from services.secondmarket.domain.rules.purchase import (
    Capacity,
    Lot,
    Order,
    Share,
    nobody_in_question_sells,
    nobody_under_control_buys_what_has_left,
    nothing_keeps_the_goods_in,
    proceeds,
    purchase_refusals,
)
from services.secondmarket.domain.states import FACTORY_ORDER, FactoryOrderState

_FILED_FOR_LOT: Final = FILING.format(enterprise="o.enterprise_code", hs_code="l.hs_code")
# Read in the lot's turn. The order is not locked: its account says at the end what is left of it.
_SALE = text(f"""
    SELECT l.*, {QUESTIONED.format(lot="l.lot_id")},
        o.order_id AS factory_order_id, o.enterprise_code, o.hs_code AS ordered_hs,
        o.wanted_kg, o.bought_kg, o.cancelled_at, o.unit_price, o.currency AS order_currency,
        f.hs_prefix, f.yearly_capacity_kg, f.used_kg,
        EXISTS (SELECT FROM purchases AS p WHERE p.lot_id = l.lot_id) AS sold,
        EXISTS (
            SELECT FROM sale_offers AS s WHERE s.lot_id = l.lot_id AND s.order_id = o.order_id
        ) AS offered,
        CASE WHEN l.state = 'RELEASED' THEN lot_kept_in(l.lot_id, :day) ELSE false END AS kept_in,
        l.gate_out_at IS NOT NULL AND buyer_kept_off(o.enterprise_code, :day) AS kept_off,
        (SELECT version FROM v_policy_version) AS policy_version,
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
            price_minor, currency, bought_at, due_on, hs_prefix)
        VALUES (:purchase_id, :order_id, :lot_id, :enterprise, :hs_code, :net_kg, :price_minor,
            :currency, :at, :due_on, :hs_prefix)
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
        WHERE order_id = :order_id AND bought_kg < wanted_kg AND cancelled_at IS NULL
            AND EXISTS (SELECT FROM capacity)
        RETURNING bought_kg >= wanted_kg AS now_full
    )
    SELECT EXISTS (SELECT FROM capacity) AS within_capacity, EXISTS (SELECT FROM filled) AS open,
        (SELECT now_full FROM filled) AS now_full
""")


async def purchase_create(act: Act, *, order_id: str, lot_id: str) -> LotBought:
    """Buy a whole released lot from its residents; if its goods are out already, its case goes on.

    It is to be received by a day that is laid down. Refuses NOT_FOUND, NOT_RELEASED, ALREADY_SOLD,
    NAME_IN_QUESTION, OWN_USE, NOT_FILED, CAPACITY_EXCEEDED, COMMODITY_MISMATCH,
    CURRENCY_MISMATCH, ORDER_FILLED, ORDER_CANCELLED, NOT_OFFERED, KEPT_BY_CUSTOMS, POLICY_MISSING.
    The lot's turn is taken first: of two factories at once one buys and the other is told
    ALREADY_SOLD.
    """
    ids = {"order_id": uuid_of(order_id, "ord"), "lot_id": uuid_of(lot_id, "lot")}
    await lot_turn(act, ids["lot_id"])
    day = business_day(act.at)
    sale = (await act.execute(_SALE, day=day, year=day.year, **ids)).one()
    if not act.actor.is_party("enterprise", sale.enterprise_code):
        raise Refused(NOT_FOUND.at("/order_id"))
    _refuse_sale(sale, day)
    act.policy_version = sale.policy_version
    days = (await act.law()).integer("process.receive_days", on=day, scope=sale.port)
    due_on = day + timedelta(days=days)
    price = Money.rounded(sale.net_kg * sale.unit_price, sale.order_currency)
    purchase_id = new_uuid()
    split = _split(sale, price)
    bought = LotBought(
        purchase_id=show("pur", purchase_id),
        order_id=order_id,
        lot_id=lot_id,
        enterprise_code=sale.enterprise_code,
        net_kg=f"{sale.net_kg:f}",
        price=MoneyBody.of(price),
        residents_income=MoneyBody.of(price - Money(sale.value_minor, sale.currency)),
        tickets=len(sale.tickets),
        due_on=due_on,
        hs_prefix=sale.hs_prefix,
        incomes=_vouched(show("lot", ids["lot_id"]), split, price.currency),
    )
    values = {
        "purchase_id": purchase_id,
        "enterprise": sale.enterprise_code,
        "hs_code": sale.hs_code,
        "net_kg": sale.net_kg,
        "price_minor": price.minor,
        "currency": price.currency,
        "at": act.at,
        "due_on": due_on,
        "hs_prefix": sale.hs_prefix,
    }
    await act.execute(_PURCHASE, **ids, **values, **split)
    full = await _fill(act, sale, day)
    act.record(lot_id, bought, step="buy")
    _pass_to_factory(act, lot_id, order_id, due_on)
    if sale.gate_out_at is not None:
        act.tell(lot_id)
    act.record(order_id, bought, step=f"buy:{bought.purchase_id}")
    if full:
        act.headers.stand(order_id, FACTORY_ORDER, FactoryOrderState.FILLED)
    return bought


def _pass_to_factory(act: Act, lot: str, order: str, due_on: date) -> None:
    """The factory reads the lot from now on, and is to fetch it; nobody else can."""
    act.headers.brought(lot, LotWait.SALE, LotWait.PURCHASE)
    due_at = day_begins(due_on + timedelta(days=1))
    act.headers.wait(lot, LotWait.DISPATCH, [act.actor.party], due_at=due_at)
    act.headers.reader(lot, act.actor.party)
    act.headers.link(lot, order)


def _refuse_sale(sale: Row, day: date) -> None:
    """Raises Refused with everything that keeps this lot from being bought under this order.

    A purchase is judged by the rules of the day on which it is made. Whether customs keeps the lot
    in is said last, to whoever could buy it otherwise.
    """
    if sale.lot_id is None:
        raise Refused(NOT_FOUND.at("/lot_id"))
    cancelled = sale.cancelled_at is not None
    order = Order(sale.ordered_hs, sale.wanted_kg, sale.bought_kg, sale.order_currency, cancelled)
    lot = Lot(sale.state, sale.purpose, sale.hs_code, sale.net_kg, sale.currency, sale.sold)
    filed = sale.hs_prefix is not None
    capacity = Capacity(sale.yearly_capacity_kg, sale.used_kg) if filed else None
    found = asked(day, purchase_refusals, order, lot, capacity, offered=sale.offered)
    refuse_if_any([*found, *asked(day, nobody_in_question_sells, question_of(sale))])
    refuse_if_any(asked(day, nothing_keeps_the_goods_in, kept_in=sale.kept_in))
    refuse_if_any(asked(day, nobody_under_control_buys_what_has_left, kept_off=sale.kept_off))


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


def _vouched(lot: str, split: Mapping[str, Sequence[Any]], currency: str) -> str:
    """The digest of what each ticket brings."""
    columns = ("tickets", "residents", "nets", "proceeds", "costs")
    rows = zip(*(split[name] for name in columns), strict=True)
    return rows_digest(lot, ((*row, currency) for row in rows))


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
        raise Refused(refusals.ORDER_JUST_ENDED.at("/order_id"))
    return bool(booked.now_full)
