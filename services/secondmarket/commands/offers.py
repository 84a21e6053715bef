"""The residents' side of a sale: a released lot is offered to a factory's order at its price."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sqlalchemy import TextClause, text

from services.kernel.clock import business_day
from services.kernel.events import MoneyBody
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.lot_waits import LotWait
from services.kernel.money import Money, price_text
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import NOT_FOUND
from services.kernel.rule import asked
from services.platform.act import Act, Write
from services.platform.database import Row
from services.platform.event_log import lot_turn
from services.platform.questioned import QUESTIONED, question_of
from services.secondmarket.domain import refusals
from services.secondmarket.domain.events import LotOffered, LotOfferWithdrawn
from services.secondmarket.domain.rules.purchase import (
    Lot,
    Order,
    may_sell,
    nobody_in_question_sells,
    nobody_under_control_buys_what_has_left,
    price_agreed,
    sale_refusals,
)

# The lot that the seller may see, and the order that it is to be sold to.
_SALE: Final = """
    SELECT l.*, {questioned},
        o.order_id AS factory_order_id, o.enterprise_code, o.hs_code AS ordered_hs,
        o.wanted_kg, o.bought_kg, o.cancelled_at, o.unit_price, o.currency AS order_currency,
        s.offer_id,
        l.gate_out_at IS NOT NULL AND buyer_kept_off(o.enterprise_code, :day) AS kept_off,
        EXISTS (SELECT FROM purchases AS p WHERE p.lot_id = l.lot_id) AS sold,
        (SELECT count(*) FROM sale_offers AS f WHERE f.lot_id = l.lot_id) AS offers,
        (
            SELECT count(*) FROM sale_offers AS f JOIN factory_orders AS n USING (order_id)
            WHERE f.lot_id = l.lot_id AND n.enterprise_code = o.enterprise_code
        ) AS same_factory
    FROM v_lots AS l
    LEFT JOIN {orders} AS o ON o.order_id = :order_id
    LEFT JOIN sale_offers AS s ON s.lot_id = l.lot_id AND s.order_id = o.order_id
    WHERE l.lot_id = :lot_id
"""
# The order as it stands until the offer is on record: taken back meanwhile, it would never buy.
_QUESTIONED: Final = QUESTIONED.format(lot="l.lot_id")
_KEPT: Final = "(SELECT * FROM factory_orders WHERE order_id = :order_id FOR SHARE)"
_SALE_TO_COME = text(_SALE.format(orders=_KEPT, questioned=_QUESTIONED))
_SALE_AGREED = text(_SALE.format(orders="factory_orders", questioned=_QUESTIONED))
_OFFER: Final = Write("""
    offer AS (
        INSERT INTO sale_offers (lot_id, order_id, offer_id, offered_by, unit_price, offered_at)
        VALUES (:lot_id, :order_id, :offer_id, :party, :unit_price, :at)
    )
""")
_WITHDRAW = text("DELETE FROM sale_offers WHERE offer_id = :offer_id")


async def offer_create(act: Act, *, order_id: str, lot_id: str, unit_price: Decimal) -> LotOffered:
    """Agree, for the residents, to sell a whole lot to an order at the price that it names.

    The lot's group agrees by its clerk, a resident who declared alone agrees in person; the buyer
    is another party. The lot's turn is taken first, then the order is kept from being taken back:
    what is judged stands until the offer does. Refuses NOT_FOUND, PRICE_DIFFERS, ALREADY_OFFERED,
    NAME_IN_QUESTION, KEPT_BY_CUSTOMS, and whatever keeps the lot from being sold to this order:
    ALREADY_SOLD, NOT_RELEASED, OWN_USE, COMMODITY_MISMATCH, CURRENCY_MISMATCH, ORDER_FILLED,
    ORDER_CANCELLED.
    """
    await lot_turn(act, uuid_of(lot_id, "lot"))
    sale = await _own_sale(act, _SALE_TO_COME, order_id=order_id, lot_id=lot_id)
    day = business_day(act.at)
    if sale.factory_order_id is None:
        raise Refused(NOT_FOUND.at("/order_id"))
    found = sale_refusals(
        Order(
            sale.ordered_hs,
            sale.wanted_kg,
            sale.bought_kg,
            sale.order_currency,
            sale.cancelled_at is not None,
        ),
        Lot(sale.state, sale.purpose, sale.hs_code, sale.net_kg, sale.currency, sale.sold),
    )
    found += asked(day, nobody_in_question_sells, question_of(sale))
    refuse_if_any([*found, *asked(day, price_agreed, unit_price, sale.unit_price)])
    refuse_if_any(asked(day, nobody_under_control_buys_what_has_left, kept_off=sale.kept_off))
    if sale.offer_id is not None:
        raise Refused(refusals.ALREADY_OFFERED.at("/lot_id"))
    offer_id = new_uuid()
    ids = {"lot_id": sale.lot_id, "order_id": sale.factory_order_id, "offer_id": offer_id}
    values = {"party": act.actor.party, "unit_price": unit_price, "at": act.at}
    await act.write(_OFFER, **ids, **values)
    offered = _offered(sale)
    act.record(lot_id, offered, step=f"offer:{offer_id}")
    act.headers.brought(lot_id, LotWait.SALE)
    act.headers.wait(lot_id, LotWait.PURCHASE, [f"enterprise:{sale.enterprise_code}"])
    return offered


async def _own_sale(act: Act, reading: TextClause, *, order_id: str, lot_id: str) -> Row:
    """The lot, if it is the actor's to sell, with the order and what there is between the two."""
    ids = {"order_id": uuid_of(order_id, "ord"), "lot_id": uuid_of(lot_id, "lot")}
    found = await act.execute(reading, day=business_day(act.at), **ids)
    sale: Row | None = found.one_or_none()
    if sale is None or not may_sell(act.actor.party, sale.group_code, sale.submitted_by):
        raise Refused(NOT_FOUND.at("/lot_id"))
    return sale


async def offer_withdraw(act: Act, *, order_id: str, lot_id: str) -> LotOfferWithdrawn:
    """Take an offer back before its order has bought; the lot may be offered again.

    The lot's turn is taken first: of a purchase and a withdrawal at once, the second sees what the
    first did. Refuses NOT_FOUND, NOT_OFFERED, ALREADY_SOLD: a title that has passed is not taken
    back.
    """
    await lot_turn(act, uuid_of(lot_id, "lot"))
    sale = await _own_sale(act, _SALE_AGREED, order_id=order_id, lot_id=lot_id)
    if sale.offer_id is None:
        raise Refused(refusals.NOTHING_OFFERED.at())
    if sale.sold:
        raise Refused(refusals.ALREADY_SOLD.at())
    await act.execute(_WITHDRAW, offer_id=sale.offer_id)
    event = LotOfferWithdrawn(lot_id=lot_id, order_id=order_id)
    act.record(lot_id, event, step=f"withdraw:{sale.offer_id}")
    if sale.ended_at is not None:  # it waits for nothing any more
        return event
    if sale.same_factory == 1:
        factory = f"enterprise:{sale.enterprise_code}"
        act.headers.brought(lot_id, LotWait.PURCHASE, desk=factory)
    if sale.offers == 1:
        side = f"group:{sale.group_code}" if sale.group_code else sale.submitted_by
        act.headers.wait(lot_id, LotWait.SALE, [side])
    return event


def _offered(sale: Row) -> LotOffered:
    price = Money.rounded(sale.net_kg * sale.unit_price, sale.order_currency)
    return LotOffered(
        lot_id=show("lot", sale.lot_id),
        order_id=show("ord", sale.factory_order_id),
        enterprise_code=sale.enterprise_code,
        unit_price=price_text(sale.unit_price, sale.order_currency),
        price=MoneyBody.of(price),
    )
