"""The escorted movement of a purchase from the gate to the factory, under seal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from services.kernel.clock import business_day, day_begins
from services.kernel.identifiers import show, uuid_of
from services.kernel.lot_waits import LotWait
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import NOT_FOUND
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.processing.domain import refusals
from services.processing.domain.events import GoodsDispatched
from services.processing.domain.model import DispatchRequest
from services.processing.domain.rules.transit import still_on_its_way, turned_up

_PURCHASE_FACTS = text("""
    SELECT p.*, m.dispatched_at, m.lost_at, l.gate_out_at,
        EXISTS (SELECT FROM receipts AS r WHERE r.purchase_id = p.purchase_id) AS received
    FROM v_purchases AS p
    LEFT JOIN movements AS m USING (purchase_id)
    LEFT JOIN v_lots AS l ON l.lot_id = p.lot_id
    WHERE p.purchase_id = :purchase_id
""")
_DISPATCH = text("""
    INSERT INTO movements (purchase_id, seal_no, vehicle_plate, dispatched_at)
    VALUES (:purchase_id, :seal_no, :vehicle_plate, :at)
""")


async def purchase_facts(act: Act, purchase_id: str) -> Row:
    """A purchase of the actor's with movement, gate-out and receipt. Raises Refused NOT_FOUND."""
    enterprise = act.actor.party_code if act.actor.party_kind == "enterprise" else ""
    return await purchase_of(act, purchase_id, enterprise)


async def purchase_of(act: Act, purchase_id: str, enterprise: str) -> Row:
    """The same of an enterprise's purchase, whoever acts. Raises Refused NOT_FOUND."""
    found = await act.execute(_PURCHASE_FACTS, purchase_id=uuid_of(purchase_id, "pur"))
    row: Row | None = found.one_or_none()
    if row is None or row.enterprise_code != enterprise:
        raise Refused(NOT_FOUND.at("/purchase_id"))
    return row


def refuse_unless_on_its_way(act: Act, purchase: Row) -> None:
    """Raises Refused NOT_DISPATCHED, ALREADY_RECEIVED, GOODS_LOST."""
    refuse_if_any(
        asked(
            business_day(act.at),
            still_on_its_way,
            dispatched=purchase.dispatched_at is not None,
            received=purchase.received,
            lost=purchase.lost_at is not None,
        )
    )


def refuse_unless_written_off(act: Act, purchase: Row) -> None:
    """Raises Refused ALREADY_RECEIVED, NOT_LOST."""
    lost = purchase.lost_at is not None
    refused = asked(business_day(act.at), turned_up, received=purchase.received, lost=lost)
    refuse_if_any(refused)


def receipt_waited_for(act: Act, lot: str, purchase: Row) -> None:
    """The factory is to receive what is on its way, by the day that the purchase names."""
    # A day of before there was one is not known.
    due_at = None if purchase.due_on is None else day_begins(purchase.due_on + timedelta(days=1))
    factory = f"enterprise:{purchase.enterprise_code}"
    act.headers.wait(lot, LotWait.RECEIPT, [factory], due_at=due_at)


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
    event = GoodsDispatched(
        purchase_id=request.purchase_id,
        seal_no=request.seal_no,
        vehicle_plate=request.vehicle_plate,
    )
    lot = show("lot", purchase.lot_id)
    act.record(lot, event, step="dispatch")
    act.headers.brought(lot, LotWait.DISPATCH)
    receipt_waited_for(act, lot, purchase)
    return {"purchase_id": request.purchase_id, "lot_id": lot, "seal_no": request.seal_no}
