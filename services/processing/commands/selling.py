"""The residents' side of a sale: a released lot is offered to a factory's order at its price."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from services.kernel.events import MoneyBody
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.messages import Actor, Answer
from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.platform import event_log
from services.platform.database import Row, Tx
from services.processing.domain import refusals
from services.processing.domain.events import LotOffered, LotOfferWithdrawn
from services.processing.domain.rules.purchase import (
    Lot,
    Order,
    may_sell,
    price_agreed,
    sale_refusals,
)

_ORDER = text("SELECT * FROM factory_orders WHERE order_id = :order_id")
_LOT = text("""
    SELECT l.*, EXISTS (SELECT 1 FROM purchases AS p WHERE p.lot_id = l.lot_id) AS sold
    FROM v_lots AS l WHERE l.lot_id = :lot_id
""")
# Of two clerks at once the second finds the lot offered to this order.
_OFFER = text("""
    INSERT INTO sale_offers (lot_id, order_id, offer_id, offered_by, unit_price, offered_at)
    VALUES (:lot_id, :order_id, :offer_id, :party, :unit_price, :at)
    ON CONFLICT DO NOTHING RETURNING lot_id
""")
# The row is locked: of a purchase and a withdrawal at once, the second sees what the first did.
_OFFERED = text("""
    SELECT offer_id FROM sale_offers WHERE lot_id = :lot_id AND order_id = :order_id FOR UPDATE
""")
_WITHDRAW = text("DELETE FROM sale_offers WHERE offer_id = :offer_id")


async def offer_create(
    tx: Tx, *, order_id: str, lot_id: str, unit_price: Decimal, actor: Actor, at: datetime
) -> Answer:
    """Agree, for the residents, to sell a whole lot to an order at the price that it names.

    The lot's group agrees by its clerk, a resident who declared alone agrees in person; the buyer
    is another party. Refuses NOT_FOUND, PRICE_DIFFERS, ALREADY_OFFERED, and whatever keeps the lot
    from being sold to this order: ALREADY_SOLD, NOT_RELEASED, OWN_USE, COMMODITY_MISMATCH,
    CURRENCY_MISMATCH, ORDER_FILLED.
    """
    lot = await _own_lot(tx, lot_id, actor)
    order = (await tx.execute(_ORDER, {"order_id": uuid_of(order_id, "ord")})).one_or_none()
    if order is None:
        raise Refused(Refusal("NOT_FOUND", "There is no such order.", "/order_id"))
    found = sale_refusals(
        Order(order.hs_code, order.wanted_kg, order.bought_kg, order.currency),
        Lot(lot.state, lot.purpose, lot.hs_code, lot.net_kg, lot.currency, lot.sold),
    )
    disagreed = price_agreed(unit_price, order.unit_price)
    refuse_if_any([*found, *(() if disagreed is None else (disagreed,))])
    ids = {"lot_id": lot.lot_id, "order_id": order.order_id}
    values = {**ids, "offer_id": new_uuid(), "party": actor.party, "at": at}
    values["unit_price"] = unit_price
    if (await tx.execute(_OFFER, values)).one_or_none() is None:
        raise Refused(
            Refusal(
                refusals.ALREADY_OFFERED,
                "This lot is offered to that order already; the factory may buy it.",
                "/lot_id",
            )
        )
    offered = _offered(order, lot)
    step = f"offer:{values['offer_id']}"
    await event_log.append(tx, case=lot_id, event=offered, step=step, actor=actor, at=at)
    return Answer(status=201, body=offered.model_dump(mode="json"))


async def _own_lot(tx: Tx, lot_id: str, actor: Actor) -> Row:
    lot = (await tx.execute(_LOT, {"lot_id": uuid_of(lot_id, "lot")})).one_or_none()
    if lot is None or not may_sell(actor.party, lot.group_code, lot.submitted_by):
        raise Refused(Refusal("NOT_FOUND", "You have no such lot to sell.", "/lot_id"))
    return lot


async def offer_withdraw(
    tx: Tx, *, order_id: str, lot_id: str, actor: Actor, at: datetime
) -> Answer:
    """Take an offer back before its order has bought; the lot may be offered again.

    Refuses NOT_FOUND, NOT_OFFERED, ALREADY_SOLD: a title that has passed is not taken back.
    """
    lot = await _own_lot(tx, lot_id, actor)
    offer_id = await offer_of(tx, lot_id=lot.lot_id, order_id=uuid_of(order_id, "ord"))
    if offer_id is None:
        raise Refused(
            Refusal(
                refusals.NOT_OFFERED, "This lot is not offered to that order; nothing to withdraw."
            )
        )
    if (await _own_lot(tx, lot_id, actor)).sold:
        raise Refused(
            Refusal(refusals.ALREADY_SOLD, "The factory has bought this lot; a sale stands.")
        )
    await tx.execute(_WITHDRAW, {"offer_id": offer_id})
    event = LotOfferWithdrawn(lot_id=lot_id, order_id=order_id)
    step = f"withdraw:{offer_id}"
    await event_log.append(tx, case=lot_id, event=event, step=step, actor=actor, at=at)
    return Answer(status=200, body=event.model_dump(mode="json"))


def _offered(order: Row, lot: Row) -> LotOffered:
    price = Money.rounded(lot.net_kg * order.unit_price, order.currency)
    return LotOffered(
        lot_id=show("lot", lot.lot_id),
        order_id=show("ord", order.order_id),
        enterprise_code=order.enterprise_code,
        unit_price=f"{order.unit_price.normalize():f}",
        price=MoneyBody(amount=price.amount, currency=price.currency),
    )


async def offer_of(tx: Tx, *, lot_id: UUID, order_id: UUID) -> UUID | None:
    """The residents' agreement to sell this lot to this order, locked; None if there is none."""
    values = {"lot_id": lot_id, "order_id": order_id}
    found: UUID | None = (await tx.execute(_OFFERED, values)).scalar_one_or_none()
    return found
