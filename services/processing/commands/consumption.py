"""Unit consumption (单耗), declared before production, of what is substantially processed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.commodity import longest_prefix
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.rule import asked
from services.platform.act import Act
from services.processing.commands.book import own_open_book
from services.processing.commands.production import DECLARED, MATERIAL, balance_of
from services.processing.domain import events, refusals
from services.processing.domain.model import ConsumptionRequest
from services.processing.domain.rules.consumption import (
    declared_before_production,
    unit_consumption,
)
from services.processing.domain.rules.substance import (
    DIGITS_CHANGED,
    ProcessingRule,
    is_substantially_processed,
)

_COMMODITY = text("""
    SELECT hs_code, processing_rule, processes FROM v_commodities
    WHERE CAST(:material_hs AS text) LIKE hs_code || '%'
        AND (effective_from IS NULL OR effective_from <= :day)
        AND (effective_to IS NULL OR :day < effective_to)
""")
_DECLARE = text("""
    INSERT INTO unit_consumptions (book_id, product_hs, material_hs, net, loss_rate, unit,
        processing_rule, processes, declared_at)
    VALUES (:book_id, :product_hs, :material_hs, :net, :loss_rate, :unit, :processing_rule,
        :processes, :at)
""")


async def consumption_declare(act: Act, request: ConsumptionRequest) -> dict[str, Any]:
    """Declare unit consumption (单耗) before production; the product must be another good (W24).

    The material has come in: nobody counts what never did. Refuses NOT_FOUND, STATE_CONFLICT,
    ALREADY_DECLARED, PRODUCTION_BEGUN, NOT_SUBSTANTIALLY_PROCESSED, POLICY_MISSING,
    MATERIAL_UNKNOWN.
    """
    book = await own_open_book(act, request.book_id)
    product = {"book_id": book.book_id, "product_hs": request.product_hs}
    declared = (await act.execute(DECLARED, **product)).all()
    if any(row.material_hs == request.material_hs for row in declared):
        raise Refused(refusals.ALREADY_DECLARED.at())
    begun = any(row.begun for row in declared)
    refuse_if_any(asked(business_day(act.at), declared_before_production, begun=begun))
    applies = await _require_substance(act, request)
    material = {"book_id": book.book_id, "material_hs": request.material_hs}
    row = (await act.execute(MATERIAL, **material)).one_or_none()
    if row is None or balance_of(row).available_kg <= 0:
        raise Refused(refusals.MATERIAL_UNKNOWN.at("/material_hs"))
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
    day = business_day(act.at)
    rows = (await act.execute(_COMMODITY, material_hs=request.material_hs, day=day)).all()
    known = {row.hs_code: row for row in rows if row.processing_rule is not None}
    prefix = longest_prefix(request.material_hs, known)
    if prefix is None:
        applies, listed = _general_rule(request, await act.law(), day), ()
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
