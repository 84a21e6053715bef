"""Reads of the second market: an enterprise its own, a resident what he earned, officers what is
bought of their port's lots or by its factories, auditors all."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import text

from services.kernel.identifiers import show, uuid_of
from services.kernel.messages import Actor
from services.kernel.money import Money, price_text
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.pagination import decode_cursor, page
from services.platform.visibility import sees_all

NOBODY: Final = "-"
_ORDERS = text("""
    SELECT * FROM factory_orders AS o
    WHERE (CAST(:enterprise AS text) IS NULL OR enterprise_code = :enterprise)
        AND (CAST(:port AS text) IS NULL OR EXISTS (
            SELECT FROM v_enterprises AS e
            WHERE e.enterprise_code = o.enterprise_code AND e.port = :port))
        AND (CAST(:order_id AS uuid) IS NULL OR order_id = :order_id)
        AND (CAST(:reference AS text) IS NULL OR reference = :reference)
        AND (CAST(:after AS uuid) IS NULL OR order_id > :after)
    ORDER BY order_id LIMIT :rows
""")
_PURCHASES = text("""
    SELECT p.*, d.seal_no, d.dispatched_at, d.receipt_id, d.book_id, d.received_kg, d.received_at
    FROM purchases AS p LEFT JOIN v_deliveries AS d USING (purchase_id)
    WHERE (CAST(:enterprise AS text) IS NULL OR p.enterprise_code = :enterprise)
        AND (CAST(:port AS text) IS NULL OR EXISTS (
            SELECT FROM v_enterprises AS e
            WHERE e.enterprise_code = p.enterprise_code AND e.port = :port
        ) OR EXISTS (SELECT FROM v_lots AS l WHERE l.lot_id = p.lot_id AND l.port = :port))
        AND (CAST(:overdue AS boolean) IS NULL
            OR (d.receipt_id IS NULL AND coalesce(p.due_on < :today, false)) = :overdue)
        AND (CAST(:lot_id AS uuid) IS NULL OR p.lot_id = :lot_id)
        AND (CAST(:order_id AS uuid) IS NULL OR p.order_id = :order_id)
        AND (CAST(:purchase_id AS uuid) IS NULL OR p.purchase_id = :purchase_id)
        AND (CAST(:after AS uuid) IS NULL OR p.purchase_id > :after)
    ORDER BY p.purchase_id LIMIT :rows
""")
_INCOMES = text("""
    SELECT i.*, p.lot_id, p.bought_at FROM purchase_incomes AS i
    JOIN purchases AS p USING (purchase_id)
    WHERE i.resident_id = :resident_id AND (CAST(:after AS uuid) IS NULL OR i.ticket_id > :after)
    ORDER BY i.ticket_id LIMIT :rows
""")


def _scope(actor: Actor) -> dict[str, str | None]:
    """Whose orders and purchases the actor sees, or of which port; None is not narrowed."""
    if sees_all(actor):
        return {"enterprise": None, "port": None}
    if actor.party_kind == "officer":
        return {"enterprise": None, "port": actor.port or NOBODY}
    own = actor.party_code if actor.party_kind == "enterprise" else NOBODY
    return {"enterprise": own, "port": None}


def _money(minor: int, currency: str) -> dict[str, str]:
    return {"amount": Money(minor, currency).amount, "currency": currency}


async def order_list(
    tx: Statements, actor: Actor, *, reference: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """Orders, oldest first; ``reference`` finds one's own order by its own name."""
    values = {"reference": reference, "after": decode_cursor(cursor), "rows": limit + 1}
    rows = (await tx.execute(_ORDERS, {**values, **_scope(actor), "order_id": None})).all()
    return page(rows, limit=limit, key=lambda r: r.order_id, show=order_shown)


async def order_get(tx: Statements, order_id: str, actor: Actor) -> dict[str, Any]:
    """One order. Raises Refused NOT_FOUND."""
    values = {"order_id": uuid_of(order_id, "ord"), "reference": None, "after": None, "rows": 1}
    row = (await tx.execute(_ORDERS, {**values, **_scope(actor)})).one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return order_shown(row)


def order_shown(row: Row) -> dict[str, Any]:
    """An order as it is shown."""
    return {
        "order_id": show("ord", row.order_id),
        "reference": row.reference,
        "enterprise_code": row.enterprise_code,
        "hs_code": row.hs_code,
        "wanted_kg": row.wanted_kg,
        "bought_kg": row.bought_kg,
        "unit_price": price_text(row.unit_price, row.currency),
        "currency": row.currency,
        "filled": row.bought_kg >= row.wanted_kg,
        "created_at": row.created_at,
        "cancelled_at": row.cancelled_at,
    }


async def purchase_list(
    tx: Statements,
    actor: Actor,
    *,
    today: date,
    lot_id: str | None = None,
    order_id: str | None = None,
    purchase_id: str | None = None,
    overdue: bool | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Purchases with their movement and receipt, oldest first.

    ``overdue`` are those whose day is over and that no factory has received.
    """
    values = {
        **_scope(actor),
        "overdue": overdue,
        "today": today,
        "lot_id": None if lot_id is None else uuid_of(lot_id, "lot"),
        "order_id": None if order_id is None else uuid_of(order_id, "ord"),
        "purchase_id": None if purchase_id is None else uuid_of(purchase_id, "pur"),
        "after": decode_cursor(cursor),
        "rows": limit + 1,
    }
    rows = (await tx.execute(_PURCHASES, values)).all()
    return page(rows, limit=limit, key=lambda r: r.purchase_id, show=lambda r: _purchase(r, today))


async def purchase_get(
    tx: Statements, purchase_id: str, actor: Actor, *, today: date
) -> dict[str, Any]:
    """One purchase. Raises Refused NOT_FOUND."""
    found = await purchase_list(tx, actor, today=today, purchase_id=purchase_id, limit=1)
    if not found["items"]:
        raise Refused(NOT_FOUND.at())
    item: dict[str, Any] = found["items"][0]
    return item


def _purchase(row: Row, today: date) -> dict[str, Any]:
    state = "RECEIVED" if row.receipt_id else "DISPATCHED" if row.dispatched_at else "BOUGHT"
    waiting = row.receipt_id is None and row.due_on is not None
    late = max((today - row.due_on).days, 0) if waiting else 0
    return {
        "purchase_id": show("pur", row.purchase_id),
        "order_id": show("ord", row.order_id),
        "lot_id": show("lot", row.lot_id),
        "enterprise_code": row.enterprise_code,
        "hs_code": row.hs_code,
        "net_kg": row.net_kg,
        "price": _money(row.price_minor, row.currency),
        "state": state,
        "bought_at": row.bought_at,
        "due_on": row.due_on,
        "overdue": late > 0,
        "overdue_days": late,
        "seal_no": row.seal_no,
        "dispatched_at": row.dispatched_at,
        "receipt_id": None if row.receipt_id is None else show("rcp", row.receipt_id),
        "book_id": None if row.book_id is None else show("bok", row.book_id),
        "received_kg": row.received_kg,
        "received_at": row.received_at,
    }


async def income_list(
    tx: Statements, actor: Actor, *, limit: int, cursor: str | None
) -> dict[str, Any]:
    """What a resident earned, ticket by ticket: proceeds less declared value."""
    values = {
        "resident_id": uuid_of(actor.party_code, "res"),
        "after": decode_cursor(cursor),
        "rows": limit + 1,
    }
    rows = (await tx.execute(_INCOMES, values)).all()
    return page(rows, limit=limit, key=lambda r: r.ticket_id, show=_income)


def _income(row: Row) -> dict[str, Any]:
    return {
        "ticket_id": show("tkt", row.ticket_id),
        "lot_id": show("lot", row.lot_id),
        "net_kg": row.net_kg,
        "proceeds": _money(row.proceeds_minor, row.currency),
        "cost": _money(row.cost_minor, row.currency),
        "income": _money(row.proceeds_minor - row.cost_minor, row.currency),
        "bought_at": row.bought_at,
    }
