"""Inspection orders: staffed by draw, drawn again, withdrawn with their lot.

A screening opens them (``inspection_order_open``), without officers: whoever asks for an order has
no say in who decides on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import text

from services.inspection.commands.eligibility import said_away_by
from services.inspection.commands.staffing import (
    Asked,
    Staff,
    pool_for,
    staff_drawn,
    staying,
)
from services.inspection.domain import refusals
from services.inspection.domain.events import (
    InspectionStaffed,
    InspectionUnstaffed,
    InspectionWithdrawn,
)
from services.inspection.domain.model import Disposal, Order
from services.inspection.domain.rules.findings import MOVES
from services.inspection.domain.states import ORDER, OrderState
from services.kernel.clock import business_day
from services.kernel.identifiers import show, uuid_of
from services.kernel.lanes import Lane, Method
from services.kernel.messages import Case, Standing
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND, OFFICERS_STILL_ELIGIBLE
from services.kernel.rules.draw import OFFICERS_DRAWN
from services.platform.act import Act
from services.platform.database import Row
from services.platform.draws.ballots import (
    SEED_MISSING,
)
from services.platform.draws.seeds import SeedKeeper, SeedMissing, seed_for_draw
from services.platform.event_log import LOCKED
from services.platform.officers import ON_FILE, officer_values, refuse_unless_on_file
from services.platform.visibility import customs

_DRAW_AGAIN_FIRST: Final = timedelta(seconds=30)
_DRAW_AGAIN_MAX: Final = timedelta(minutes=10)

_LOT_OF: Final = "(SELECT lot_id FROM inspection_orders WHERE order_id = :order_id)"
# Which of its lot's orders this one is never changes: those before it were opened in earlier turns.
_BEFORE: Final = (
    "(SELECT count(*) FROM inspection_orders AS b WHERE b.lot_id = o.lot_id"
    " AND (b.opened_at, b.order_id) < (o.opened_at, o.order_id))"
)
_LOCK = text(
    "SELECT o.*, header.version, (SELECT version FROM v_policy_version) AS policy_version,"
    f" {_BEFORE} AS orders_before FROM"
    f" {LOCKED.format(lot=_LOT_OF, case='CAST(:order_id AS uuid)')},"
    " inspection_orders AS o WHERE o.order_id = :order_id FOR UPDATE OF o"
)
_OF_LOT: Final = (
    "state, ARRAY(SELECT p.party FROM v_lot_parties AS p WHERE p.lot_id = v_lots.lot_id) AS parties"
)
_OCCUPIED: Final = (
    "ARRAY(SELECT bay FROM inspection_orders AS other WHERE other.port = v_lots.port"
    " AND other.bay IS NOT NULL AND other.concluded_at IS NULL) AS occupied"
)
_LOT = text(f"SELECT {_OF_LOT}, {_OCCUPIED} FROM v_lots WHERE lot_id = :lot_id")
# Who is away follows from a colleague's word, kept beside the port's draws with the days that it is
# of: however long ago it was said.
_LOT_FOR_OFFICER = text(
    f"SELECT {_OF_LOT}, {_OCCUPIED}, {ON_FILE} AS on_file FROM v_lots WHERE lot_id = :lot_id"
)
# The word of who is drawn no more falls, also where he is drawn again later.
_STILL_DRAWN: Final = "let_go_by = ANY(CAST(:officers AS text[]))"
_STAFF = text(
    "UPDATE inspection_orders SET state = :state, draw_no = :draw_no, attempts = attempts + 1,"
    " officers = :officers, bay = :bay, unstaffed_reason = :unstaffed_reason,"
    f" let_go_by = CASE WHEN {_STILL_DRAWN} THEN let_go_by END,"
    f" let_go_grounds = CASE WHEN {_STILL_DRAWN} THEN let_go_grounds END,"
    " staffed_at = :staffed_at WHERE order_id = :order_id"
)
_TRIED = text("UPDATE inspection_orders SET attempts = attempts + 1 WHERE order_id = :order_id")
WITHDRAW: Final = text(
    "UPDATE inspection_orders SET state = 'WITHDRAWN', disposal = :disposal, lot_move = :lot_move,"
    " results = '{}', concluded_at = :at WHERE order_id = :order_id"
)
_NO_ORDER: Final = NOT_FOUND.at()
LOT_ENDED: Final = frozenset({"CANCELLED", "REJECTED", "RETURNED", "SEIZED"})
"""States of a lot in which nothing of it is left to inspect."""


def order_stand(
    act: Act,
    case: str,
    order: Row,
    state: OrderState,
    *,
    drawn: Sequence[str],
    but: str | None = None,
) -> None:
    """Keep where an order stands, and whose desk it lies on: of the two drawn, or of the port.

    ``but`` is the drawn officer whose turn is over: what he found is another's to sign.
    """
    desks = {
        "port": [customs(order.port)],
        "drawn": [f"officer:{officer}" for officer in drawn],
        "other": [f"officer:{officer}" for officer in drawn if officer != but],
    }
    act.headers.stand(case, ORDER, state, desks=desks, due_at=order.due_at)


async def order_redraw(act: Act, order_id: str, *, keeper: SeedKeeper) -> Row:
    """Draw anew for a drawn officer who may no longer decide; the order as it was.

    Who still may stays, and so does what was found and waits for a signature, whoever found it.

    An act opens no draw day: without an open seed, or with too few to draw from, the order is left
    UNSTAFFED and its case draws. Raises Refused NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT,
    OFFICER_NOT_ON_FILE, OFFICERS_STILL_ELIGIBLE (nobody draws again for a better draw),
    SAME_PERSON (who said the drawn officer away asks for no draw in his place).
    """
    order = await order_lock(act, order_id)
    ORDER.move(OrderState(order.state), "redraw")
    asked = await _asked_by_officer(act, order)
    pool = await pool_for(act, asked)
    stays = staying(asked, pool)
    if len(stays) == OFFICERS_DRAWN and order.state != OrderState.UNSTAFFED:
        both = set(stays) <= set(pool.eligible)
        raise Refused((OFFICERS_STILL_ELIGIBLE if both else refusals.FINDINGS_STAND).at())
    gone = [officer for officer in asked.officers if officer not in stays]
    if await said_away_by(act, act.actor, gone, today=business_day(act.at)):
        raise Refused(refusals.SAID_AWAY_YOURSELF.at())
    draw_no = order.draw_no + 1
    try:
        seed = await seed_for_draw(act, keeper, port=order.port, day=order.business_on)
        staff = await staff_drawn(act, asked, pool, draw_no=draw_no, seed=seed)
    except SeedMissing:
        staff = Staff(draw_no - 1, stays, asked.bay, lacking=SEED_MISSING, pool=pool)
    await _staff(act, order, staff, step=f"{order.version}")
    if staff.lacking is not None:
        act.tell(order_id)
    return order


async def order_attend(act: Act, case: Case, *, keeper: SeedKeeper) -> Standing:
    """The step of an order's case: withdraw it with its lot, draw while it is short of officers.

    Run again, it changes nothing that was drawn. Raises SeedMissing.
    """
    order_id = case.case_id
    order = (await act.execute(_LOCK, order_id=uuid_of(order_id, "ins"))).one_or_none()
    if order is None:
        return Standing(state="UNKNOWN", ended=True)
    state = OrderState(order.state)
    if ORDER.is_final(state):
        return Standing(state=state, ended=True)
    lot = (await act.execute(_LOT, lot_id=order.lot_id)).one()
    if lot.state in LOT_ENDED:
        return await _withdrawn(act, order)
    if state != OrderState.UNSTAFFED:
        return Standing(state=state)
    act.policy_version = order.policy_version
    asked = _asked_by(order, lot)
    seed = await seed_for_draw(act, keeper, port=order.port, day=order.business_on)
    pool = await pool_for(act, asked)
    staff = await staff_drawn(act, asked, pool, draw_no=order.draw_no + 1, seed=seed)
    if staff.lacking is not None and staff.lacking == order.unstaffed_reason:
        await act.execute(_TRIED, order_id=order.order_id)
    else:
        await _staff(act, order, staff, step=f"{order.version}")
    again = min(_DRAW_AGAIN_FIRST * (order.attempts + 1), _DRAW_AGAIN_MAX)
    return Standing(state=_state(order, staff), look_at=act.at + again if staff.lacking else None)


async def order_lock(act: Act, order_id: str) -> Row:
    """The order that an officer of its port decides on, in its lot's turn, locked.

    Raises Refused NOT_FOUND, VERSION_MISMATCH.
    """
    found = await act.execute(_LOCK, order_id=uuid_of(order_id, "ins"))
    order: Row | None = found.one_or_none()
    if order is None or act.actor.party_kind != "officer" or act.actor.port != order.port:
        raise Refused(_NO_ORDER)
    act.policy_version = order.policy_version
    act.require_version(order_id, order.version)
    return order


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


async def _withdrawn(act: Act, order: Row) -> Standing:
    disposal = Disposal.WITHDRAWN
    ended = {"disposal": disposal.value, "lot_move": MOVES[disposal]}
    await act.execute(WITHDRAW, order_id=order.order_id, at=act.at, **ended)
    event = InspectionWithdrawn(lot_id=show("lot", order.lot_id))
    case = show("ins", order.order_id)
    act.record(case, event, step="withdraw")
    order_stand(act, case, order, OrderState.WITHDRAWN, drawn=())
    return Standing(state=OrderState.WITHDRAWN, ended=True)


async def _asked_by_officer(act: Act, order: Row) -> Asked:
    """What was asked for. Raises Refused OFFICER_NOT_ON_FILE."""
    officer = officer_values(act.actor)
    lot = (await act.execute(_LOT_FOR_OFFICER, lot_id=order.lot_id, **officer)).one()
    refuse_unless_on_file(lot.on_file)
    return _asked_by(order, lot)


def _asked_by(order: Row, lot: Row) -> Asked:
    return Asked(
        order_id=show("ins", order.order_id),
        lot_id=order.lot_id,
        port=order.port,
        business_on=order.business_on,
        lane=Lane(order.lane),
        parties=frozenset(lot.parties),
        orders_before=order.orders_before,
        author=order.author,
        officers=tuple(order.officers),
        bay=order.bay,
        occupied=tuple(lot.occupied),
    )


async def _staff(act: Act, order: Row, staff: Staff, *, step: str) -> None:
    state = _state(order, staff)
    await act.execute(
        _STAFF,
        order_id=order.order_id,
        state=state.value,
        draw_no=staff.draw_no,
        officers=list(staff.officers),
        bay=staff.bay,
        unstaffed_reason=staff.lacking,
        staffed_at=None if staff.lacking else act.at,
    )
    case = show("ins", order.order_id)
    _record_staff(act, case, staff, step=step)
    order_stand(act, case, order, state, drawn=staff.officers, but=order.author)


def _state(order: Row, staff: Staff) -> OrderState:
    """Where an order stands with this staff: what was found before waits on to be signed."""
    if staff.lacking is not None:
        return OrderState.UNSTAFFED
    return OrderState.ASSIGNED if order.author is None else OrderState.AWAITING_SIGNATURE


def _record_staff(act: Act, order_id: str, staff: Staff, *, step: str) -> None:
    others = dict(staff.pool.others)
    if staff.lacking is not None:
        unstaffed = InspectionUnstaffed(
            reason=staff.lacking, eligible=len(staff.pool.eligible), others=others
        )
        act.record(order_id, unstaffed, step=f"unstaffed:{step}")
        return
    assert staff.seed_id is not None  # noqa: S101 - drawn, so under a seed
    staffed = InspectionStaffed(
        officers=staff.officers,
        bay=staff.bay,
        seed_id=show("sed", staff.seed_id),
        attempt=staff.draw_no,
        staying=staff.staying,
        eligible=staff.pool.eligible,
        others=others,
        bays=staff.bays,
    )
    act.record(order_id, staffed, step=f"staff:{staff.draw_no}")
