"""Receipts by weight: what the factory's scale showed against what was bought."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, show
from services.kernel.lot_waits import LotWait
from services.kernel.messages import Answer
from services.kernel.quantity import kilograms_text
from services.platform.act import Act
from services.platform.database import Row
from services.processing.commands.book import alert_raise, own_book_as_it_stands, require_receiving
from services.processing.commands.movement import purchase_facts, refuse_unless_on_its_way
from services.processing.commands.repeated import receipt_known
from services.processing.domain import events
from services.processing.domain.model import ReceiptRequest
from services.processing.domain.rules.consumption import receipt_is_within
from services.processing.domain.states import AlertKind, BookState

_RECEIVE = text("""
    WITH material AS (
        INSERT INTO book_materials AS m (book_id, material_hs, received_kg, closing_kg)
        VALUES (:book_id, :material_hs, :received_kg,
            CASE WHEN CAST(:counted AS boolean) THEN CAST(:received_kg AS numeric) END)
        ON CONFLICT (book_id, material_hs) DO UPDATE
            SET received_kg = m.received_kg + excluded.received_kg,
                closing_kg = m.closing_kg + excluded.received_kg
    )
    INSERT INTO receipts (receipt_id, purchase_id, book_id, material_hs, bought_kg, received_kg,
        seal_intact, received_at, reference)
    VALUES (:receipt_id, :purchase_id, :book_id, :material_hs, :bought_kg, :received_kg,
        :seal_intact, :at, :reference)
""")


@dataclass(frozen=True, slots=True)
class Weighed:
    """A receipt against what was bought, in kilograms."""

    receipt_id: UUID
    material_hs: str
    bought_kg: Decimal
    received_kg: Decimal


async def receipt_record(act: Act, request: ReceiptRequest) -> Answer:
    """Receive a purchase by weight, once; beyond tolerance or with a broken seal it alerts.

    Refuses NOT_FOUND, DUPLICATE_REFERENCE, VERSION_MISMATCH, STATE_CONFLICT, PERIOD_NOT_BEGUN,
    NOT_DISPATCHED, ALREADY_RECEIVED, GOODS_LOST. A counted book whose alerts wait takes it too:
    what stands at the factory's gate has come, and lies in its stock beside what was counted
    (0148). The purchase is unique among receipts, so of two receipts at once one is told
    ALREADY_RECEIVED; the same under one reference is answered as the first was.
    """
    book = await own_book_as_it_stands(act, request.book_id)
    known = await receipt_known(act, book, request)
    if known is not None:
        return Answer(status=200, body=known)
    require_receiving(act, book)
    purchase = await purchase_facts(act, request.purchase_id)
    refuse_unless_on_its_way(act, purchase)
    receipt_id = new_uuid()
    await act.execute(
        _RECEIVE,
        receipt_id=receipt_id,
        purchase_id=purchase.purchase_id,
        book_id=book.book_id,
        material_hs=purchase.hs_code,
        bought_kg=purchase.net_kg,
        received_kg=request.received_kg,
        counted=book.state == BookState.ALERTED,
        seal_intact=request.seal_intact,
        at=act.at,
        reference=request.reference,
    )
    event = events.GoodsReceived(
        receipt_id=show("rcp", receipt_id),
        purchase_id=request.purchase_id,
        lot_id=show("lot", purchase.lot_id),
        book_id=request.book_id,
        bought_kg=kilograms_text(purchase.net_kg),
        received_kg=kilograms_text(request.received_kg),
        seal_intact=request.seal_intact,
        reference=request.reference,
    )
    # Who sold the goods reads the lot's: the factory's own number is not theirs to know.
    act.record(event.lot_id, event.model_copy(update={"reference": None}), step="receive")
    act.record(event.book_id, event, step=f"receive:{event.receipt_id}")
    act.headers.brought(event.lot_id, LotWait.RECEIPT)
    act.headers.link(event.book_id, event.lot_id)
    weighed = Weighed(receipt_id, purchase.hs_code, purchase.net_kg, request.received_kg)
    alerts = await off_weight(act, book, weighed)
    if not request.seal_intact:
        broken = await alert_raise(
            act,
            book,
            AlertKind.SEAL,
            purchase.hs_code,
            deviation=Decimal(1),
            tolerance=Decimal(0),
            receipt_id=receipt_id,
        )
        alerts.append(broken)
    return Answer(status=201, body={**event.model_dump(mode="json"), "alerts": alerts})


async def off_weight(act: Act, book: Row, weighed: Weighed) -> list[str]:
    """Raise an alert when a receipt is beyond the tolerance of what was bought; its id, or none."""
    law, day = await act.law(), business_day(act.at)
    tolerance = law.decimal("process.receipt_tol", on=day, scope=weighed.material_hs)
    if receipt_is_within(weighed.bought_kg, weighed.received_kg, tolerance):
        return []
    deviation = (weighed.received_kg - weighed.bought_kg) / weighed.bought_kg
    raised = await alert_raise(
        act,
        book,
        AlertKind.RECEIPT,
        weighed.material_hs,
        deviation=deviation,
        tolerance=tolerance,
        receipt_id=weighed.receipt_id,
    )
    return [raised]
