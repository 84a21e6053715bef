"""Production: products and scrap as they are reported, and what they write off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.messages import Answer
from services.kernel.quantity import kilograms_text
from services.kernel.refusal import Refused, refuse_if_any
from services.platform.act import Act
from services.platform.database import Row
from services.processing.commands.book import (
    own_book_as_it_stands,
    own_open_book,
    require_open,
)
from services.processing.commands.overdraft import overdraft_deepened, overdraft_eased
from services.processing.commands.repeated import production_known, scrap_known
from services.processing.domain import events, refusals
from services.processing.domain.model import OutputRequest
from services.processing.domain.rules.consumption import (
    Balance,
    consumed,
    lost,
    material_suffices,
)

DECLARED = text("""
    SELECT u.material_hs, u.net, u.loss_rate, u.unit, u.declared_at,
        m.opening_kg, m.received_kg, m.consumed_kg, m.scrap_kg, m.loss_kg,
        EXISTS (SELECT FROM outputs AS o
            LEFT JOIN outputs AS r ON r.reverses = o.output_id
            WHERE o.book_id = u.book_id AND o.kind = 'PRODUCT' AND o.hs_code = u.product_hs
                AND o.reverses IS NULL AND r.output_id IS NULL) AS begun,
        EXISTS (SELECT FROM alerts AS a WHERE a.book_id = u.book_id AND a.kind = 'OVERDRAWN'
            AND a.hs_code = u.material_hs AND a.state = 'RAISED') AS alerted
    FROM unit_consumptions AS u JOIN book_materials AS m USING (book_id, material_hs)
    WHERE u.book_id = :book_id AND u.product_hs = :product_hs ORDER BY u.material_hs
""")
_OUTPUT = text("""
    INSERT INTO outputs (output_id, book_id, kind, hs_code, weight_kg, produced_on, reported_at,
        reverses, reference, grounds)
    VALUES (:output_id, :book_id, :kind, :hs_code, :weight_kg, :produced_on, :at, :reverses,
        :reference, :grounds)
""")
_WRITE_OFF = text("""
    WITH part AS (
        SELECT * FROM unnest(CAST(:materials AS text[]), CAST(:weights AS numeric[]),
            CAST(:losses AS numeric[])) AS p (material_hs, weight_kg, loss_kg)
    ), written AS (
        INSERT INTO output_consumptions (output_id, material_hs, book_id, consumed_kg, loss_kg)
        SELECT :output_id, material_hs, :book_id, weight_kg, loss_kg FROM part
    )
    UPDATE book_materials AS m SET
        loss_kg = m.loss_kg + part.loss_kg,
        consumed_kg = consumed_kg + CASE WHEN :kind = 'PRODUCT' THEN part.weight_kg ELSE 0 END,
        scrap_kg = scrap_kg + CASE WHEN :kind = 'SCRAP' THEN part.weight_kg ELSE 0 END
    FROM part WHERE m.book_id = :book_id AND m.material_hs = part.material_hs
""")
_REPORTED = text("""
    SELECT o.*, EXISTS (SELECT 1 FROM outputs AS r WHERE r.reverses = o.output_id) AS reversed
    FROM outputs AS o
    WHERE o.output_id = :output_id AND o.book_id = :book_id AND o.reverses IS NULL
""")
_WRITTEN = text("""
    SELECT material_hs, c.consumed_kg AS written_kg, c.loss_kg AS written_loss_kg,
        m.opening_kg, m.received_kg, m.consumed_kg, m.scrap_kg, m.loss_kg
    FROM output_consumptions AS c JOIN book_materials AS m USING (book_id, material_hs)
    WHERE output_id = :output_id ORDER BY material_hs
""")
MATERIAL = text("""
    SELECT opening_kg, received_kg, consumed_kg, scrap_kg, loss_kg FROM book_materials
    WHERE book_id = :book_id AND material_hs = :material_hs
""")


@dataclass(frozen=True, slots=True)
class Written:
    """What an output writes off of one material, and what of it is declared loss, in kilograms."""

    kg: Decimal
    loss_kg: Decimal = Decimal(0)

    @property
    def back(self) -> Written:
        """The entry that takes it back."""
        return Written(-self.kg, -self.loss_kg)


def balance_of(row: Row) -> Balance:
    """The balance of a material as its row has it."""
    return Balance(
        row.opening_kg, row.received_kg, row.consumed_kg, row.scrap_kg, loss_kg=row.loss_kg
    )


def _refuse_day(act: Act, book: Row, request: OutputRequest) -> None:
    last = min(book.period_to, business_day(act.at))
    if not book.period_from <= request.produced_on <= last:
        raise Refused(
            refusals.OUTSIDE_PERIOD.at("/produced_on", first=book.period_from, last=book.period_to)
        )


async def output_report(act: Act, request: OutputRequest) -> Answer:
    """Report products; every material is written off by unit consumption (核销).

    More than the book holds of a material is taken with the factory's word for it, which is kept
    with the report, and beyond the tolerated yield raises an alert: one a material, with the figure
    that stands. The same again under one reference is answered as the first was, though the book be
    closed by then. Refuses NOT_FOUND, DUPLICATE_REFERENCE, VERSION_MISMATCH, STATE_CONFLICT,
    PERIOD_NOT_BEGUN, OUTSIDE_PERIOD, CONSUMPTION_NOT_DECLARED, MATERIAL_OVERDRAWN.
    """
    book = await own_book_as_it_stands(act, request.book_id)
    known = await production_known(act, book, request)
    if known is not None:
        return Answer(status=200, body=known)
    require_open(act, book)
    _refuse_day(act, book, request)
    product = {"book_id": book.book_id, "product_hs": request.hs_code}
    declared = (await act.execute(DECLARED, **product)).all()
    if not declared or any(business_day(d.declared_at) > request.produced_on for d in declared):
        raise Refused(refusals.CONSUMPTION_NOT_DECLARED.at("/product_hs"))
    written = {
        row.material_hs: Written(weight, lost(weight, row.loss_rate))
        for row in declared
        if (weight := consumed(request.weight_kg, row.unit)) > 0
    }
    overdrawn = _overdrawn(declared, written)
    if request.grounds is None:
        refuse_if_any(
            refusals.NOT_ENOUGH.at("/product_kg", material=hs, short_kg=-balance.remaining_kg)
            for hs, balance in overdrawn.items()
        )
    output_id = await _write_off(act, book, request, "PRODUCT", written)
    event = events.ProductionReported(
        output_id=show("out", output_id),
        product_hs=request.hs_code,
        product_kg=kilograms_text(request.weight_kg),
        consumed_kg={hs: kilograms_text(part.kg) for hs, part in written.items()},
        loss_kg={hs: kilograms_text(part.loss_kg) for hs, part in written.items()},
        reference=request.reference,
        explained=request.grounds is not None,
    )
    step = f"produce:{event.output_id}"
    act.record(request.book_id, event, step=step)
    alerted = [row.material_hs for row in declared if row.alerted and row.material_hs in overdrawn]
    signed = _signed(act, event.output_id)
    raised = await overdraft_deepened(act, book, overdrawn, alerted, request.grounds, signed)
    body = {"book_id": request.book_id, **event.model_dump(mode="json"), "alerts": raised}
    return Answer(status=201, body=body)


def _signed(act: Act, output_id: str) -> dict[str, Any]:
    """Who took the figure of an alert away, and by which entry."""
    return {"at": act.at, "closed_by": act.actor.party, "reason": output_id}


def _overdrawn(declared: Sequence[Row], written: Mapping[str, Written]) -> dict[str, Balance]:
    """The materials of which the book would hold less than nothing, as the report leaves them."""
    after = _after("PRODUCT", declared, written)
    return {hs: balance for hs, balance in after.items() if not material_suffices(balance)}


def _after(kind: str, rows: Sequence[Row], written: Mapping[str, Written]) -> dict[str, Balance]:
    """The balances that an output of this kind leaves."""
    after = {}
    for row in rows:
        if part := written.get(row.material_hs):
            before = balance_of(row)
            loss_kg = before.loss_kg + part.loss_kg
            used = replace(before, consumed_kg=before.consumed_kg + part.kg, loss_kg=loss_kg)
            scrapped = replace(before, scrap_kg=before.scrap_kg + part.kg)
            after[row.material_hs] = used if kind == "PRODUCT" else scrapped
    return after


async def scrap_report(act: Act, request: OutputRequest) -> Answer:
    """Report scrap (边角料) of a material; the answer says what of it is beyond the declared loss.

    Products reported later bring more of the loss; it is judged anew when the period closes. The
    same again under one reference is answered as the first was.
    Refuses NOT_FOUND, DUPLICATE_REFERENCE, VERSION_MISMATCH, STATE_CONFLICT, PERIOD_NOT_BEGUN,
    OUTSIDE_PERIOD, MATERIAL_UNKNOWN, MORE_THAN_CAME_IN.
    """
    book = await own_book_as_it_stands(act, request.book_id)
    known = await scrap_known(act, book, request)
    material = {"book_id": book.book_id, "material_hs": request.hs_code}
    if known is not None:
        if known.declared_loss_kg is None:  # of before that was kept: as the book stands now
            known = _judged(known, balance_of((await act.execute(MATERIAL, **material)).one()))
        body = {"book_id": request.book_id, **known.model_dump(mode="json")}
        return Answer(status=200, body=body)
    require_open(act, book)
    _refuse_day(act, book, request)
    row = (await act.execute(MATERIAL, **material)).one_or_none()
    if row is None:
        raise Refused(refusals.MATERIAL_UNKNOWN.at("/material_hs"))
    balance = balance_of(row)
    left_kg = balance.available_kg - balance.scrap_kg
    if request.weight_kg > left_kg:
        raise Refused(refusals.MORE_THAN_CAME_IN.at("/scrap_kg", left_kg=left_kg))
    written = {request.hs_code: Written(request.weight_kg)}
    output_id = await _write_off(act, book, request, "SCRAP", written)
    report = events.ScrapReported(
        output_id=show("out", output_id),
        material_hs=request.hs_code,
        scrap_kg=kilograms_text(request.weight_kg),
        reference=request.reference,
    )
    event = _judged(report, replace(balance, scrap_kg=balance.scrap_kg + request.weight_kg))
    step = f"scrap:{event.output_id}"
    act.record(request.book_id, event, step=step)
    return Answer(status=201, body={"book_id": request.book_id, **event.model_dump(mode="json")})


def _judged(report: events.ScrapReported, balance: Balance) -> events.ScrapReported:
    """The report with what the declared loss holds of all scrap, and what is beyond it."""
    figures = {
        "declared_loss_kg": kilograms_text(balance.loss_kg),
        "beyond_loss_kg": kilograms_text(balance.scrap_beyond_loss_kg),
    }
    return report.model_copy(update=figures)


async def output_reverse(
    act: Act, book_id: str, output_id: str, grounds: str | None = None
) -> dict[str, Any]:
    """Take a wrong report back by a new entry, which keeps why; the report stays as it was.

    What was overdrawn by it is so no more: the alert is given back, or raised with what is left.

    Refuses NOT_FOUND, STATE_CONFLICT, ALREADY_REVERSED.
    """
    book = await own_open_book(act, book_id)
    named = {"output_id": uuid_of(output_id, "out"), "book_id": book.book_id}
    report = await act.found(_REPORTED, **named)
    if report.reversed:
        raise Refused(refusals.ALREADY_REVERSED.at())
    rows = (await act.execute(_WRITTEN, output_id=report.output_id)).all()
    back = {row.material_hs: Written(row.written_kg, row.written_loss_kg).back for row in rows}
    request = OutputRequest(book_id, report.hs_code, report.weight_kg, report.produced_on)
    taken_back = replace(request, weight_kg=-report.weight_kg, grounds=grounds)
    reversal = await _write_off(act, book, taken_back, report.kind, back, reverses=report.output_id)
    event = events.OutputReversed(
        output_id=show("out", reversal),
        reverses=output_id,
        hs_code=report.hs_code,
        weight_kg=kilograms_text(-report.weight_kg),
        consumed_kg={hs: kilograms_text(part.kg) for hs, part in back.items()},
    )
    step = f"reverse:{output_id}"
    act.record(book_id, event, step=step)
    after = _after(report.kind, rows, back)
    await overdraft_eased(act, book, after, _signed(act, event.output_id))
    return {"book_id": book_id, **event.model_dump(mode="json")}


async def _write_off(
    act: Act,
    book: Row,
    request: OutputRequest,
    kind: str,
    written: Mapping[str, Written],
    reverses: UUID | None = None,
) -> UUID:
    output_id = new_uuid()
    values = {
        "output_id": output_id,
        "book_id": book.book_id,
        "kind": kind,
        "hs_code": request.hs_code,
        "weight_kg": request.weight_kg,
        "produced_on": request.produced_on,
        "at": act.at,
        "reverses": reverses,
        "reference": request.reference,
        "grounds": request.grounds,
    }
    await act.execute(_OUTPUT, **values)
    parts = {
        "materials": list(written),
        "weights": [part.kg for part in written.values()],
        "losses": [part.loss_kg for part in written.values()],
    }
    named = {"output_id": output_id, "book_id": book.book_id, "kind": kind}
    await act.execute(_WRITE_OFF, **named, **parts)
    return output_id
