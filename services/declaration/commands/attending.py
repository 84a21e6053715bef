"""The step of a lot's case: everything that the record justifies and nobody need ask for.

======================================  ==================================================
what the record says                    what becomes of the lot
======================================  ==================================================
SUBMITTED, its members' time is over    CANCELLED: quota and weight given back
IDENTITY_OK, screened GREEN             RELEASED: quota consumed, manifest written off
IDENTITY_OK, screened YELLOW or RED     IN_INSPECTION, for its order
IN_INSPECTION, its order concluded      RELEASED, REJECTED, RETURNED or SEIZED, as signed
IN_INSPECTION, let go by two officers   CANCELLED
it or RELEASED, an officer's order      IN_INSPECTION, for that order
undecided, its clock has run out        the same; said visibly, once. Nothing is released
GATE_OUT, bought by a factory           SOLD
SOLD, or GATE_OUT for own use, paid     SETTLED and CLOSED
anything else                           the same
======================================  ==================================================
"""

from __future__ import annotations

from typing import Final

from prometheus_client import Histogram
from sqlalchemy import text

from services.declaration.commands.lots import lot_locked, lot_move
from services.declaration.domain import events
from services.declaration.domain.rules.release_clock import ReleaseClock
from services.declaration.domain.rules.share_time import share_answered_in_time
from services.declaration.domain.states import LOT, USES_UP, LotState
from services.kernel.clock import business_day
from services.kernel.events import MoneyBody
from services.kernel.header import Header
from services.kernel.identifiers import show
from services.kernel.messages import Case
from services.kernel.money import Money
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.platform.telemetry import CASE_TAKES_S
from workflows.ports.declaration import LotStanding

_TIME_TO_RELEASE: Final = Histogram(
    "tradewindow_time_to_release_seconds",
    "From the start of the release clock to release, by lane.",
    ("lane", "perishable"),
    buckets=CASE_TAKES_S,
)
# Read after the lot's turn was taken: whoever recorded one of these held it.
# Of several orders the gravest verdict counts, and release only once none is open any more.
_FACTS = text(
    """
    SELECT s.lane, s.order_id AS screened_order, newest.order_id, newest.lane AS order_lane,
        o.order_id AS verdict_of, o.disposal, o.lot_move, p.purchase_id,
        ARRAY(
            SELECT u.order_id FROM v_inspection_orders AS u
            WHERE u.lot_id = l.lot_id AND u.lot_move IS NULL
        ) AS open_orders,
        (SELECT CAST(coalesce(sum(settled_minor), 0) AS bigint) FROM v_settlements
            WHERE lot_id = :lot_id) AS paid_minor
    FROM (SELECT CAST(:lot_id AS uuid) AS lot_id) AS l
    LEFT JOIN v_screenings AS s ON s.lot_id = l.lot_id
    LEFT JOIN LATERAL (
        SELECT n.order_id, n.lane FROM v_inspection_orders AS n
        WHERE n.lot_id = l.lot_id ORDER BY n.opened_at DESC, n.order_id DESC LIMIT 1
    ) AS newest ON true
    LEFT JOIN LATERAL (
        SELECT v.order_id, v.disposal, v.lot_move FROM v_inspection_orders AS v
        WHERE v.lot_id = l.lot_id AND v.lot_move IS NOT NULL
        ORDER BY array_position(ARRAY['seize', 'return', 'reject', 'cancel'], v.lot_move),
            v.concluded_at DESC
        LIMIT 1
    ) AS o ON true
    LEFT JOIN v_purchases AS p ON p.lot_id = l.lot_id
    """
)
_UNCONFIRMED = text("SELECT count(*) FROM tickets WHERE lot_id = :lot_id AND confirmed_at IS NULL")
_RAN_OUT = text("UPDATE lots SET clock_ran_out_at = :at WHERE lot_id = :lot_id")
_UNDECIDED: Final = (LotState.IDENTITY_OK, LotState.IN_INSPECTION)


async def lot_attend(act: Act, case: Case) -> LotStanding:
    """Take every step that is due for a lot; run again, it finds nothing to do."""
    lot = await lot_locked(act, case.case_id)
    if lot is None:
        return LotStanding(state="UNKNOWN", ended=True)
    state = LotState(lot.state)
    if state == LotState.SUBMITTED:
        return await _unanswered(act, lot)
    if LOT.is_final(state):
        return LotStanding(state=state, ended=True, lane=lot.lane)
    facts = (await act.execute(_FACTS, lot_id=lot.lot_id)).one()
    if state == LotState.IDENTITY_OK and facts.lane is not None:
        state = await _screened(act, lot, facts)
    if _is_called_in(lot, state, facts):
        state = await _inspected(act, lot, facts)
    if state == LotState.IN_INSPECTION and _is_decided(facts):
        state = await _signed(act, lot, facts)
    if _clock_runs(lot, state) and act.at >= lot.release_due_at and lot.clock_ran_out_at is None:
        await _clock_ran_out(act, lot, facts)
    if state == LotState.GATE_OUT and facts.purchase_id is not None:
        state = LotState.SOLD
        sold = events.LotSold(purchase_id=show("pur", facts.purchase_id))
        await lot_move(act, lot, state, sold, step="sell")
    if _is_with_the_bank(lot, state) and facts.paid_minor >= lot.value_minor:
        state = await _settled(act, lot)
    return _standing(act, lot, state, facts)


async def _unanswered(act: Act, lot: Row) -> LotStanding:
    """A lot that waits for its members is looked at when their time is over, and lapses then."""
    due_at = lot.shares_due_at
    if not asked(business_day(act.at), share_answered_in_time, due_at, now=act.at):
        return LotStanding(state=LotState.SUBMITTED, ended=False, look_at=due_at)
    unconfirmed = (await act.execute(_UNCONFIRMED, lot_id=lot.lot_id)).scalar_one()
    state = LOT.move(LotState.SUBMITTED, "lapse")
    lapsed = events.SharesLapsed(unconfirmed=unconfirmed, shares_due_at=due_at)
    await lot_move(act, lot, state, lapsed, step="end")
    return LotStanding(state=state, ended=True)


async def _screened(act: Act, lot: Row, facts: Row) -> LotState:
    if facts.order_id is None:
        return await _released(act, lot, facts)
    return await _inspected(act, lot, facts)


async def _inspected(act: Act, lot: Row, facts: Row) -> LotState:
    """The newest order is the lot's: screening asked for it, or an officer who called it in."""
    state = LOT.move(LotState(lot.state), "inspect")
    order_id, lane = show("ins", facts.order_id), facts.order_lane
    by_screening = facts.order_id == facts.screened_order
    event = events.LotSentToInspection(
        lane=lane, order_id=order_id, rules=("INS-SCREEN" if by_screening else "INS-CALL-IN",)
    )
    step = "inspect" if by_screening else f"inspect:{order_id}"
    await lot_move(act, lot, state, event, step=step, lane=lane, order_id=order_id)
    return state


def _is_called_in(lot: Row, state: LotState, facts: Row) -> bool:
    """Whether an officer has had an order opened since, which may even be signed already."""
    if state == LotState.RELEASED:
        return bool(facts.open_orders) or facts.lot_move not in (None, "release")
    if state != LotState.IN_INSPECTION or lot.order_id is None:
        return False
    return bool(show("ins", facts.order_id) != lot.order_id)


def _is_decided(facts: Row) -> bool:
    """Whether officers have disposed of the goods: whatever lets them go, back across the border
    too, waits for every order; only what is seized waits for none."""
    if facts.lot_move == "seize":
        return True
    return facts.lot_move is not None and not facts.open_orders


async def _signed(act: Act, lot: Row, facts: Row) -> LotState:
    """What two officers signed is carried out."""
    if facts.lot_move == "release":
        return await _released(act, lot, facts)
    state = LOT.move(LotState.IN_INSPECTION, facts.lot_move)
    order_id = show("ins", facts.verdict_of)
    event = events.LotNotReleased(
        state=state,
        order_id=order_id,
        disposal=facts.disposal,
        uses_up=state in USES_UP,
        rules=("INS-SELECTED" if state == LotState.CANCELLED else "INS-DISPOSAL", "INS-SECOND"),
    )
    await lot_move(act, lot, state, event, step="end")
    for still_open in facts.open_orders:
        act.tell(show("ins", still_open))
    return state


async def _released(act: Act, lot: Row, facts: Row) -> LotState:
    clock = ReleaseClock(lot.clock_started_at, lot.release_due_at, lot.perishable)
    signed = facts.lot_move == "release"
    again = lot.released_at is not None
    # The clock of the law ran until the first release: calling goods back starts none.
    released_at = lot.released_at or act.at
    lane = facts.order_lane or facts.lane
    event = events.LotReleased(
        lane=lane,
        in_time=clock.in_time(released_at),
        rules=("INS-DISPOSAL", "INS-SECOND") if signed else ("INS-SCREEN",),
    )
    took_s = max(0.0, (act.at - lot.clock_started_at).total_seconds())
    metric = _TIME_TO_RELEASE.labels(lane, str(lot.perishable).lower())
    if not again:
        act.count(lambda: metric.observe(took_s))
    released = {"lane": lane, "released_at": released_at}
    step = f"release:{show('ins', facts.order_id)}" if again else "release"
    await lot_move(act, lot, LotState.RELEASED, event, step=step, **released)
    return LotState.RELEASED


async def _clock_ran_out(act: Act, lot: Row, facts: Row) -> None:
    await act.execute(_RAN_OUT, lot_id=lot.lot_id, at=act.at)
    order_id = None if facts.order_id is None else show("ins", facts.order_id)
    event = events.ReleaseClockRanOut(release_due_at=lot.release_due_at, order_id=order_id)
    case = show("lot", lot.lot_id)
    act.record(case, event, step="clock")
    act.headers.note(case, Header(escalated_at=act.at))


def _clock_runs(lot: Row, state: LotState) -> bool:
    """The clock of the law runs until the first decision; who calls goods back starts none."""
    return state in _UNDECIDED and lot.released_at is None


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
    clock_runs = _clock_runs(lot, state) and act.at < lot.release_due_at
    return LotStanding(
        state=state,
        ended=LOT.is_final(state),
        look_at=lot.release_due_at if clock_runs else None,
        lane=facts.order_lane or facts.lane,
    )
