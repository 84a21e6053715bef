"""Reads of the second market: an enterprise its own, a resident what he earned, officers what is
bought of their port's lots or by its factories, auditors all."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import text

from services.kernel.canonical import reference_key
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.columns import reference_key_of
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.platform.visibility import NO_FACTORY, factories_of, sees_all
from services.secondmarket.domain.rules.purchase import may_sell

_ORDERS = Filtered(f"""
    SELECT * FROM factory_orders AS o
    WHERE ASKED(enterprise_code = :enterprise)
        AND ASKED(EXISTS (
            SELECT FROM v_enterprises AS e
            WHERE e.enterprise_code = o.enterprise_code AND e.port = :port))
        AND ASKED(order_id = :order_id)
        AND ASKED({reference_key_of("reference")} = :reference)
        AND ASKED(order_id > :after)
    ORDER BY order_id LIMIT :rows
""")
# Of a lot that is the actor's to sell, the orders that it may be offered to: the same as
# ``sale_refusals`` asks of an order, and what was offered to already.
_FITTING = Filtered("""
    SELECT o.order_id, o.enterprise_code, o.hs_code, o.unit_price, o.currency,
        o.wanted_kg - o.bought_kg AS left_kg, s.offered_at
    FROM v_lots AS l JOIN factory_orders AS o
        ON starts_with(l.hs_code, o.hs_code) AND o.currency = l.currency
    LEFT JOIN sale_offers AS s ON s.lot_id = l.lot_id AND s.order_id = o.order_id
    WHERE l.lot_id = :lot_id AND o.cancelled_at IS NULL AND o.bought_kg < o.wanted_kg
        AND ASKED(o.order_id > :after)
    ORDER BY o.order_id LIMIT :rows
""")
_SALE = text("""
    SELECT purchase_id, order_id, lot_id, enterprise_code, net_kg, price_minor, currency, bought_at
    FROM purchases WHERE lot_id = :lot_id
""")
_SELLER = text("SELECT group_code, submitted_by FROM v_lots WHERE lot_id = :lot_id")
_GONE_OUT = text("SELECT gate_out_at IS NOT NULL FROM v_lots WHERE lot_id = :lot_id")
_PURCHASES = Filtered("""
    SELECT p.*, d.seal_no, d.dispatched_at, d.receipt_id, d.book_id, d.received_kg, d.received_at,
        d.lost_at
    FROM purchases AS p LEFT JOIN v_deliveries AS d USING (purchase_id)
    WHERE ASKED(p.enterprise_code = :enterprise)
        AND ASKED(EXISTS (
            SELECT FROM v_enterprises AS e
            WHERE e.enterprise_code = p.enterprise_code AND e.port = :port
        ) OR EXISTS (SELECT FROM v_lots AS l WHERE l.lot_id = p.lot_id AND l.port = :port))
        AND ASKED(overdue: (d.receipt_id IS NULL AND coalesce(p.due_on < :today, false)
                AND p.voided_at IS NULL AND d.lost_at IS NULL) = :overdue)
        AND ASKED(p.lot_id = :lot_id)
        AND ASKED(p.order_id = :order_id)
        AND ASKED(p.purchase_id = :purchase_id)
        AND ASKED(p.purchase_id > :after)
    ORDER BY p.purchase_id LIMIT :rows
""")
# What can still be bought; who offered sees the own, whatever became of the order's other lots.
_OFFERS = Filtered("""
    SELECT s.offer_id, s.order_id, s.lot_id, s.unit_price, s.offered_by, s.offered_at,
        o.reference AS order_reference, o.enterprise_code, o.currency AS order_currency,
        l.reference, l.hs_code, l.net_kg
    FROM sale_offers AS s
    JOIN factory_orders AS o USING (order_id)
    JOIN v_lots AS l ON l.lot_id = s.lot_id
    WHERE o.cancelled_at IS NULL AND l.ended_at IS NULL
        AND NOT EXISTS (SELECT FROM purchases AS p WHERE p.lot_id = s.lot_id)
        AND (:of_all OR o.enterprise_code = :enterprise OR s.offered_by = :party)
        AND ASKED(s.lot_id = :lot_id)
        AND ASKED(s.order_id = :order_id)
        AND ASKED(s.offer_id > :after)
    ORDER BY s.offer_id LIMIT :rows
""")
_INCOMES = Filtered("""
    SELECT i.*, p.lot_id, p.bought_at FROM purchase_incomes AS i
    JOIN purchases AS p USING (purchase_id)
    WHERE i.resident_id = :resident_id AND p.voided_at IS NULL
        AND ASKED(i.ticket_id > :after)
    ORDER BY i.ticket_id LIMIT :rows
""")


async def order_list(
    tx: Statements, actor: Actor, *, reference: str | None, after: UUID | None, rows: int
) -> list[Row]:
    """Orders, oldest first; ``reference`` finds one's own order by its own name."""
    named = None if reference is None else reference_key(reference)
    values = {"order_id": None, "reference": named, "after": after, "rows": rows}
    return (await tx.execute(_ORDERS, {**values, **factories_of(actor)})).all()


async def order_get(tx: Statements, order_id: str, actor: Actor) -> Row:
    """One order. Raises Refused NOT_FOUND."""
    values = {"order_id": uuid_of(order_id, "ord"), "reference": None, "after": None, "rows": 1}
    return _found((await tx.execute(_ORDERS, {**values, **factories_of(actor)})).one_or_none())


def _found(row: Row | None) -> Row:
    """What is there for the actor. Raises Refused NOT_FOUND."""
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row


async def order_fitting_list(
    tx: Statements, actor: Actor, *, lot_id: str, after: UUID | None, rows: int
) -> list[Row]:
    """Open orders for the goods of a lot that is the actor's to sell. Raises Refused NOT_FOUND."""
    values = {"lot_id": await _own_to_sell(tx, actor, lot_id), "after": after, "rows": rows}
    return (await tx.execute(_FITTING, values)).all()


async def sale_get(tx: Statements, actor: Actor, *, lot_id: str) -> Row:
    """The purchase of a lot that was the actor's to sell. Raises Refused NOT_FOUND."""
    found = await tx.execute(_SALE, {"lot_id": await _own_to_sell(tx, actor, lot_id)})
    return _found(found.one_or_none())


async def _own_to_sell(tx: Statements, actor: Actor, lot_id: str) -> UUID:
    """A lot that is the actor's to sell, or was. Raises Refused NOT_FOUND."""
    found = uuid_of(lot_id, "lot")
    lot = (await tx.execute(_SELLER, {"lot_id": found})).one_or_none()
    if lot is None or not may_sell(actor.party, lot.group_code, lot.submitted_by):
        raise Refused(NOT_FOUND.at())
    return found


async def offer_list(
    tx: Statements,
    actor: Actor,
    *,
    lot_id: str | None,
    order_id: str | None,
    after: UUID | None,
    rows: int,
) -> list[Row]:
    """Offers that can still be bought, oldest first: to one's own orders, or one's own."""
    values = {
        "of_all": sees_all(actor),
        "enterprise": actor.party_code if actor.party_kind == "enterprise" else NO_FACTORY,
        "party": actor.party,
        "lot_id": None if lot_id is None else uuid_of(lot_id, "lot"),
        "order_id": None if order_id is None else uuid_of(order_id, "ord"),
        "after": after,
        "rows": rows,
    }
    return (await tx.execute(_OFFERS, values)).all()


async def purchase_list(
    tx: Statements,
    actor: Actor,
    *,
    today: date,
    lot_id: str | None = None,
    order_id: str | None = None,
    purchase_id: str | None = None,
    overdue: bool | None = None,
    after: UUID | None = None,
    rows: int,
) -> list[Row]:
    """Purchases with their movement and receipt, oldest first.

    ``overdue`` are those whose day is over and that no factory has received.
    """
    values = {
        **factories_of(actor),
        "overdue": overdue,
        "today": today,
        "lot_id": None if lot_id is None else uuid_of(lot_id, "lot"),
        "order_id": None if order_id is None else uuid_of(order_id, "ord"),
        "purchase_id": None if purchase_id is None else uuid_of(purchase_id, "pur"),
        "after": after,
        "rows": rows,
    }
    return (await tx.execute(_PURCHASES, values)).all()


async def purchase_get(tx: Statements, purchase_id: str, actor: Actor, *, today: date) -> Row:
    """One purchase. Raises Refused NOT_FOUND."""
    found = await purchase_list(tx, actor, today=today, purchase_id=purchase_id, rows=1)
    return _found(found[0] if found else None)


async def has_gone_out(tx: Statements, purchase: Row) -> bool:
    """Whether the goods of a purchase have passed the gate."""
    found = await tx.execute(_GONE_OUT, {"lot_id": purchase.lot_id})
    return bool(found.scalar_one())


async def income_list(tx: Statements, actor: Actor, *, after: UUID | None, rows: int) -> list[Row]:
    """What a resident earned, ticket by ticket: proceeds less declared value."""
    resident_id = uuid_of(actor.party_code, "res")
    values = {"resident_id": resident_id, "after": after, "rows": rows}
    return (await tx.execute(_INCOMES, values)).all()
