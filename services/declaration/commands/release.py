"""From screening to closing: the steps of a lot's workflow, each safe to repeat."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.declaration.domain import events
from services.declaration.domain.rules.release_clock import ReleaseClock
from services.declaration.domain.states import GIVES_BACK, LOT, LotState
from services.kernel.events import Event, MoneyBody
from services.kernel.identifiers import show, uuid_of
from services.kernel.messages import SYSTEM, Actor
from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused
from services.platform import telemetry
from services.platform.database import Row, Tx, in_turn
from services.platform.event_log import APPEND, Entry
from workflows.ports.declaration import (
    EndUnreleased,
    LotStanding,
    RecordSale,
    ReleaseLot,
    SendToInspection,
)

_LOCK = text("SELECT * FROM lots WHERE lot_id = :lot_id FOR UPDATE")

# The quota rows are locked in the order in which submissions lock them. The tickets' partition is
# found when the statement runs: found by the planner, every call would be planned anew.
_LOCK_QUOTA: Final = """
    share AS (
        SELECT resident_id, sum(value_minor) AS minor, count(*) AS tickets FROM tickets
        WHERE lot_id = (SELECT CAST(:lot_id AS uuid)) GROUP BY resident_id
    ), held AS (
        SELECT q.resident_id, s.minor, s.tickets FROM quota_days AS q
        JOIN share AS s USING (resident_id) WHERE q.business_on = :business_on
        ORDER BY q.resident_id FOR UPDATE OF q
    )
"""
_CONSUME: Final = f"""
    {_LOCK_QUOTA}, quota AS (
        UPDATE quota_days AS q SET reserved_minor = q.reserved_minor - h.minor,
            consumed_minor = q.consumed_minor + h.minor
        FROM held AS h WHERE q.resident_id = h.resident_id AND q.business_on = :business_on
    ), weight AS (
        UPDATE manifests SET reserved_kg = reserved_kg - :gross_kg,
            written_off_kg = written_off_kg + :gross_kg
        WHERE manifest_no = :manifest_no
    )
"""
_GIVE_BACK: Final = f"""
    {_LOCK_QUOTA}, quota AS (
        UPDATE quota_days AS q SET reserved_minor = q.reserved_minor - h.minor,
            tickets = q.tickets - h.tickets
        FROM held AS h WHERE q.resident_id = h.resident_id AND q.business_on = :business_on
    ), weight AS (
        UPDATE manifests SET reserved_kg = reserved_kg - :gross_kg
        WHERE manifest_no = :manifest_no
    )
"""
_MOVE: Final = """
    lot AS (
        UPDATE lots SET state = :state, lane = coalesce(:lane, lane),
            order_id = coalesce(:order_id, order_id),
            released_at = coalesce(:released_at, released_at),
            ended_at = coalesce(:ended_at, ended_at),
            clock_ran_out_at = coalesce(:clock_ran_out_at, clock_ran_out_at)
        WHERE lot_id = :lot_id
    )
"""
_SAVE: Final = {
    "consume": text(f"WITH {_CONSUME}, {_MOVE} SELECT {APPEND}"),
    "give_back": text(f"WITH {_GIVE_BACK}, {_MOVE} SELECT {APPEND}"),
    "neither": text(f"WITH {_MOVE} SELECT {APPEND}"),
}
_SETTLED = text(
    "SELECT CAST(coalesce(sum(settled_minor), 0) AS bigint) FROM v_settlements"
    " WHERE lot_id = :lot_id"
)


async def lot_lock(tx: Tx, lot_id: str) -> Row:
    """The lot, locked until the transaction ends. Raises Refused NOT_FOUND."""
    found = await tx.execute(_LOCK, {"lot_id": uuid_of(lot_id, "lot")})
    row = found.one_or_none()
    if row is None:
        raise Refused(Refusal("NOT_FOUND", "There is no such lot."))
    return row


async def _move(
    tx: Tx,
    lot: Row,
    state: LotState,
    event: Event,
    *,
    step: str,
    actor: Actor,
    at: datetime,
    **changes: Any,
) -> LotStanding:
    """Bring a locked lot into a state with its event; quota and weight follow the state."""
    effect = "neither"
    if state == LotState.RELEASED:
        effect = "consume"
    elif state in GIVES_BACK:
        effect = "give_back"
    values = {
        "lot_id": lot.lot_id,
        "state": state.value,
        "lane": None,
        "order_id": None,
        "released_at": None,
        "ended_at": at if LOT.is_final(state) else None,
        "clock_ran_out_at": None,
        "business_on": lot.business_on,
        "gross_kg": lot.gross_kg,
        "manifest_no": lot.manifest_no,
        **changes,
        **Entry(show("lot", lot.lot_id), event, step, actor, at).parameters(),
    }
    if effect == "neither":
        for unused in ("business_on", "gross_kg", "manifest_no"):
            del values[unused]
    await tx.execute(_SAVE[effect], values)
    return _standing(lot, state)


def _standing(lot: Row, state: str | None = None) -> LotStanding:
    return LotStanding(
        lot_id=show("lot", lot.lot_id),
        state=state or lot.state,
        release_due_at=lot.release_due_at,
        own_use=lot.purpose == "OWN_USE",
        value_minor=lot.value_minor,
    )


async def lot_release(tx: Tx, message: ReleaseLot, *, at: datetime) -> LotStanding:
    """Let the goods go, unless the lot was withdrawn meanwhile or is released already."""
    lot = await lot_lock(tx, message.lot_id)
    if lot.state not in LOT.sources("release"):
        return _standing(lot)
    strictly = lot.perishable
    clock = ReleaseClock(lot.clock_started_at, lot.release_due_at, strictly)
    event = events.LotReleased(lane=message.lane, in_time=clock.in_time(at))
    telemetry.time_to_release.labels(message.lane, str(lot.perishable).lower()).observe(
        max(0.0, (at - lot.clock_started_at).total_seconds())
    )
    return await _move(
        tx,
        lot,
        LotState.RELEASED,
        event,
        step="release",
        actor=SYSTEM,
        at=at,
        lane=message.lane,
        order_id=message.order_id,
        released_at=at,
    )


async def lot_send_to_inspection(tx: Tx, message: SendToInspection, *, at: datetime) -> LotStanding:
    """Keep the lot back for its inspection order; the clock goes on."""
    lot = await lot_lock(tx, message.lot_id)
    if lot.state != LotState.IDENTITY_OK:
        return _standing(lot)
    event = events.LotSentToInspection(lane=message.lane, order_id=message.order_id)
    return await _move(
        tx,
        lot,
        LotState.IN_INSPECTION,
        event,
        step="inspect",
        actor=SYSTEM,
        at=at,
        lane=message.lane,
        order_id=message.order_id,
    )


async def lot_end_unreleased(tx: Tx, message: EndUnreleased, *, at: datetime) -> LotStanding:
    """Refuse, return or seize after inspection; quota and weight are given back (反核注)."""
    lot = await lot_lock(tx, message.lot_id)
    if lot.state != LotState.IN_INSPECTION:
        return _standing(lot)
    state = LOT.move(LotState(lot.state), message.move)
    event = events.LotNotReleased(state=state, order_id=message.order_id, disposal=message.disposal)
    return await _move(tx, lot, state, event, step="end", actor=SYSTEM, at=at)


async def lot_cancel(
    tx: Tx, lot_id: str, *, reason: str, actor: Actor, expected_version: int | None, at: datetime
) -> LotStanding:
    """Withdraw a lot before release. Raises Refused STATE_CONFLICT, VERSION_MISMATCH, NOT_FOUND."""
    lot = await lot_lock(tx, lot_id)
    if not _is_party(lot, actor):
        raise Refused(Refusal("NOT_FOUND", "There is no such lot."))
    await _check_version(tx, lot.lot_id, expected_version)
    state = LOT.move(LotState(lot.state), "cancel")
    await in_turn(tx, f"findings {lot.lot_id}")
    if (await tx.execute(_EXAMINED, {"lot_id": lot.lot_id})).scalar_one():
        # What officers have found is theirs to dispose of: nobody withdraws smuggled goods.
        raise Refused(_FOUND)
    event = events.LotCancelled(reason=reason)
    return await _move(tx, lot, state, event, step="end", actor=actor, at=at)


def _is_party(lot: Row, actor: Actor) -> bool:
    return lot.submitted_by == actor.party or actor.is_party("group", lot.group_code or "")


_FOUND = Refusal(
    "STATE_CONFLICT",
    "Officers have recorded findings on the lot, so it is not withdrawn any more; they dispose of"
    " it. Read it again.",
)
_EXAMINED = text(
    "SELECT EXISTS (SELECT FROM v_inspection_orders WHERE lot_id = :lot_id"
    " AND state IN ('AWAITING_SIGNATURE', 'SENT_BACK', 'CONCLUDED'))"
)
_VERSION = text("SELECT seq FROM cases WHERE case_id = :case_id")


async def _check_version(tx: Tx, case_id: UUID, expected: int | None) -> None:
    if expected is None:
        return
    version = (await tx.execute(_VERSION, {"case_id": case_id})).scalar_one()
    if version != expected:
        raise Refused(
            Refusal("VERSION_MISMATCH", "The case has changed since you read it; read it again.")
        )


async def lot_clock_ran_out(tx: Tx, lot_id: str, *, at: datetime) -> LotStanding:
    """Mark a lot whose clock ran out before a decision. Releases nothing."""
    lot = await lot_lock(tx, lot_id)
    if lot.released_at is not None or lot.ended_at is not None or lot.clock_ran_out_at is not None:
        return _standing(lot)
    event = events.ReleaseClockRanOut(release_due_at=lot.release_due_at, order_id=lot.order_id)
    return await _move(
        tx,
        lot,
        LotState(lot.state),
        event,
        step="clock",
        actor=SYSTEM,
        at=at,
        clock_ran_out_at=at,
    )


async def lot_record_sale(tx: Tx, message: RecordSale, *, at: datetime) -> LotStanding:
    """The factory's purchase takes effect once the goods are out."""
    lot = await lot_lock(tx, message.lot_id)
    if lot.state != LotState.GATE_OUT:
        return _standing(lot)
    event = events.LotSold(purchase_id=message.purchase_id)
    return await _move(tx, lot, LotState.SOLD, event, step="sell", actor=SYSTEM, at=at)


async def lot_close_if_settled(tx: Tx, lot_id: str, *, at: datetime) -> LotStanding:
    """Settle and close when the seller is paid in full and the goods are sold or for own use."""
    lot = await lot_lock(tx, lot_id)
    paid = (await tx.execute(_SETTLED, {"lot_id": lot.lot_id})).scalar_one()
    ready = lot.state == LotState.SOLD or (
        lot.state == LotState.GATE_OUT and lot.purpose == "OWN_USE"
    )
    if not ready or paid < lot.value_minor:
        return _standing(lot).model_copy(update={"settled_minor": paid})
    value = Money(lot.value_minor, lot.currency)
    settled = events.LotSettled(value=MoneyBody(amount=value.amount, currency=value.currency))
    await _move(tx, lot, LotState.SETTLED, settled, step="settle", actor=SYSTEM, at=at)
    closed = events.LotClosed()
    standing = await _move(tx, lot, LotState.CLOSED, closed, step="close", actor=SYSTEM, at=at)
    return standing.model_copy(update={"settled_minor": paid})
