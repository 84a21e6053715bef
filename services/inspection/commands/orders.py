"""Inspection orders: opened and staffed by draw, drawn again, withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.inspection.commands.seeds import OpenSeed, SeedKeeper, seed_for_draw
from services.inspection.domain.events import (
    InspectionOrdered,
    InspectionStaffed,
    InspectionUnstaffed,
    InspectionWithdrawn,
)
from services.inspection.domain.model import Disposal, Lane, Method, Officer, Order, Skill
from services.inspection.domain.rules.draw import (
    OFFICERS_DRAWN,
    Purpose,
    drawn_order,
    eligible_officers,
)
from services.inspection.domain.rules.findings import MOVES, method_for
from services.inspection.domain.rules.screening import CONTROL_HIT
from services.inspection.domain.states import ORDER, OrderState
from services.kernel.events import Event
from services.kernel.identifiers import show, uuid_of
from services.kernel.messages import SYSTEM, Actor
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused
from services.platform import event_log
from services.platform.database import Row, Tx
from services.platform.officers import require_officer
from services.platform.policy import PolicyCache

OFFICERS_TOO_FEW: Final = "OFFICERS_TOO_FEW"
BAYS_MISSING: Final = "BAYS_MISSING"

_ORDER = text("SELECT * FROM inspection_orders WHERE order_id = :order_id FOR UPDATE")
_LOT = text(
    """
    SELECT l.lot_id, l.port, l.business_on, l.perishable, s.lane, s.reasons,
        array_remove(ARRAY[
            l.submitted_by, 'group:' || l.group_code, 'seller:' || l.seller
        ], NULL) AS parties
    FROM v_lots AS l JOIN screenings AS s ON s.lot_id = l.lot_id
    WHERE l.lot_id = :lot_id AND s.order_id = :order_id
    """
)
_OPEN = text(
    "INSERT INTO inspection_orders (order_id, lot_id, port, lane, method_ordered, perishable,"
    " business_on, state, version, round, draw_no, officers, opened_at)"
    " VALUES (:order_id, :lot_id, :port, :lane, :method, :perishable, :business_on, 'UNSTAFFED',"
    " 1, 0, 0, '{}', :at)"
)
# A conflict of interest with any resident who has a share of the lot counts as well.
_OFFICERS = text(
    """
    SELECT o.officer_id, o.port, o.skills, o.active,
        ARRAY(
            SELECT c.party FROM v_conflicts AS c
            WHERE c.officer_id = o.officer_id AND (
                c.party = ANY(CAST(:parties AS text[])) OR EXISTS (
                    SELECT FROM v_tickets AS t
                    WHERE t.lot_id = :lot_id AND c.party = 'resident:res_'
                        || replace(CAST(t.resident_id AS text), '-', '')
                )
            )
        ) AS conflicts
    FROM v_officers AS o WHERE o.port = :port
    """
)
_KEEP_DRAW = text(
    "INSERT INTO case_draws (case_id, draw_no, purpose, seed_id, subject, eligible, drawn,"
    " drawn_at) VALUES (:case_id, :draw_no, :purpose, :seed_id, :subject, :eligible, :drawn,"
    " clock_timestamp())"
)
_STAFF = text(
    "UPDATE inspection_orders SET state = :state, version = version + 1, draw_no = :draw_no,"
    " officers = :officers, bay = :bay, author = NULL, unstaffed_reason = NULL, staffed_at = :at"
    " WHERE order_id = :order_id"
)
_UNSTAFF = text(
    "UPDATE inspection_orders SET state = 'UNSTAFFED', version = version + 1, officers = '{}',"
    " bay = NULL, author = NULL, unstaffed_reason = :reason WHERE order_id = :order_id"
)
_WITHDRAW = text(
    "UPDATE inspection_orders SET state = 'WITHDRAWN', version = version + 1,"
    " disposal = :disposal, lot_move = :lot_move, results = '{}', concluded_at = :at"
    " WHERE order_id = :order_id"
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who and what may be drawn for an order; ``bays`` is None when no bay is needed."""

    officers: tuple[str, ...]
    bays: tuple[str, ...] | None
    lot: Row

    @property
    def lacking(self) -> str | None:
        """Why nobody can be drawn, None when all is there."""
        if len(self.officers) < OFFICERS_DRAWN:
            return OFFICERS_TOO_FEW
        return BAYS_MISSING if self.bays == () else None


async def order_draw(
    tx: Tx,
    *,
    order_id: str,
    lot_id: str,
    attempt: int,
    keeper: SeedKeeper,
    policies: PolicyCache,
    now: datetime,
) -> Row:
    """Open the order if it is not open yet and draw two officers and a bay.

    With too few to draw from the order stays visibly UNSTAFFED. Run again, it changes nothing
    that was drawn. Raises SeedMissing.
    """
    order = await _opened(tx, order_id, lot_id, now)
    if order.state != OrderState.UNSTAFFED:
        return order
    candidates = await _candidates(tx, order, policies)
    if candidates.lacking is not None:
        await _leave_unstaffed(tx, order, candidates, attempt, now)
    else:
        seed = await seed_for_draw(tx, keeper, port=order.port, day=order.business_on)
        await _staff(tx, order, candidates, seed, "draw", SYSTEM, now)
    return await order_locked(tx, order_id)


async def order_redraw(
    tx: Tx,
    order_id: str,
    *,
    actor: Actor,
    expected_version: int | None,
    keeper: SeedKeeper,
    policies: PolicyCache,
    now: datetime,
) -> Row:
    """Draw both officers again because a drawn one may no longer decide.

    Raises Refused OFFICERS_STILL_ELIGIBLE (nobody draws again for a better draw), STATE_CONFLICT,
    OFFICER_NOT_ON_FILE.
    """
    await require_officer(tx, actor)
    order = await order_locked(tx, order_id)
    require_version(order.version, expected_version)
    ORDER.move(OrderState(order.state), "redraw")
    candidates = await _candidates(tx, order, policies)
    if set(order.officers) <= set(candidates.officers):
        raise Refused(
            Refusal(
                "OFFICERS_STILL_ELIGIBLE", "Both drawn officers may decide; nothing is redrawn."
            )
        )
    if candidates.lacking is not None:
        await _leave_unstaffed(tx, order, candidates, order.version, now)
    else:
        seed = await seed_for_draw(tx, keeper, port=order.port, day=order.business_on)
        await _staff(tx, order, candidates, seed, "redraw", actor, now)
    return await order_locked(tx, order_id)


async def order_withdraw(tx: Tx, order_id: str, lot_id: str, *, now: datetime) -> Row:
    """End the order of a cancelled lot; one that two officers concluded stays concluded."""
    order = await _opened(tx, order_id, lot_id, now)
    if ORDER.is_final(OrderState(order.state)):
        return order
    disposal = Disposal.WITHDRAWN
    values = {"disposal": disposal.value, "lot_move": MOVES[disposal], "at": now}
    await tx.execute(_WITHDRAW, {"order_id": order.order_id, **values})
    event = InspectionWithdrawn(lot_id=show("lot", order.lot_id))
    await append(tx, order_id, event, "withdraw", SYSTEM, now)
    return await order_locked(tx, order_id)


async def order_locked(tx: Tx, order_id: str) -> Row:
    """The order, locked until the transaction ends. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_ORDER, {"order_id": uuid_of(order_id, "ins")})).one_or_none()
    if row is None:
        raise Refused(Refusal("NOT_FOUND", "There is no such inspection order."))
    return row


def order_of(row: Row) -> Order:
    """The order as the rules see it."""
    return Order(
        order_id=show("ins", row.order_id),
        lot_id=show("lot", row.lot_id),
        state=row.state,
        lane=Lane(row.lane),
        method_ordered=Method(row.method_ordered),
        version=row.version,
        round=row.round,
        officers=tuple(row.officers),
        author=row.author,
    )


def require_version(version: int, expected: int | None) -> None:
    """Raises Refused VERSION_MISMATCH when the caller decided on an older reading."""
    if expected is not None and expected != version:
        raise Refused(
            Refusal(
                "VERSION_MISMATCH",
                f"The case has changed: it is at version {version}, not {expected}. Read it again.",
                facts={"version": str(version)},
            )
        )


async def append(tx: Tx, case: str, event: Event, step: str, actor: Actor, now: datetime) -> None:
    """Append to the case's own chain."""
    await event_log.append(tx, case=case, event=event, step=step, actor=actor, at=now)


async def officers_for(
    tx: Tx, *, port: str, skill: Skill, parties: frozenset[str], lot_id: UUID | None = None
) -> tuple[str, ...]:
    """The officers of a port who may be drawn for a case of these parties."""
    found = await tx.execute(
        _OFFICERS, {"port": port, "parties": sorted(parties), "lot_id": lot_id}
    )
    officers = [
        Officer(
            show("ofc", o.officer_id), o.port, frozenset(o.skills), o.active, frozenset(o.conflicts)
        )
        for o in found
    ]
    # The statement kept only conflicts with this case, a resident's share of it included.
    concerned = parties.union(*(o.conflicts for o in officers))
    return eligible_officers(officers, port=port, skill=skill, parties=concerned)


async def draw_keep(
    tx: Tx,
    *,
    case: str,
    draw_no: int,
    purpose: Purpose,
    seed: OpenSeed,
    subject: str,
    eligible: tuple[str, ...],
    count: int,
) -> tuple[str, ...]:
    """Draw ``count`` of the eligible and keep the draw with everything needed to recompute it."""
    drawn = drawn_order(seed.seed, purpose, subject, eligible)[:count]
    values = {
        "case_id": case,
        "draw_no": draw_no,
        "purpose": purpose.value,
        "seed_id": seed.seed_id,
        "subject": subject,
        "eligible": list(eligible),
        "drawn": list(drawn),
    }
    await tx.execute(_KEEP_DRAW, values)
    return drawn


async def _opened(tx: Tx, order_id: str, lot_id: str, now: datetime) -> Row:
    keys = {"order_id": uuid_of(order_id, "ins"), "lot_id": uuid_of(lot_id, "lot")}
    row = (await tx.execute(_ORDER, keys)).one_or_none()
    if row is not None:
        return row
    lot = await _screened(tx, keys["order_id"], keys["lot_id"])
    controlled = any(reason.startswith(CONTROL_HIT) for reason in lot.reasons)
    method = method_for(Lane(lot.lane), controlled=controlled)
    values = {
        "port": lot.port,
        "lane": lot.lane,
        "method": method.value,
        "perishable": lot.perishable,
        "business_on": lot.business_on,
        "at": now,
    }
    await tx.execute(_OPEN, {**keys, **values})
    event = InspectionOrdered(
        lot_id=lot_id, port=lot.port, lane=lot.lane, method=method, perishable=lot.perishable
    )
    await append(tx, order_id, event, "open", SYSTEM, now)
    return await order_locked(tx, order_id)


async def _screened(tx: Tx, order_id: UUID, lot_id: UUID) -> Row:
    return (await tx.execute(_LOT, {"order_id": order_id, "lot_id": lot_id})).one()


async def _candidates(tx: Tx, order: Row, policies: PolicyCache) -> Candidates:
    lot = await _screened(tx, order.order_id, order.lot_id)
    documents = order.lane == Lane.YELLOW
    officers = await officers_for(
        tx,
        port=order.port,
        skill=Skill.DOCUMENT if documents else Skill.INSPECTION,
        parties=frozenset(lot.parties),
        lot_id=order.lot_id,
    )
    bays = None if documents else _bays(await policies.book(tx), order)
    return Candidates(officers, bays, lot)


def _bays(book: PolicyBook, order: Row) -> tuple[str, ...]:
    """The port's inspection bays; none when the port has not stated them."""
    try:
        return tuple(book.get("inspection.bays", on=order.business_on, scope=order.port))
    except Refused:
        return ()


async def _leave_unstaffed(
    tx: Tx, order: Row, candidates: Candidates, attempt: int, now: datetime
) -> None:
    reason = candidates.lacking
    if order.state == OrderState.UNSTAFFED and order.unstaffed_reason == reason:
        return
    await tx.execute(_UNSTAFF, {"order_id": order.order_id, "reason": reason})
    event = InspectionUnstaffed(reason=str(reason), eligible=len(candidates.officers))
    step = f"unstaffed:{order.version}:{attempt}"
    await append(tx, show("ins", order.order_id), event, step, SYSTEM, now)


async def _staff(
    tx: Tx,
    order: Row,
    candidates: Candidates,
    seed: OpenSeed,
    act: str,
    actor: Actor,
    now: datetime,
) -> None:
    case, draw_no = show("ins", order.order_id), order.draw_no + 1
    # The lot's id was given before anyone could know the seed; the order's own only after.
    subject = f"{show('lot', order.lot_id)}|{draw_no}"

    async def draw(purpose: Purpose, eligible: tuple[str, ...], count: int) -> tuple[str, ...]:
        return await draw_keep(
            tx,
            case=case,
            draw_no=draw_no,
            purpose=purpose,
            seed=seed,
            subject=subject,
            eligible=eligible,
            count=count,
        )

    officers = await draw(Purpose.OFFICERS, candidates.officers, OFFICERS_DRAWN)
    bay = (await draw(Purpose.BAY, candidates.bays, 1))[0] if candidates.bays else None
    state = ORDER.move(OrderState(order.state), act)
    values = {"state": state.value, "draw_no": draw_no, "officers": list(officers), "bay": bay}
    await tx.execute(_STAFF, {"order_id": order.order_id, "at": now, **values})
    event = InspectionStaffed(
        officers=officers, bay=bay, seed_id=show("sed", seed.seed_id), attempt=draw_no
    )
    await append(tx, case, event, f"staff:{draw_no}", actor, now)
