"""Findings of a drawn officer and the other one's signature."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import text

from services.inspection.commands.authors import author_of
from services.inspection.commands.orders import append, order_locked, order_of, require_version
from services.inspection.domain.events import (
    FindingsRecorded,
    FindingsSentBack,
    InspectionConcluded,
)
from services.inspection.domain.model import Declared, Disposal, Findings
from services.inspection.domain.rules.findings import (
    MOVES,
    findings_refusals,
    signed_by_the_other,
)
from services.inspection.domain.rules.four_eyes import other_person
from services.inspection.domain.states import ORDER, OrderState
from services.kernel.messages import Actor
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.platform.database import Row, Tx, in_turn
from services.platform.officers import require_officer

_KEEP = text(
    "INSERT INTO findings (order_id, round, author, method, results, disposal, found_kg, items,"
    " remark, recorded_at) VALUES (:order_id, :round, :author, :method, :results, :disposal,"
    " :found_kg, CAST(:items AS jsonb), :remark, :at)"
)
_WITHDRAWN = Refusal(
    "STATE_CONFLICT", "The lot was withdrawn before anything was found; its order ends by itself."
)
_DECLARED = text("SELECT hs_code, origin, net_kg, pieces, state FROM v_lots WHERE lot_id = :lot_id")
_FOUND = text("SELECT * FROM findings WHERE order_id = :order_id AND round = :round")
_AWAIT = text(
    "UPDATE inspection_orders SET state = :state, version = version + 1, round = :round,"
    " author = :author WHERE order_id = :order_id"
)
_SIGN = text(
    "UPDATE findings SET signer = :signer, agreed = :agreed, signer_remark = :remark,"
    " signed_at = :at WHERE order_id = :order_id AND round = :round"
)
_SEND_BACK = text(
    "UPDATE inspection_orders SET state = :state, version = version + 1, author = NULL"
    " WHERE order_id = :order_id"
)
_CONCLUDE = text(
    "UPDATE inspection_orders SET state = :state, version = version + 1, results = :results,"
    " disposal = :disposal, lot_move = :lot_move, concluded_at = :at WHERE order_id = :order_id"
)


async def findings_record(
    tx: Tx,
    order_id: str,
    findings: Findings,
    *,
    actor: Actor,
    expected_version: int | None,
    book: PolicyBook,
    now: datetime,
) -> Row:
    """Keep a drawn officer's findings; they wait for the other one's signature.

    Raises Refused VERSION_MISMATCH, STATE_CONFLICT, NOT_DRAWN, METHOD_INSUFFICIENT,
    RESULTS_INCONSISTENT, DISPOSAL_NOT_ALLOWED, WEIGHT_REQUIRED, FINDINGS_INCONSISTENT,
    OFFICER_NOT_ON_FILE, POLICY_MISSING.
    """
    row = await order_locked(tx, order_id)
    require_version(row.version, expected_version)
    state = ORDER.move(OrderState(row.state), "record_findings")
    author = actor.party_code
    await in_turn(tx, f"findings {row.lot_id}")
    declared = await _declared(tx, row, book)
    refuse_if_any(findings_refusals(order_of(row), author, findings, declared))
    await require_officer(tx, actor)
    round_ = row.round + 1
    values = {
        "order_id": row.order_id,
        "round": round_,
        "author": author,
        "method": findings.method.value,
        "results": [r.value for r in findings.results],
        "disposal": findings.disposal.value,
        "found_kg": findings.found_kg,
        "items": json.dumps(findings.items, ensure_ascii=False),
        "remark": findings.remark,
        "at": now,
    }
    await tx.execute(_KEEP, values)
    keys = {"order_id": row.order_id, "round": round_}
    await tx.execute(_AWAIT, {**keys, "author": author, "state": state.value})
    event = FindingsRecorded(
        round=round_,
        author=author,
        method=findings.method,
        results=tuple(findings.results),
        disposal=findings.disposal,
        found_kg=None if findings.found_kg is None else f"{findings.found_kg:f}",
    )
    await append(tx, order_id, event, f"findings:{round_}", actor, now)
    return await order_locked(tx, order_id)


async def _declared(tx: Tx, order: Row, book: PolicyBook) -> Declared:
    lot = (await tx.execute(_DECLARED, {"lot_id": order.lot_id})).one()
    if lot.state == "CANCELLED":
        raise Refused(_WITHDRAWN)
    tolerance = book.decimal("inspection.weight_tolerance", on=order.business_on, scope=order.port)
    return Declared(lot.hs_code, lot.origin, lot.net_kg, lot.pieces, tolerance)


async def findings_countersign(
    tx: Tx,
    order_id: str,
    *,
    agree: bool,
    remark: str,
    actor: Actor,
    expected_version: int | None,
    now: datetime,
) -> Row:
    """The other drawn officer signs, which concludes the order, or sends the findings back.

    Raises Refused VERSION_MISMATCH, STATE_CONFLICT, NOT_DRAWN, OWN_FINDINGS, OFFICER_NOT_ON_FILE.
    """
    row = await order_locked(tx, order_id)
    require_version(row.version, expected_version)
    state = ORDER.move(OrderState(row.state), "countersign" if agree else "send_back")
    signer = actor.party_code
    refusal = signed_by_the_other(order_of(row), signer)
    if refusal is not None:
        raise Refused(refusal)
    if not other_person(await author_of(tx, order_id, f"findings:{row.round}"), actor):
        raise Refused(Refusal("OWN_FINDINGS", "The person who recorded findings never signs them."))
    await require_officer(tx, actor)
    keys = {"order_id": row.order_id, "round": row.round}
    signed = {"signer": signer, "agreed": agree, "remark": remark, "at": now}
    await tx.execute(_SIGN, {**keys, **signed})
    if agree:
        await _conclude(tx, order_id, row, state, actor=actor, now=now)
    else:
        await tx.execute(_SEND_BACK, {"order_id": row.order_id, "state": state.value})
        event = FindingsSentBack(round=row.round, signer=signer)
        await append(tx, order_id, event, f"signature:{row.round}", actor, now)
    return await order_locked(tx, order_id)


async def _conclude(
    tx: Tx, order_id: str, row: Row, state: OrderState, *, actor: Actor, now: datetime
) -> None:
    keys = {"order_id": row.order_id, "round": row.round}
    found = (await tx.execute(_FOUND, keys)).one()
    lot_move = MOVES[Disposal(found.disposal)]
    values = {
        "order_id": row.order_id,
        "state": state.value,
        "results": found.results,
        "disposal": found.disposal,
        "lot_move": lot_move,
        "at": now,
    }
    await tx.execute(_CONCLUDE, values)
    event = InspectionConcluded(
        lot_id=order_of(row).lot_id,
        round=row.round,
        author=found.author,
        signer=actor.party_code,
        results=tuple(found.results),
        disposal=found.disposal,
        lot_move=lot_move,
    )
    await append(tx, order_id, event, f"signature:{row.round}", actor, now)
