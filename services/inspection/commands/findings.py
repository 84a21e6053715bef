"""Findings of a drawn officer and the other one's signature."""

from __future__ import annotations

import json

from sqlalchemy import text

from services.inspection.commands.eligibility import UNFIT_FOR_LOT, deciding
from services.inspection.commands.orders import (
    LOT_ENDED,
    order_lock,
    order_of,
    order_stand,
)
from services.inspection.domain import refusals
from services.inspection.domain.events import (
    FindingsRecorded,
    FindingsSentBack,
    InspectionConcluded,
)
from services.inspection.domain.model import Declared, Disposal, Findings, skill_for
from services.inspection.domain.rules.findings import (
    MOVES,
    findings_refusals,
    signed_by_the_other,
)
from services.inspection.domain.states import ORDER, OrderState
from services.kernel.clock import business_day
from services.kernel.lanes import Lane
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import actor_as_kept, who_took
from services.platform.officers import ON_FILE, refuse_if_unfit, refuse_unless_on_file

# The findings and where they leave the order, in one statement.
_RECORD = text(
    """
    WITH kept AS (
        INSERT INTO findings (order_id, round, author, method, results, disposal, found_kg, items,
            remark, recorded_at)
        VALUES (:order_id, :round, :author, :method, :results, :disposal, :found_kg,
            CAST(:items AS jsonb), :remark, :at)
    )
    UPDATE inspection_orders SET state = :state, round = :round, author = :author
    WHERE order_id = :order_id
    """
)
_DECLARED = text(
    f"""
    SELECT hs_code, origin, net_kg, pieces, state, {ON_FILE} AS on_file, {UNFIT_FOR_LOT} AS unfit,
        EXISTS (
            SELECT FROM lot_wanted(:lot_id, :today) AS w WHERE starts_with(w.reason, 'PROHIBITED')
        ) AS prohibited
    FROM v_lots WHERE lot_id = :lot_id
    """
)
_BY: str = who_took(case="order_id", step="'findings:' || round")
_FOUND = text(
    f"SELECT author, results, disposal, {ON_FILE} AS on_file, {UNFIT_FOR_LOT} AS unfit,"
    f" {_BY} AS actor"
    " FROM findings WHERE order_id = :order_id AND round = :round"
)
_SIGN: str = """
    WITH signed AS (
        UPDATE findings SET signer = :signer, agreed = :agreed, signer_remark = :remark,
            signed_at = :at
        WHERE order_id = :order_id AND round = :round
    )
"""
_CONCLUDE = text(
    f"{_SIGN} UPDATE inspection_orders SET state = :state, results = :results,"
    " disposal = :disposal, lot_move = :lot_move, concluded_at = :at WHERE order_id = :order_id"
)
_SEND_BACK = text(
    f"{_SIGN} UPDATE inspection_orders SET state = :state, author = NULL WHERE order_id = :order_id"
)
_WITHDRAWN = refusals.LOT_WITHDRAWN.at()


async def findings_record(act: Act, order_id: str, findings: Findings) -> None:
    """Keep a drawn officer's findings; they wait for the other one's signature.

    Raises Refused NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT, NOT_DRAWN, METHOD_INSUFFICIENT,
    RESULTS_INCONSISTENT, DISPOSAL_NOT_ALLOWED, WEIGHT_REQUIRED, FINDINGS_INCONSISTENT,
    OFFICER_NOT_ON_FILE, OFFICER_NOT_ELIGIBLE, POLICY_MISSING.
    """
    order = await order_lock(act, order_id)
    state = ORDER.move(OrderState(order.state), "record_findings")
    author = act.actor.party_code
    lot = await _lot(act, order)
    declared = await _declared(act, order, lot)
    refuse_if_any(
        findings_refusals(order_of(order), author, findings, declared, on=order.business_on)
    )
    refuse_unless_on_file(lot.on_file)
    refuse_if_unfit(lot.unfit, skill_for(Lane(order.lane)))
    round_ = order.round + 1
    await act.execute(
        _RECORD,
        order_id=order.order_id,
        round=round_,
        author=author,
        method=findings.method.value,
        results=[r.value for r in findings.results],
        disposal=findings.disposal.value,
        found_kg=findings.found_kg,
        items=json.dumps(findings.items, ensure_ascii=False),
        remark=findings.remark,
        state=state.value,
        at=act.at,
    )
    event = FindingsRecorded(
        round=round_,
        author=author,
        method=findings.method,
        results=tuple(findings.results),
        disposal=findings.disposal,
        found_kg=None if findings.found_kg is None else f"{findings.found_kg:f}",
    )
    act.record(order_id, event, step=f"findings:{round_}")
    order_stand(act, order_id, order, state, drawn=order.officers, but=author)


async def _lot(act: Act, order: Row) -> Row:
    """The lot as declared, and whether the officer is on file. Raises Refused STATE_CONFLICT."""
    today = business_day(act.at)
    lot: Row = (await act.execute(_DECLARED, today=today, **deciding(act.actor, order))).one()
    if lot.state in LOT_ENDED:
        raise Refused(_WITHDRAWN)
    return lot


async def _declared(act: Act, order: Row, lot: Row) -> Declared:
    law = await act.law()
    tolerance = law.decimal("inspection.weight_tolerance", on=order.business_on, scope=order.port)
    declared = (lot.hs_code, lot.origin, lot.net_kg, lot.pieces)
    return Declared(*declared, tolerance, prohibited=lot.prohibited)


async def findings_countersign(act: Act, order_id: str, *, agree: bool, remark: str) -> None:
    """The other drawn officer signs, which concludes the order, or sends the findings back.

    A conclusion is told to the lot's case, which carries it out, and to the order's own, which
    ends. Raises Refused NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT, NOT_DRAWN, SAME_PERSON,
    OFFICER_NOT_ON_FILE, OFFICER_NOT_ELIGIBLE.
    """
    order = await order_lock(act, order_id)
    state = ORDER.move(OrderState(order.state), "countersign" if agree else "send_back")
    signer = act.actor.party_code
    which = {"order_id": order.order_id, "round": order.round}
    found = (await act.execute(_FOUND, **which, **deciding(act.actor, order))).one()
    author = actor_as_kept(found.actor)
    refuse_if_any(asked(order.business_on, signed_by_the_other, order_of(order), author, act.actor))
    refuse_unless_on_file(found.on_file)
    refuse_if_unfit(found.unfit, skill_for(Lane(order.lane)))
    signed = {
        "order_id": order.order_id,
        "round": order.round,
        "signer": signer,
        "agreed": agree,
        "remark": remark,
        "state": state.value,
        "at": act.at,
    }
    if agree:
        await _conclude(act, order_id, order, found, signed)
        return
    await act.execute(_SEND_BACK, **signed)
    event = FindingsSentBack(round=order.round, signer=signer)
    act.record(order_id, event, step=f"signature:{order.round}")
    order_stand(act, order_id, order, state, drawn=order.officers)


async def _conclude(
    act: Act, order_id: str, order: Row, found: Row, signed: dict[str, object]
) -> None:
    lot_move = MOVES[Disposal(found.disposal)]
    concluded = {"results": found.results, "disposal": found.disposal, "lot_move": lot_move}
    await act.execute(_CONCLUDE, **signed, **concluded)
    event = InspectionConcluded(
        lot_id=order_of(order).lot_id,
        round=order.round,
        author=found.author,
        signer=act.actor.party_code,
        results=tuple(found.results),
        disposal=found.disposal,
        lot_move=lot_move,
    )
    act.record(order_id, event, step=f"signature:{order.round}")
    order_stand(act, order_id, order, OrderState.CONCLUDED, drawn=())
    act.tell(event.lot_id)
    act.tell(order_id)
