"""Receipts by weight: what the factory's scale showed against what was bought."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, show
from services.kernel.messages import Actor, Answer
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused
from services.platform import event_log
from services.platform.database import Row, Tx
from services.processing.commands.book import alert_raise, own_open_book
from services.processing.commands.buying import purchase_facts
from services.processing.domain import events, refusals
from services.processing.domain.model import ReceiptRequest
from services.processing.domain.rules.consumption import receipt_is_within
from services.processing.domain.states import AlertKind

_RECEIVED = text("SELECT 1 FROM receipts WHERE purchase_id = :purchase_id")
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


async def receipt_record(
    tx: Tx, request: ReceiptRequest, policy: PolicyBook, *, actor: Actor, at: datetime
) -> Answer:
    """Receive a purchase by weight, once; beyond tolerance or with a broken seal it alerts.

    Refuses NOT_FOUND, STATE_CONFLICT, NOT_DISPATCHED, ALREADY_RECEIVED.
    """
    purchase = await purchase_facts(tx, request.purchase_id, actor)
    book = await own_open_book(tx, request.book_id, actor)
    named = {"purchase_id": purchase.purchase_id}
    if (await tx.execute(_RECEIVED, named)).first() is not None:
        raise Refused(
            Refusal(
                refusals.ALREADY_RECEIVED,
                "This purchase was received before; goods are received once.",
                "/purchase_id",
            )
        )
    if purchase.dispatched_at is None:
        raise Refused(
            Refusal(
                refusals.NOT_DISPATCHED,
                "No escorted movement of this purchase has begun; record it first.",
                "/purchase_id",
            )
        )
    receipt_id = new_uuid()
    values = {
        **named,
        "receipt_id": receipt_id,
        "book_id": book.book_id,
        "material_hs": purchase.hs_code,
        "bought_kg": purchase.net_kg,
        "received_kg": request.received_kg,
        "seal_intact": request.seal_intact,
        "at": at,
    }
    await tx.execute(_RECEIVE, values)
    event = events.GoodsReceived(
        receipt_id=show("rcp", receipt_id),
        purchase_id=request.purchase_id,
        lot_id=show("lot", purchase.lot_id),
        book_id=request.book_id,
        bought_kg=f"{purchase.net_kg:f}",
        received_kg=f"{request.received_kg:f}",
        seal_intact=request.seal_intact,
    )
    await event_log.append(tx, case=event.lot_id, event=event, step="receive", actor=actor, at=at)
    step = f"receive:{event.receipt_id}"
    await event_log.append(tx, case=event.book_id, event=event, step=step, actor=actor, at=at)
    alerts = await _receipt_alerts(
        tx, book, purchase, request, policy, receipt_id=receipt_id, actor=actor, at=at
    )
    return Answer(status=201, body={**event.model_dump(mode="json"), "alerts": alerts})


async def _receipt_alerts(
    tx: Tx,
    book: Row,
    purchase: Row,
    request: ReceiptRequest,
    policy: PolicyBook,
    *,
    receipt_id: UUID,
    actor: Actor,
    at: datetime,
) -> list[str]:
    tolerance = policy.decimal("process.receipt_tol", on=business_day(at), scope=purchase.hs_code)
    found: list[tuple[AlertKind, Decimal, Decimal]] = []
    if not receipt_is_within(purchase.net_kg, request.received_kg, tolerance):
        deviation = (request.received_kg - purchase.net_kg) / purchase.net_kg
        found.append((AlertKind.RECEIPT, deviation, tolerance))
    if not request.seal_intact:
        found.append((AlertKind.SEAL, Decimal(1), Decimal(0)))
    return [
        await alert_raise(
            tx,
            book,
            kind,
            purchase.hs_code,
            deviation=deviation,
            tolerance=tolerated,
            actor=actor,
            at=at,
            receipt_id=receipt_id,
        )
        for kind, deviation, tolerated in found
    ]
