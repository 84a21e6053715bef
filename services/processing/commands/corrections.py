"""Corrections: what was written wrong in a book is put right with an officer's consent.

The factory asks, an officer of the book's port consents or refuses; what stood there, what stands
there now, who asked and who consented are kept. Entries themselves are never changed: a weight that
was received is corrected by a difference beside its receipt. So is a load written off that was lost
between gate and factory, and waited for again when it has turned up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from services.kernel.events import canonical_json
from services.kernel.identifiers import new_uuid, show
from services.kernel.lot_waits import LotWait
from services.kernel.refusal import Refused
from services.platform.act import Act
from services.platform.database import Row
from services.platform.officers import require_officer
from services.platform.visibility import customs
from services.processing.commands.book import alert_closed, book_stand, ends_at, own_book
from services.processing.commands.changes import Change, change_of
from services.processing.commands.closing import count_settle, standing, uncounted
from services.processing.commands.movement import receipt_waited_for
from services.processing.commands.overdraft import overdraft_given_back, overdraft_raise
from services.processing.commands.production import balance_of
from services.processing.commands.receiving import Weighed, off_weight
from services.processing.commands.waiting import CORRECTIONS
from services.processing.domain import events, refusals
from services.processing.domain.model import CorrectionRequest
from services.processing.domain.rules.consumption import (
    Balance,
    material_suffices,
)
from services.processing.domain.states import (
    BOOK,
    CORRECTED_BY,
    CORRECTION,
    OF_A_LOAD,
    AlertKind,
    AlertState,
    BookState,
    CorrectionKind,
    CorrectionState,
)

_ASKED = text("""
    SELECT correction_id FROM corrections WHERE book_id = :book_id AND state = 'ASKED'
""")
_ASK = text("""
    INSERT INTO corrections (correction_id, book_id, kind, receipt_id, product_hs, material_hs,
        purchase_id, former, becomes, delta_kg, grounds, state, asked_by, asked_at)
    VALUES (:correction_id, :book_id, :kind, :receipt_id, :product_hs, :material_hs, :purchase_id,
        CAST(:former AS jsonb), CAST(:becomes AS jsonb), :delta_kg, :grounds, 'ASKED', :asked_by,
        :at)
""")
_DECIDE = text("""
    UPDATE corrections SET state = :state, decided_by = :decided_by, decided_at = :at,
        reason = :reason
    WHERE correction_id = :correction_id
""")
_WEIGH = text("""
    UPDATE book_materials SET received_kg = received_kg + :delta_kg
    WHERE book_id = :book_id AND material_hs = :material_hs
""")
_REWEIGHED_ALERTS = text("""
    UPDATE alerts SET state = 'REOPENED', closed_at = :at, closed_by = :closed_by, reason = :reason
    WHERE receipt_id = :receipt_id AND state = 'RAISED' AND kind = 'RECEIPT'
    RETURNING alert_id
""")
_RECONSUME = text("""
    UPDATE unit_consumptions SET net = :net, loss_rate = :loss_rate, unit = :unit
    WHERE book_id = :book_id AND product_hs = :product_hs AND material_hs = :material_hs
""")
_UNDECLARE = text("""
    DELETE FROM unit_consumptions WHERE book_id = :book_id AND material_hs = :material_hs
""")
_REMOVE = text("""
    DELETE FROM book_materials WHERE book_id = :book_id AND material_hs = :material_hs
""")
_PERIOD = text("""
    UPDATE books SET period_from = :period_from, period_to = :period_to, ran_out_at = NULL
    WHERE book_id = :book_id
""")
_LOST = text("UPDATE movements SET lost_at = :at WHERE purchase_id = :purchase_id")
_FOUND = text("""
    UPDATE movements SET lost_at = NULL WHERE purchase_id = :purchase_id AND lost_at IS NOT NULL
    RETURNING purchase_id
""")


async def correction_ask(act: Act, request: CorrectionRequest) -> dict[str, Any]:
    """Ask to have the book put right; until an officer consents it stays as it is.

    Refuses NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT, CORRECTION_WAITS (one at a time),
    NOTHING_TO_CORRECT, and what keeps the correction from being made: PRODUCTION_BEGUN,
    MATERIAL_UNKNOWN, MATERIAL_IN_USE, MORE_THAN_CAME_IN, PERIOD_INVALID, PERIOD_OVERLAP,
    NOT_DISPATCHED, ALREADY_RECEIVED, GOODS_LOST, NOT_LOST.
    """
    book = await own_book(act, request.book_id)
    BOOK.move(BookState(book.state), "correct")
    waiting = (await act.execute(_ASKED, book_id=book.book_id)).scalar_one_or_none()
    if waiting is not None:
        raise Refused(refusals.CORRECTION_WAITS.at(correction_id=show("cor", waiting)))
    change = await change_of(act, book, request)
    if change.former == change.becomes:
        raise Refused(refusals.NOTHING_TO_CORRECT.at())
    correction_id = new_uuid()
    named = {
        "receipt_id": change.receipt_id,
        "product_hs": change.product_hs,
        "material_hs": change.material_hs,
        "purchase_id": change.purchase_id,
    }
    values = {
        "kind": request.kind,
        "former": canonical_json(change.former),
        "becomes": canonical_json(change.becomes),
        "delta_kg": change.delta_kg,
        "grounds": request.grounds,
        "asked_by": act.actor.party,
        "at": act.at,
    }
    await act.execute(_ASK, correction_id=correction_id, book_id=book.book_id, **named, **values)
    event = events.CorrectionAsked(
        correction_id=show("cor", correction_id),
        kind=request.kind,
        receipt_id=request.receipt_id,
        product_hs=change.product_hs,
        material_hs=change.material_hs,
        former=dict(change.former),
        becomes=dict(change.becomes),
        purchase_id=request.purchase_id,
    )
    act.record(request.book_id, event, step=f"correct:{event.correction_id}")
    desks = [customs(book.port), f"enterprise:{book.enterprise_code}"]
    act.headers.wait(request.book_id, CORRECTION.code, desks, due_at=ends_at(book.period_to))
    return {"book_id": request.book_id, **event.model_dump(mode="json"), "state": "ASKED"}


async def correction_decide(
    act: Act, correction_id: str, *, consent: bool, reason: str
) -> dict[str, Any]:
    """An officer of the book's port consents to a correction, which is made, or refuses it.

    What a count had found is taken back: it was of a book that said something else. A load that is
    lost lay in no book, and a count stands beside it. Refuses NOT_FOUND, VERSION_MISMATCH,
    OFFICER_NOT_ON_FILE, FORBIDDEN (conflict of interest), STATE_CONFLICT, and what keeps it from
    being made by now, as ``correction_ask`` does.
    """
    book = await CORRECTIONS.book(act, correction_id)
    await require_officer(act)
    case, stands = show("bok", book.book_id), BookState(book.state)
    act.require_version(case, book.version)
    row = await CORRECTIONS.one(act, book, correction_id)
    state = CorrectionState.CONSENTED if consent else CorrectionState.REFUSED
    signed = {"at": act.at, "closed_by": act.actor.party, "reason": reason}
    if consent:
        stands = await _correct(act, book, row, signed)
    else:
        refused = events.CorrectionRefused(
            correction_id=correction_id, rules=CORRECTED_BY[CorrectionKind(row.kind)]
        )
        act.record(case, refused, step=f"refuse:{correction_id}")
    decided = {"decided_by": act.actor.party, "at": act.at, "reason": reason}
    await act.execute(_DECIDE, correction_id=row.correction_id, state=state, **decided)
    act.headers.brought(case, CORRECTION.code)
    waiting, stands = await count_settle(act, book, stands)
    named = {"correction_id": correction_id, "decision": str(state), "alerts_waiting": waiting}
    return standing(act, book, stands, **named)


async def _correct(act: Act, book: Row, row: Row, signed: Mapping[str, Any]) -> BookState:
    """Make a correction on the book as it stands by now; where it stands then."""
    stands = BookState(book.state)
    if stands == BookState.ALERTED and row.kind not in OF_A_LOAD:
        stands = await uncounted(act, book, signed)
    change = await change_of(act, book, _asked_again(book, row))
    case, correction_id = show("bok", book.book_id), show("cor", row.correction_id)
    corrected = events.BookCorrected(
        correction_id=correction_id,
        kind=row.kind,
        former=dict(change.former),
        becomes=dict(change.becomes),
        rules=CORRECTED_BY[CorrectionKind(row.kind)],
    )
    act.record(case, corrected, step=f"corrected:{correction_id}")
    named = {"book_id": book.book_id, "material_hs": row.material_hs}
    match CorrectionKind(row.kind):
        case CorrectionKind.RECEIPT:
            await act.execute(_WEIGH, delta_kg=change.delta_kg, **named)
            await _reweighed(act, book, row, change, signed)
        case CorrectionKind.CONSUMPTION:
            rates = {name: Decimal(value) for name, value in change.becomes.items()}
            await act.execute(_RECONSUME, product_hs=row.product_hs, **named, **rates)
        case CorrectionKind.MATERIAL:
            await act.execute(_UNDECLARE, **named)
            await act.execute(_REMOVE, **named)
        case CorrectionKind.PERIOD:
            period = {name: date.fromisoformat(day) for name, day in change.becomes.items()}
            await act.execute(_PERIOD, book_id=book.book_id, **period)
            book_stand(act, case, book.enterprise_code, period["period_to"], stands)
            act.tell(case)
        case CorrectionKind.LOSS:
            await _lose(act, case, correction_id, change)
        case CorrectionKind.FOUND:
            await _find(act, case, correction_id, change)
    return stands


async def _lose(act: Act, book: str, correction_id: str, change: Change) -> None:
    """A load comes to no factory any more: nobody waits for it, and its lot says so."""
    purchase = change.purchase
    if purchase is None:
        raise AssertionError("what is lost was bought")
    await act.execute(_LOST, purchase_id=purchase.purchase_id, at=act.at)
    lot = show("lot", purchase.lot_id)
    lost = events.GoodsLost(
        purchase_id=show("pur", purchase.purchase_id),
        lot_id=lot,
        book_id=book,
        correction_id=correction_id,
        lost_kg=change.becomes["lost_kg"],
    )
    act.record(lot, lost, step=f"lose:{correction_id}")
    act.headers.brought(lot, LotWait.RECEIPT)
    act.headers.link(book, lot)


async def _find(act: Act, book: str, correction_id: str, change: Change) -> None:
    """A load that was written off is waited for again; that it was, stays to be read."""
    purchase = change.purchase
    if purchase is None:
        raise AssertionError("what has turned up was bought")
    if (await act.execute(_FOUND, purchase_id=purchase.purchase_id)).first() is None:
        raise Refused(refusals.NOT_LOST.at("/purchase_id"))
    lot = show("lot", purchase.lot_id)
    found = events.GoodsFound(
        purchase_id=show("pur", purchase.purchase_id),
        lot_id=lot,
        book_id=book,
        correction_id=correction_id,
        found_kg=change.becomes["in_transit_kg"],
    )
    act.record(lot, found, step=f"find:{correction_id}")
    receipt_waited_for(act, lot, purchase)
    act.headers.link(book, lot)


def _asked_again(book: Row, row: Row) -> CorrectionRequest:
    """The request as it was asked, to be judged on the book as it stands by now."""

    def figure(name: str) -> Decimal | None:
        return Decimal(row.becomes[name]) if name in row.becomes else None

    def day(name: str) -> date | None:
        return date.fromisoformat(row.becomes[name]) if name in row.becomes else None

    return CorrectionRequest(
        book_id=show("bok", book.book_id),
        kind=row.kind,
        grounds=row.grounds,
        receipt_id=None if row.receipt_id is None else show("rcp", row.receipt_id),
        received_kg=figure("received_kg"),
        product_hs=row.product_hs,
        material_hs=row.material_hs,
        net=figure("net"),
        loss_rate=figure("loss_rate"),
        period_from=day("period_from"),
        period_to=day("period_to"),
        purchase_id=None if row.purchase_id is None else show("pur", row.purchase_id),
    )


async def _reweighed(
    act: Act, book: Row, row: Row, change: Change, signed: Mapping[str, Any]
) -> None:
    """The former weight's alerts are given back; the new weight is judged like a receipt."""
    receipt = change.receipt
    if receipt is None:
        raise AssertionError("a receipt's correction has its receipt")
    closed = await act.execute(_REWEIGHED_ALERTS, receipt_id=row.receipt_id, **signed)
    for alert_id in closed.scalars():
        alert_closed(act, book, show("alt", alert_id), AlertState.REOPENED, kind=AlertKind.RECEIPT)
    now_kg = receipt.weighed_kg + change.delta_kg
    weighed = Weighed(row.receipt_id, receipt.material_hs, receipt.bought_kg, now_kg)
    await off_weight(act, book, weighed)
    before = balance_of(receipt)
    after: Balance = replace(before, received_kg=before.received_kg + change.delta_kg)
    hs = receipt.material_hs
    former = await overdraft_given_back(act, book, [hs], signed)
    # Of what an officer accepted before, less is nothing new.
    if (former or change.delta_kg < 0) and not material_suffices(after):
        # What the factory said of it before is still said; of what is new, why it asked.
        await overdraft_raise(act, book, {hs: after}, {hs: row.grounds, **former})
