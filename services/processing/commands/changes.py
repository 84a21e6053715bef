"""What a correction changes, judged on the book as it stands when it is asked and when made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from services.kernel.quantity import kilograms_text
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import NOT_FOUND
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.processing.commands.book import unbounded
from services.processing.commands.movement import (
    purchase_of,
    refuse_unless_on_its_way,
    refuse_unless_written_off,
)
from services.processing.commands.production import DECLARED, balance_of
from services.processing.domain import refusals
from services.processing.domain.model import CorrectionRequest
from services.processing.domain.rules.consumption import (
    declared_before_production,
    never_came_in,
    unit_consumption,
)
from services.processing.domain.states import CorrectionKind

_RECEIPT = text("""
    SELECT r.receipt_id, r.material_hs, r.bought_kg, m.opening_kg, m.received_kg, m.consumed_kg,
        m.scrap_kg, m.loss_kg, r.received_kg + coalesce((
            SELECT sum(c.delta_kg) FROM corrections AS c
            WHERE c.receipt_id = r.receipt_id AND c.state = 'CONSENTED'), 0) AS weighed_kg
    FROM receipts AS r JOIN book_materials AS m USING (book_id, material_hs)
    WHERE r.book_id = :book_id AND r.receipt_id = :receipt_id
""")
_MATERIAL = text("""
    SELECT opening_kg, received_kg, consumed_kg, scrap_kg, loss_kg, EXISTS (
            SELECT FROM receipts AS r
            WHERE r.book_id = m.book_id AND r.material_hs = m.material_hs
        ) OR EXISTS (
            SELECT FROM output_consumptions AS c
            WHERE c.book_id = m.book_id AND c.material_hs = m.material_hs
        ) AS used
    FROM book_materials AS m WHERE book_id = :book_id AND material_hs = :material_hs
""")
_DAYS = text("""
    SELECT (SELECT min(produced_on) FROM outputs WHERE book_id = :book_id) AS first,
        (SELECT max(produced_on) FROM outputs WHERE book_id = :book_id) AS last,
        least(
            (SELECT min(received_at) FROM receipts WHERE book_id = :book_id),
            (SELECT min(declared_at) FROM unit_consumptions WHERE book_id = :book_id)
        ) AS entered_at,
        (
            SELECT max(coalesce(ended_on, period_to)) FROM books AS b
            WHERE b.enterprise_code = :enterprise AND b.book_id <> :book_id
        ) AS former_to
""")


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be put right: what stands in the book, and what is to, as text."""

    former: Mapping[str, str]
    becomes: Mapping[str, str]
    delta_kg: Decimal = Decimal(0)
    receipt_id: UUID | None = None
    product_hs: str | None = None
    material_hs: str | None = None
    purchase_id: UUID | None = None
    receipt: Row | None = field(default=None, compare=False)
    purchase: Row | None = field(default=None, compare=False)


async def change_of(act: Act, book: Row, request: CorrectionRequest) -> Change:
    """What a request changes, judged on the book as it stands. Raises Refused if it cannot be."""
    match CorrectionKind(request.kind):
        case CorrectionKind.RECEIPT:
            return await _receipt_change(act, book, request)
        case CorrectionKind.CONSUMPTION:
            return await _consumption_change(act, book, request)
        case CorrectionKind.MATERIAL:
            return await _material_change(act, book, request)
        case CorrectionKind.PERIOD:
            return await _period_change(act, book, request)
        case CorrectionKind.LOSS:
            return await _loss_change(act, book, request)
        case CorrectionKind.FOUND:
            return await _found_change(act, book, request)


async def _receipt_change(act: Act, book: Row, request: CorrectionRequest) -> Change:
    receipt_id = uuid_of(request.receipt_id or "", "rcp")
    named = {"book_id": book.book_id, "receipt_id": receipt_id}
    row = (await act.execute(_RECEIPT, **named)).one_or_none()
    if row is None or request.received_kg is None:
        raise Refused(NOT_FOUND.at("/receipt_id"))
    delta_kg = request.received_kg - row.weighed_kg
    least_kg = row.weighed_kg - (balance_of(row).available_kg - row.scrap_kg)
    if request.received_kg < least_kg:
        raise Refused(refusals.LESS_THAN_SCRAP.at("/received_kg", least_kg=least_kg))
    return Change(
        {"received_kg": kilograms_text(row.weighed_kg)},
        {"received_kg": kilograms_text(request.received_kg)},
        delta_kg=delta_kg,
        receipt_id=receipt_id,
        material_hs=row.material_hs,
        receipt=row,
    )


async def _consumption_change(act: Act, book: Row, request: CorrectionRequest) -> Change:
    product = {"book_id": book.book_id, "product_hs": request.product_hs}
    declared = (await act.execute(DECLARED, **product)).all()
    found = [row for row in declared if row.material_hs == request.material_hs]
    if not found or request.net is None or request.loss_rate is None:
        raise Refused(refusals.CONSUMPTION_UNKNOWN.at("/product_hs"))
    begun = {"begun": found[0].begun, "place": "/product_hs"}
    refuse_if_any(asked(business_day(act.at), declared_before_production, **begun))
    return Change(
        _rates(found[0].net, found[0].loss_rate),
        _rates(request.net, request.loss_rate),
        product_hs=request.product_hs,
        material_hs=request.material_hs,
    )


def _rates(net: Decimal, loss_rate: Decimal) -> dict[str, str]:
    rates = {"net": net, "loss_rate": loss_rate, "unit": unit_consumption(net, loss_rate)}
    return {name: f"{rate.normalize():f}" for name, rate in rates.items()}


async def _material_change(act: Act, book: Row, request: CorrectionRequest) -> Change:
    named = {"book_id": book.book_id, "material_hs": request.material_hs}
    row = (await act.execute(_MATERIAL, **named)).one_or_none()
    if row is None:
        raise Refused(refusals.MATERIAL_UNKNOWN.at("/material_hs"))
    of_it = {"used": row.used, "opening_kg": row.opening_kg}
    refuse_if_any(asked(business_day(act.at), never_came_in, **of_it))
    return Change({"material_hs": request.material_hs or ""}, {}, material_hs=request.material_hs)


async def _period_change(act: Act, book: Row, request: CorrectionRequest) -> Change:
    first = request.period_from or book.period_from
    last = request.period_to or book.period_to
    refuse_if_any(await unbounded(act, first, last))
    named = {"book_id": book.book_id, "enterprise": book.enterprise_code}
    days = (await act.execute(_DAYS, **named)).one()
    if days.former_to is not None and first <= days.former_to:
        raise Refused(refusals.PERIOD_TOO_EARLY.at("/period_from", last=days.former_to))
    # A receipt may come after the last day, while the book is not closed; none before the first.
    entered = [days.first, None if days.entered_at is None else business_day(days.entered_at)]
    if any(day is not None and day < first for day in entered) or (days.last or last) > last:
        begun = min(day for day in entered if day is not None)
        refusal = refusals.ENTRIES_OUTSIDE.at("/period_from", first=begun, last=days.last or begun)
        raise Refused(refusal)
    return Change(
        {"period_from": f"{book.period_from}", "period_to": f"{book.period_to}"},
        {"period_from": f"{first}", "period_to": f"{last}"},
    )


async def _loss_change(act: Act, book: Row, request: CorrectionRequest) -> Change:
    """All of a load is written off: what came of it was received, and weighed."""
    purchase = await purchase_of(act, request.purchase_id or "", book.enterprise_code)
    refuse_unless_on_its_way(act, purchase)
    return _of_a_load(purchase, "in_transit_kg", "lost_kg")


async def _found_change(act: Act, book: Row, request: CorrectionRequest) -> Change:
    """What was written off is on its way again, all of it: what is missing the scale will show."""
    purchase = await purchase_of(act, request.purchase_id or "", book.enterprise_code)
    refuse_unless_written_off(act, purchase)
    return _of_a_load(purchase, "lost_kg", "in_transit_kg")


def _of_a_load(purchase: Row, former: str, becomes: str) -> Change:
    weight = kilograms_text(purchase.net_kg)
    return Change(
        {former: weight},
        {becomes: weight},
        material_hs=purchase.hs_code,
        purchase_id=purchase.purchase_id,
        purchase=purchase,
    )
