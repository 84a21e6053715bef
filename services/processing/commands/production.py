"""Production: unit consumption declared before it, products and scrap reported after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.commodity import longest_prefix
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.database import Row
from services.processing.commands.book import own_open_book
from services.processing.domain import events, refusals
from services.processing.domain.model import ConsumptionRequest, OutputRequest
from services.processing.domain.rules.consumption import consumed, unit_consumption
from services.processing.domain.rules.substance import (
    DIGITS_CHANGED,
    ProcessingRule,
    is_substantially_processed,
)

_DECLARED = text("""
    SELECT material_hs, unit, declared_at,
        EXISTS (SELECT 1 FROM outputs AS o WHERE o.book_id = u.book_id AND o.kind = 'PRODUCT'
            AND o.hs_code = u.product_hs) AS begun
    FROM unit_consumptions AS u WHERE book_id = :book_id AND product_hs = :product_hs
    ORDER BY material_hs
""")
_COMMODITY = text("""
    SELECT hs_code, processing_rule, processes FROM v_commodities
    WHERE CAST(:material_hs AS text) LIKE hs_code || '%'
""")
_DECLARE = text("""
    WITH material AS (
        INSERT INTO book_materials (book_id, material_hs) VALUES (:book_id, :material_hs)
        ON CONFLICT DO NOTHING
    )
    INSERT INTO unit_consumptions (book_id, product_hs, material_hs, net, loss_rate, unit,
        processing_rule, processes, declared_at)
    VALUES (:book_id, :product_hs, :material_hs, :net, :loss_rate, :unit, :processing_rule,
        :processes, :at)
""")
_OUTPUT = text("""
    INSERT INTO outputs (output_id, book_id, kind, hs_code, weight_kg, produced_on, reported_at,
        reverses)
    VALUES (:output_id, :book_id, :kind, :hs_code, :weight_kg, :produced_on, :at, :reverses)
""")
_WRITE_OFF = text("""
    WITH part AS (
        SELECT * FROM unnest(CAST(:materials AS text[]), CAST(:weights AS numeric[]))
            AS p (material_hs, weight_kg)
    ), written AS (
        INSERT INTO output_consumptions (output_id, material_hs, book_id, consumed_kg)
        SELECT :output_id, material_hs, :book_id, weight_kg FROM part
    )
    UPDATE book_materials AS m SET
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
    SELECT material_hs, consumed_kg FROM output_consumptions WHERE output_id = :output_id
    ORDER BY material_hs
""")
_MATERIAL = text("""
    SELECT opening_kg + received_kg - scrap_kg AS left_kg FROM book_materials
    WHERE book_id = :book_id AND material_hs = :material_hs
""")


async def consumption_declare(act: Act, request: ConsumptionRequest) -> dict[str, Any]:
    """Declare unit consumption (单耗) before production; the product must be another good (W24).

    Refuses NOT_FOUND, STATE_CONFLICT, ALREADY_DECLARED, PRODUCTION_BEGUN,
    NOT_SUBSTANTIALLY_PROCESSED, POLICY_MISSING.
    """
    book = await own_open_book(act, request.book_id)
    product = {"book_id": book.book_id, "product_hs": request.product_hs}
    declared = (await act.execute(_DECLARED, **product)).all()
    if any(row.material_hs == request.material_hs for row in declared):
        raise Refused(refusals.ALREADY_DECLARED.at())
    if any(row.begun for row in declared):
        raise Refused(refusals.PRODUCTION_BEGUN.at())
    applies = await _require_substance(act, request)
    unit = unit_consumption(request.net, request.loss_rate)
    values = {
        **product,
        "material_hs": request.material_hs,
        "net": request.net,
        "loss_rate": request.loss_rate,
        "unit": unit,
        "processing_rule": applies,
        "processes": list(request.processes),
        "at": act.at,
    }
    await act.execute(_DECLARE, **values)
    event = events.ConsumptionDeclared(
        product_hs=request.product_hs,
        material_hs=request.material_hs,
        net=f"{request.net:f}",
        loss_rate=f"{request.loss_rate:f}",
        unit=f"{unit.normalize():f}",
        processing_rule=applies,
    )
    step = f"declare:{request.product_hs}:{request.material_hs}"
    act.record(request.book_id, event, step=step)
    return {"book_id": request.book_id, **event.model_dump(mode="json")}


async def _require_substance(act: Act, request: ConsumptionRequest) -> ProcessingRule:
    """The rule of the material's commodity, or the general one; refuses what it does not let by.

    Refuses NOT_SUBSTANTIALLY_PROCESSED; POLICY_MISSING when no rule is in force.
    """
    rows = (await act.execute(_COMMODITY, material_hs=request.material_hs)).all()
    known = {row.hs_code: row for row in rows if row.processing_rule is not None}
    prefix = longest_prefix(request.material_hs, known)
    if prefix is None:
        applies, listed = _general_rule(request, await act.law(), business_day(act.at)), ()
    else:
        applies, listed = ProcessingRule(known[prefix].processing_rule), known[prefix].processes
    if not is_substantially_processed(
        material=request.material_hs,
        product=request.product_hs,
        applies=applies,
        processes=request.processes,
        listed=listed,
    ):
        raise Refused(_not_processed(request, applies, listed, prefix))
    return applies


def _general_rule(request: ConsumptionRequest, law: PolicyBook, day: date) -> ProcessingRule:
    """The rule that holds for every material without one of its own, if the law names one.

    Refuses POLICY_MISSING: a rule that nobody filed is not "none".
    """
    key = "process.hs_rule"
    general = law.get(key, on=day, scope=request.material_hs)
    if general in tuple(ProcessingRule):
        return ProcessingRule(general)
    raise Refused(
        refusals.NO_PROCESSING_RULE.at(
            "/material_hs",
            material_hs=request.material_hs,
            missing=key,
            day=day,
            rules=list(ProcessingRule),
        )
    )


def _not_processed(
    request: ConsumptionRequest,
    applies: ProcessingRule,
    listed: Sequence[str],
    prefix: str | None,
) -> Refusal:
    codes = {"material": request.material_hs, "product": request.product_hs}
    whose = {"rule_of": prefix or "process.hs_rule", "asked": applies}
    if applies is ProcessingRule.PROCESS_LIST:
        listed = sorted(listed)
        return refusals.PROCESS_NOT_LISTED.at("/processes", listed=listed, **codes, **whose)
    digits = DIGITS_CHANGED[applies]
    return refusals.CODE_UNCHANGED.at("/product_hs", digits=digits, **codes, **whose)


def _refuse_day(act: Act, book: Row, request: OutputRequest) -> None:
    last = min(book.period_to, business_day(act.at))
    if not book.period_from <= request.produced_on <= last:
        raise Refused(
            refusals.OUTSIDE_PERIOD.at("/produced_on", first=book.period_from, last=book.period_to)
        )


async def output_report(act: Act, request: OutputRequest) -> dict[str, Any]:
    """Report products; every material is written off by unit consumption (核销).

    Refuses NOT_FOUND, STATE_CONFLICT, OUTSIDE_PERIOD, CONSUMPTION_NOT_DECLARED.
    """
    book = await own_open_book(act, request.book_id)
    _refuse_day(act, book, request)
    product = {"book_id": book.book_id, "product_hs": request.hs_code}
    declared = (await act.execute(_DECLARED, **product)).all()
    if not declared or any(business_day(d.declared_at) > request.produced_on for d in declared):
        raise Refused(refusals.CONSUMPTION_NOT_DECLARED.at("/product_hs"))
    written = {
        row.material_hs: weight
        for row in declared
        if (weight := consumed(request.weight_kg, row.unit)) > 0
    }
    output_id = await _write_off(act, book, request, "PRODUCT", written)
    event = events.ProductionReported(
        output_id=show("out", output_id),
        product_hs=request.hs_code,
        product_kg=f"{request.weight_kg:f}",
        consumed_kg={hs: f"{kg:f}" for hs, kg in written.items()},
    )
    step = f"produce:{event.output_id}"
    act.record(request.book_id, event, step=step)
    return {"book_id": request.book_id, **event.model_dump(mode="json")}


async def scrap_report(act: Act, request: OutputRequest) -> dict[str, Any]:
    """Report scrap (边角料) of a material.

    Refuses NOT_FOUND, STATE_CONFLICT, OUTSIDE_PERIOD, MATERIAL_UNKNOWN, MORE_THAN_CAME_IN.
    """
    book = await own_open_book(act, request.book_id)
    _refuse_day(act, book, request)
    material = {"book_id": book.book_id, "material_hs": request.hs_code}
    row = (await act.execute(_MATERIAL, **material)).one_or_none()
    if row is None:
        raise Refused(refusals.MATERIAL_UNKNOWN.at("/material_hs"))
    if request.weight_kg > row.left_kg:
        raise Refused(refusals.MORE_THAN_CAME_IN.at("/scrap_kg", left_kg=row.left_kg))
    written = {request.hs_code: request.weight_kg}
    output_id = await _write_off(act, book, request, "SCRAP", written)
    event = events.ScrapReported(
        output_id=show("out", output_id),
        material_hs=request.hs_code,
        scrap_kg=f"{request.weight_kg:f}",
    )
    step = f"scrap:{event.output_id}"
    act.record(request.book_id, event, step=step)
    return {"book_id": request.book_id, **event.model_dump(mode="json")}


async def output_reverse(act: Act, book_id: str, output_id: str) -> dict[str, Any]:
    """Take a wrong report back by a new entry; the report itself stays as it was.

    Refuses NOT_FOUND, STATE_CONFLICT, ALREADY_REVERSED.
    """
    book = await own_open_book(act, book_id)
    named = {"output_id": uuid_of(output_id, "out"), "book_id": book.book_id}
    report = (await act.execute(_REPORTED, **named)).one_or_none()
    if report is None:
        raise Refused(NOT_FOUND.at())
    if report.reversed:
        raise Refused(refusals.ALREADY_REVERSED.at())
    rows = await act.execute(_WRITTEN, output_id=report.output_id)
    back = {row.material_hs: -row.consumed_kg for row in rows}
    request = OutputRequest(book_id, report.hs_code, report.weight_kg, report.produced_on)
    taken_back = replace(request, weight_kg=-report.weight_kg)
    reversal = await _write_off(act, book, taken_back, report.kind, back, reverses=report.output_id)
    event = events.OutputReversed(
        output_id=show("out", reversal),
        reverses=output_id,
        hs_code=report.hs_code,
        weight_kg=f"{-report.weight_kg:f}",
        consumed_kg={hs: f"{kg:f}" for hs, kg in back.items()},
    )
    step = f"reverse:{output_id}"
    act.record(book_id, event, step=step)
    return {"book_id": book_id, **event.model_dump(mode="json")}


async def _write_off(
    act: Act,
    book: Row,
    request: OutputRequest,
    kind: str,
    written: Mapping[str, Decimal],
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
    }
    await act.execute(_OUTPUT, **values)
    parts = {"materials": list(written), "weights": list(written.values())}
    named = {"output_id": output_id, "book_id": book.book_id, "kind": kind}
    await act.execute(_WRITE_OFF, **named, **parts)
    return output_id
