"""The step of a lot's case: everything that the record justifies and nobody need ask for.

======================================  ==================================================
what the record says                    what becomes of the lot
======================================  ==================================================
IDENTITY_OK, screened GREEN             RELEASED: quota consumed, manifest written off
IDENTITY_OK, screened YELLOW or RED     IN_INSPECTION, for its order
IN_INSPECTION, its order concluded      RELEASED, REJECTED, RETURNED or SEIZED, as signed
IN_INSPECTION, let go by two officers   CANCELLED
undecided, its clock has run out        the same; said visibly, once. Nothing is released
GATE_OUT, bought by a factory           SOLD
SOLD, or GATE_OUT for own use, paid     SETTLED and CLOSED
anything else                           the same
======================================  ==================================================
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from services.declaration.commands.lots import lot_locked, lot_move
from services.declaration.domain import events
from services.declaration.domain.rules.release_clock import ReleaseClock
from services.declaration.domain.states import LOT, LotState
from services.kernel.events import MoneyBody
from services.kernel.header import Header
from services.kernel.identifiers import show
from services.kernel.messages import Case
from services.kernel.money import Money
from services.platform import telemetry
from services.platform.act import Act
from services.platform.database import Row
from workflows.ports.declaration import LotStanding

# Read after the lot's turn was taken: whoever recorded one of these held it.
_FACTS = text(
    """
    SELECT s.lane, s.order_id, o.disposal, o.lot_move, p.purchase_id,
        (SELECT CAST(coalesce(sum(settled_minor), 0) AS bigint) FROM v_settlements
            WHERE lot_id = :lot_id) AS paid_minor
    FROM (SELECT CAST(:lot_id AS uuid) AS lot_id) AS l
    LEFT JOIN v_screenings AS s ON s.lot_id = l.lot_id
    LEFT JOIN v_inspection_orders AS o ON o.order_id = s.order_id
        AND o.state IN ('CONCLUDED', 'WITHDRAWN')
    LEFT JOIN v_purchases AS p ON p.lot_id = l.lot_id
    """
)
_RAN_OUT = text("UPDATE lots SET clock_ran_out_at = :at WHERE lot_id = :lot_id")
_UNDECIDED: Final = (LotState.IDENTITY_OK, LotState.IN_INSPECTION)


async def lot_attend(act: Act, case: Case) -> LotStanding:
    """Take every step that is due for a lot; run again, it finds nothing to do."""
    lot = await lot_locked(act, case.case_id)
    if lot is None:
        return LotStanding(state="UNKNOWN", ended=True)
    state = LotState(lot.state)
    if state == LotState.SUBMITTED or LOT.is_final(state):
        return LotStanding(state=state, ended=LOT.is_final(state), lane=lot.lane)
    facts = (await act.execute(_FACTS, lot_id=lot.lot_id)).one()
    if state == LotState.IDENTITY_OK and facts.lane is not None:
        state = await _screened(act, lot, facts)
    if state == LotState.IN_INSPECTION and facts.lot_move is not None:
        state = await _signed(act, lot, facts)
    if state in _UNDECIDED and act.at >= lot.release_due_at and lot.clock_ran_out_at is None:
        await _clock_ran_out(act, lot, facts)
    if state == LotState.GATE_OUT and facts.purchase_id is not None:
        state = LotState.SOLD
        sold = events.LotSold(purchase_id=show("pur", facts.purchase_id))
        await lot_move(act, lot, state, sold, step="sell")
    if _is_with_the_bank(lot, state) and facts.paid_minor >= lot.value_minor:
        state = await _settled(act, lot)
    return _standing(act, lot, state, facts)


async def _screened(act: Act, lot: Row, facts: Row) -> LotState:
    if facts.order_id is None:
        return await _released(act, lot, facts)
    state = LOT.move(LotState.IDENTITY_OK, "inspect")
    order_id = show("ins", facts.order_id)
    event = events.LotSentToInspection(lane=facts.lane, order_id=order_id)
    await lot_move(act, lot, state, event, step="inspect", lane=facts.lane, order_id=order_id)
    return state


async def _signed(act: Act, lot: Row, facts: Row) -> LotState:
    """What two officers signed is carried out."""
    if facts.lot_move == "release":
        return await _released(act, lot, facts)
    state = LOT.move(LotState.IN_INSPECTION, facts.lot_move)
    order_id = show("ins", facts.order_id)
    event = events.LotNotReleased(
        state=state,
        order_id=order_id,
        disposal=facts.disposal,
        rules=("INS-SELECTED" if state == LotState.CANCELLED else "INS-DISPOSAL", "INS-SECOND"),
    )
    await lot_move(act, lot, state, event, step="end")
    return state


async def _released(act: Act, lot: Row, facts: Row) -> LotState:
    clock = ReleaseClock(lot.clock_started_at, lot.release_due_at, lot.perishable)
    signed = facts.lot_move == "release"
    event = events.LotReleased(
        lane=facts.lane,
        in_time=clock.in_time(act.at),
        rules=("INS-DISPOSAL", "INS-SECOND") if signed else ("INS-SCREEN",),
    )
    took_s = max(0.0, (act.at - lot.clock_started_at).total_seconds())
    metric = telemetry.time_to_release.labels(facts.lane, str(lot.perishable).lower())
    act.count(lambda: metric.observe(took_s))
    released = {"lane": facts.lane, "released_at": act.at}
    await lot_move(act, lot, LotState.RELEASED, event, step="release", **released)
    return LotState.RELEASED


async def _clock_ran_out(act: Act, lot: Row, facts: Row) -> None:
    await act.execute(_RAN_OUT, lot_id=lot.lot_id, at=act.at)
    order_id = None if facts.order_id is None else show("ins", facts.order_id)
    event = events.ReleaseClockRanOut(release_due_at=lot.release_due_at, order_id=order_id)
    case = show("lot", lot.lot_id)
    act.record(case, event, step="clock")
    act.headers.note(case, Header(escalated_at=act.at))


def _is_with_the_bank(lot: Row, state: LotState) -> bool:
    own_use = lot.purpose == "OWN_USE"
    return state == LotState.SOLD or (state == LotState.GATE_OUT and own_use)


async def _settled(act: Act, lot: Row) -> LotState:
    value = Money(lot.value_minor, lot.currency)
    settled = events.LotSettled(value=MoneyBody.of(value))
    act.record(show("lot", lot.lot_id), settled, step="settle")
    await lot_move(act, lot, LotState.CLOSED, events.LotClosed(), step="close")
    return LotState.CLOSED


def _standing(act: Act, lot: Row, state: LotState, facts: Row) -> LotStanding:
    """Where the lot stands now; while it is undecided it is looked at again when its clock ends."""
    clock_runs = state in _UNDECIDED and act.at < lot.release_due_at
    return LotStanding(
        state=state,
        ended=LOT.is_final(state),
        look_at=lot.release_due_at if clock_runs else None,
        lane=facts.lane,
    )
