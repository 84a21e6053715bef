"""An officer calls a lot in by hand: to be inspected, or more closely than it is."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.lanes import CALLED_FOR, Lane, Method
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import NOT_FOUND
from services.kernel.rule import asked
from services.kernel.salted import key_digest
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import LOCKED, actor_to_keep
from services.platform.officers import require_officer
from services.risk.domain.events import LotCalledIn
from services.risk.domain.rules.call_in import still_to_be_seen
from services.risk.queries.screening import OR_CLOSER, SAME_GOODS

_TURN = text(
    "SELECT header.version, (SELECT version FROM v_policy_version) AS policy_version FROM"
    f" {LOCKED.format(lot='CAST(:lot_id AS uuid)', case='CAST(:lot_id AS uuid)')}"
)
# Read after the lot's turn was taken: whoever moved it or opened an order held the same turn.
_LOT = text(
    """
    SELECT l.lot_id, l.port, l.state,
        EXISTS (SELECT FROM screenings AS s WHERE s.lot_id = l.lot_id) AS screened,
        ARRAY(
            SELECT o.method_ordered FROM v_inspection_orders AS o
            WHERE o.lot_id = l.lot_id AND o.lot_move IS NULL
        ) AS inspected
    FROM v_lots AS l WHERE l.lot_id = :lot_id
    """
)
# A lot that is still to be screened is screened with this; any other has its order at once. Either
# is selected from now on, whatever screening says or said of it.
_CALL = text(
    f"""
    WITH called AS (
        INSERT INTO call_ins (call_in_id, lot_id, lane, grounds, called_by, called_at, order_id)
        VALUES (:call_in_id, :lot_id, :lane, :grounds, :called_by, :at, :order_id)
        RETURNING *
    ), known AS (
        SELECT DISTINCT k.key
        FROM called JOIN v_lots AS l ON l.lot_id = called.lot_id
        CROSS JOIN unnest({SAME_GOODS}) AS k (key)
    ), selected AS (
        INSERT INTO selections (key, lot_id, lane)
        SELECT known.key, called.lot_id, called.lane FROM called, known
        {OR_CLOSER}
    )
    SELECT called.*, ARRAY(SELECT key FROM known) AS known_by FROM called
    """
)
_OPEN = text(
    "SELECT inspection_order_open(:order_id, :lot_id, CAST(:method AS text), CAST(:actor AS text),"
    " CAST(:at AS timestamptz))"
)


async def lot_call_in(act: Act, lot_id: str, *, lane: Lane, grounds: str) -> Row:
    """Have a lot inspected that is still inside, whatever screening said of it.

    From now on the goods are selected, and known again when they are declared anew. Released goods
    go back into inspection and leave when it has ended with release. Raises Refused NOT_FOUND,
    VERSION_MISMATCH, OFFICER_NOT_ON_FILE, STATE_CONFLICT.
    """
    uuid = uuid_of(lot_id, "lot")
    turn = (await act.execute(_TURN, lot_id=uuid)).one()
    act.policy_version = turn.policy_version
    lot: Row | None = (await act.execute(_LOT, lot_id=uuid)).one_or_none()
    if lot is None or act.actor.port not in (None, lot.port):
        raise Refused(NOT_FOUND.at())
    act.require_version(lot_id, turn.version)
    await require_officer(act)
    inspected = [Method(one) for one in lot.inspected]
    today = business_day(act.at)
    refuse_if_any(asked(today, still_to_be_seen, lot.state, lane, inspected=inspected))
    order_id = new_uuid() if lot.screened else None
    call = await _called(act, lot, lane, grounds, order_id)
    shown = None if order_id is None else show("ins", order_id)
    known_by = tuple(sorted(key_digest(lot_id, key) for key in call.known_by))
    call_in_id = show("cal", call.call_in_id)
    event = LotCalledIn(call_in_id=call_in_id, lane=lane, order_id=shown, known_by=known_by)
    act.record(lot_id, event, step=f"call_in:{call.call_in_id.hex}")
    if order_id is not None:
        act.recorded_beside(told=True)
    act.tell(lot_id)
    return call


async def _called(act: Act, lot: Row, lane: Lane, grounds: str, order_id: UUID | None) -> Row:
    call: Row = (
        await act.execute(
            _CALL,
            call_in_id=new_uuid(),
            lot_id=lot.lot_id,
            lane=lane.value,
            grounds=grounds,
            called_by=act.actor.party_code,
            at=act.at,
            order_id=order_id,
        )
    ).one()
    if order_id is not None:
        actor = actor_to_keep(act.actor, act.receipt)
        asked = {"lot_id": lot.lot_id, "method": CALLED_FOR[lane].value, "actor": actor}
        await act.execute(_OPEN, order_id=order_id, at=act.at, **asked)
    return call
