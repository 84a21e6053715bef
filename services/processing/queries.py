"""Reads of landing processing: an enterprise sees its own, officers their port's, auditors all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import show, uuid_of
from services.kernel.messages import Actor
from services.kernel.quantity import kilograms
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.pagination import decode_cursor, page
from services.platform.visibility import sees_all
from services.processing.domain.rules.consumption import Balance
from services.processing.domain.states import BookState

NOBODY: Final = "-"
_BOOKS = text("""
    SELECT b.*, header.version FROM books AS b
    JOIN cases AS header ON header.case_id = b.book_id
    WHERE (CAST(:enterprise AS text) IS NULL OR enterprise_code = :enterprise)
        AND (CAST(:port AS text) IS NULL OR b.port = :port)
        AND (CAST(:state AS text) IS NULL OR b.state = :state)
        AND (CAST(:after AS uuid) IS NULL OR book_id > :after)
    ORDER BY book_id LIMIT :rows
""")
_BOOK = text(
    "SELECT b.*, header.version FROM books AS b JOIN cases AS header ON header.case_id = b.book_id"
    " WHERE b.book_id = :book_id"
)
_MATERIALS = text("SELECT * FROM book_materials WHERE book_id = :book_id ORDER BY material_hs")
_CONSUMPTIONS = text("""
    SELECT product_hs, material_hs, net, loss_rate, unit, processing_rule, processes, declared_at
    FROM unit_consumptions WHERE book_id = :book_id ORDER BY product_hs, material_hs
""")
_PRODUCTS = text("""
    SELECT hs_code AS product_hs, sum(weight_kg) AS product_kg, count(*) AS reports,
        coalesce(array_agg(grounds ORDER BY reported_at) FILTER (
            WHERE grounds IS NOT NULL AND NOT EXISTS (
                SELECT FROM outputs AS r WHERE r.reverses = o.output_id)), '{}') AS grounds
    FROM outputs AS o
    WHERE book_id = :book_id AND kind = 'PRODUCT' GROUP BY hs_code ORDER BY hs_code
""")
# What is bought and not received: it belongs to the factory, and to no book yet.
_IN_TRANSIT = text("""
    SELECT p.purchase_id, p.lot_id, p.hs_code, p.net_kg, p.bought_at, p.due_on, m.dispatched_at
    FROM v_purchases AS p LEFT JOIN movements AS m USING (purchase_id)
    WHERE p.enterprise_code = :enterprise
        AND NOT EXISTS (SELECT FROM receipts AS r WHERE r.purchase_id = p.purchase_id)
    ORDER BY p.due_on, p.purchase_id
""")
_CORRECTIONS = text("""
    SELECT c.*, b.enterprise_code, header.version
    FROM corrections AS c JOIN books AS b USING (book_id)
    JOIN cases AS header ON header.case_id = b.book_id
    WHERE (CAST(:enterprise AS text) IS NULL OR b.enterprise_code = :enterprise)
        AND (CAST(:port AS text) IS NULL OR b.port = :port)
        AND (CAST(:book_id AS uuid) IS NULL OR c.book_id = :book_id)
        AND (CAST(:state AS text) IS NULL OR c.state = :state)
        AND (CAST(:correction_id AS uuid) IS NULL OR c.correction_id = :correction_id)
        AND (CAST(:after AS uuid) IS NULL OR c.correction_id > :after)
    ORDER BY c.correction_id LIMIT :rows
""")
_ALERTS = text("""
    SELECT a.*, b.enterprise_code, header.version
    FROM alerts AS a JOIN books AS b USING (book_id)
    JOIN cases AS header ON header.case_id = b.book_id
    WHERE (CAST(:enterprise AS text) IS NULL OR b.enterprise_code = :enterprise)
        AND (CAST(:port AS text) IS NULL OR b.port = :port)
        AND (CAST(:book_id AS uuid) IS NULL OR a.book_id = :book_id)
        AND (CAST(:state AS text) IS NULL OR a.state = :state)
        AND (CAST(:alert_id AS uuid) IS NULL OR a.alert_id = :alert_id)
        AND (CAST(:after AS uuid) IS NULL OR a.alert_id > :after)
    ORDER BY a.alert_id LIMIT :rows
""")


def _scope(actor: Actor) -> dict[str, str | None]:
    """Which enterprise and port the actor's reads are narrowed to; None is not narrowed."""
    if sees_all(actor):
        return {"enterprise": None, "port": None}
    if actor.party_kind == "officer":
        return {"enterprise": None, "port": actor.port or NOBODY}
    return {
        "enterprise": actor.party_code if actor.party_kind == "enterprise" else NOBODY,
        "port": None,
    }


async def book_list(
    tx: Statements, actor: Actor, *, state: str | None, limit: int, cursor: str | None
) -> dict[str, Any]:
    """E-book periods, oldest first."""
    values = {"state": state, "after": decode_cursor(cursor), "rows": limit + 1}
    rows = (await tx.execute(_BOOKS, {**values, **_scope(actor)})).all()
    return page(rows, limit=limit, key=lambda r: r.book_id, show=_book)


async def book_get(tx: Statements, book_id: str, actor: Actor, *, today: date) -> dict[str, Any]:
    """A book with its balance, what is on its way into it, unit consumption and products.

    Raises Refused NOT_FOUND.
    """
    row = await _book_row(tx, book_id, actor)
    named = {"book_id": row.book_id}
    materials = (await tx.execute(_MATERIALS, named)).all()
    consumptions = (await tx.execute(_CONSUMPTIONS, named)).all()
    products = (await tx.execute(_PRODUCTS, named)).all()
    coming: Sequence[Row] = ()
    if row.state != BookState.CLOSED:
        enterprise = {"enterprise": row.enterprise_code}
        coming = (await tx.execute(_IN_TRANSIT, enterprise)).all()
    return {
        **_book(row),
        "in_transit": [_in_transit(p, today) for p in coming],
        "materials": [_material(m) for m in materials],
        "unit_consumptions": [
            {**c, **{k: f"{c[k].normalize():f}" for k in ("net", "loss_rate", "unit")}}
            for c in consumptions
        ],
        "products": [dict(p) for p in products],
    }


async def _book_row(tx: Statements, book_id: str, actor: Actor) -> Row:
    """A book that the actor may see. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_BOOK, {"book_id": uuid_of(book_id, "bok")})).one_or_none()
    scope = _scope(actor)
    if row is None or (
        scope["enterprise"] not in (None, row.enterprise_code)
        or scope["port"] not in (None, row.port)
    ):
        raise Refused(NOT_FOUND.at())
    return row


def _book(row: Row) -> dict[str, Any]:
    return {
        "book_id": show("bok", row.book_id),
        "enterprise_code": row.enterprise_code,
        "port": row.port,
        "period_from": row.period_from,
        "period_to": row.period_to,
        "state": row.state,
        "version": row.version,
        "opened_at": row.opened_at,
        "ran_out_at": row.ran_out_at,
        "closed_at": row.closed_at,
        "ended_on": row.ended_on,
    }


def _in_transit(row: Row, today: date) -> dict[str, Any]:
    return {
        "purchase_id": show("pur", row.purchase_id),
        "lot_id": show("lot", row.lot_id),
        "material_hs": row.hs_code,
        "net_kg": row.net_kg,
        "bought_at": row.bought_at,
        "dispatched_at": row.dispatched_at,
        "due_on": row.due_on,
        "overdue": row.due_on is not None and row.due_on < today,
    }


def _material(row: Row) -> dict[str, Any]:
    balance = Balance(
        row.opening_kg, row.received_kg, row.consumed_kg, row.scrap_kg, loss_kg=row.loss_kg
    )
    return {
        "material_hs": row.material_hs,
        "opening_kg": row.opening_kg,
        "received_kg": row.received_kg,
        "consumed_kg": row.consumed_kg,
        "scrap_kg": row.scrap_kg,
        "closing_kg": row.closing_kg,
        "unexplained_kg": None if row.closing_kg is None else row.unexplained_kg,
        "remaining_kg": balance.remaining_kg,
        "declared_loss_kg": row.loss_kg,
        "scrap_beyond_loss_kg": kilograms(balance.scrap_beyond_loss_kg),
    }


async def alert_list(
    tx: Statements,
    actor: Actor,
    *,
    state: str | None = None,
    book_id: str | None = None,
    alert_id: UUID | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Alerts, oldest first: an officer's port, an enterprise's own."""
    values = {
        "state": state,
        "book_id": None if book_id is None else uuid_of(book_id, "bok"),
        "alert_id": alert_id,
        "after": decode_cursor(cursor),
        "rows": limit + 1,
    }
    rows = (await tx.execute(_ALERTS, {**values, **_scope(actor)})).all()
    return page(rows, limit=limit, key=lambda r: r.alert_id, show=_alert)


async def alert_get(tx: Statements, alert_id: str, actor: Actor) -> dict[str, Any]:
    """One alert. Raises Refused NOT_FOUND."""
    found = await alert_list(tx, actor, alert_id=uuid_of(alert_id, "alt"), limit=1)
    if not found["items"]:
        raise Refused(NOT_FOUND.at())
    item: dict[str, Any] = found["items"][0]
    return item


def _alert(row: Row) -> dict[str, Any]:
    return {
        "alert_id": show("alt", row.alert_id),
        "book_id": show("bok", row.book_id),
        "version": row.version,
        "enterprise_code": row.enterprise_code,
        "kind": row.kind,
        "hs_code": row.hs_code,
        "receipt_id": None if row.receipt_id is None else show("rcp", row.receipt_id),
        "deviation": f"{row.deviation:.6f}",
        "tolerance": f"{row.tolerance.normalize():f}",
        "state": row.state,
        "raised_at": row.raised_at,
        "closed_at": row.closed_at,
        "closed_by": row.closed_by,
        "reason": row.reason,
        "grounds": row.grounds,
    }


async def correction_list(
    tx: Statements,
    actor: Actor,
    *,
    state: str | None = None,
    book_id: str | None = None,
    correction_id: UUID | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Corrections, oldest first: an officer's port, an enterprise's own."""
    values = {
        "state": state,
        "book_id": None if book_id is None else uuid_of(book_id, "bok"),
        "correction_id": correction_id,
        "after": decode_cursor(cursor),
        "rows": limit + 1,
    }
    rows = (await tx.execute(_CORRECTIONS, {**values, **_scope(actor)})).all()
    return page(rows, limit=limit, key=lambda r: r.correction_id, show=_correction)


async def correction_get(tx: Statements, correction_id: str, actor: Actor) -> dict[str, Any]:
    """One correction. Raises Refused NOT_FOUND."""
    found = await correction_list(tx, actor, correction_id=uuid_of(correction_id, "cor"), limit=1)
    if not found["items"]:
        raise Refused(NOT_FOUND.at())
    item: dict[str, Any] = found["items"][0]
    return item


def _correction(row: Row) -> dict[str, Any]:
    return {
        "correction_id": show("cor", row.correction_id),
        "book_id": show("bok", row.book_id),
        "version": row.version,
        "enterprise_code": row.enterprise_code,
        "kind": row.kind,
        "receipt_id": None if row.receipt_id is None else show("rcp", row.receipt_id),
        "product_hs": row.product_hs,
        "material_hs": row.material_hs,
        "former": row.former,
        "becomes": row.becomes,
        "grounds": row.grounds,
        "state": row.state,
        "asked_by": row.asked_by,
        "asked_at": row.asked_at,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at,
        "reason": row.reason,
    }
