"""Receipts by weight: what the factory's scale showed against what was bought."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, show
from services.kernel.lot_waits import LotWait
from services.kernel.refusal import Refused
from services.platform.act import Act
from services.platform.database import Row
from services.processing.commands.book import alert_raise, own_open_book
from services.processing.commands.movement import purchase_facts
from services.processing.domain import events, refusals
from services.processing.domain.model import ReceiptRequest
from services.processing.domain.rules.consumption import receipt_is_within
from services.processing.domain.states import AlertKind

_RECEIVE = text("""
    WITH material AS (
        INSERT INTO book_materials AS m (book_id, material_hs, received_kg)
        VALUES (:book_id, :material_hs, :received_kg)
        ON CONFLICT (book_id, material_hs) DO UPDATE
            SET received_kg = m.received_kg + excluded.received_kg
    )
    INSERT INTO receipts (receipt_id, purchase_id, book_id, material_hs, bought_kg, received_kg,
        seal_intact, received_at)
    VALUES (:receipt_id, :purchase_id, :book_id, :material_hs, :bought_kg, :received_kg,
        :seal_intact, :at)
""")


async def receipt_record(act: Act, request: ReceiptRequest) -> dict[str, Any]:
    """Receive a purchase by weight, once; beyond tolerance or with a broken seal it alerts.

    Refuses NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT, NOT_DISPATCHED, ALREADY_RECEIVED. The
    purchase is unique among receipts, so of two receipts at once one is told ALREADY_RECEIVED.
    """
    book = await own_open_book(act, request.book_id)
    purchase = await purchase_facts(act, request.purchase_id)
    _may_be_received(purchase)
    receipt_id = new_uuid()
    await act.execute(
        _RECEIVE,
        receipt_id=receipt_id,
        purchase_id=purchase.purchase_id,
        book_id=book.book_id,
        material_hs=purchase.hs_code,
        bought_kg=purchase.net_kg,
        received_kg=request.received_kg,
        seal_intact=request.seal_intact,
        at=act.at,
    )
    event = events.GoodsReceived(
        receipt_id=show("rcp", receipt_id),
        purchase_id=request.purchase_id,
        lot_id=show("lot", purchase.lot_id),
        book_id=request.book_id,
        bought_kg=f"{purchase.net_kg:f}",
        received_kg=f"{request.received_kg:f}",
        seal_intact=request.seal_intact,
    )
    act.record(event.lot_id, event, step="receive")
    act.record(event.book_id, event, step=f"receive:{event.receipt_id}")
    act.headers.brought(event.lot_id, LotWait.RECEIPT)
    act.headers.link(event.book_id, event.lot_id)
    alerts = await _receipt_alerts(act, book, purchase, request, receipt_id=receipt_id)
    return {**event.model_dump(mode="json"), "alerts": alerts}


def _may_be_received(purchase: Row) -> None:
    if purchase.received:
        raise Refused(refusals.ALREADY_RECEIVED.at("/purchase_id"))
    if purchase.dispatched_at is None:
        raise Refused(refusals.NOT_DISPATCHED.at("/purchase_id"))


async def _receipt_alerts(
    act: Act, book: Row, purchase: Row, request: ReceiptRequest, *, receipt_id: UUID
) -> list[str]:
    law, day = await act.law(), business_day(act.at)
    tolerance = law.decimal("process.receipt_tol", on=day, scope=purchase.hs_code)
    found: list[tuple[AlertKind, Decimal, Decimal]] = []
    if not receipt_is_within(purchase.net_kg, request.received_kg, tolerance):
        deviation = (request.received_kg - purchase.net_kg) / purchase.net_kg
        found.append((AlertKind.RECEIPT, deviation, tolerance))
    if not request.seal_intact:
        found.append((AlertKind.SEAL, Decimal(1), Decimal(0)))
    return [
        await alert_raise(
            act,
            book,
            kind,
            purchase.hs_code,
            deviation=deviation,
            tolerance=tolerated,
            receipt_id=receipt_id,
        )
        for kind, deviation, tolerated in found
    ]
