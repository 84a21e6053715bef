"""A lot under lock, and the one way in which it is brought into another state."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import text

from services.declaration.domain.states import GIVES_BACK, LOT, LotState
from services.kernel.events import Event
from services.kernel.identifiers import show, uuid_of
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act, Write
from services.platform.database import Row
from services.platform.event_log import LOCKED

NO_SUCH_LOT: Final = NOT_FOUND.at()
"""Of a lot that is another's or at another port too: nobody learns that there is one."""

_LOCK = text(
    "SELECT l.*, header.version, (SELECT version FROM v_policy_version) AS policy_version FROM"
    f" {LOCKED.format(lot='CAST(:lot_id AS uuid)', case='CAST(:lot_id AS uuid)')},"
    " lots AS l WHERE l.lot_id = :lot_id FOR UPDATE OF l"
)

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
        WHERE manifest_key = :manifest_key
    )
"""
_GIVE_BACK: Final = f"""
    {_LOCK_QUOTA}, quota AS (
        UPDATE quota_days AS q SET reserved_minor = q.reserved_minor - h.minor,
            tickets = q.tickets - h.tickets
        FROM held AS h WHERE q.resident_id = h.resident_id AND q.business_on = :business_on
    ), weight AS (
        UPDATE manifests SET reserved_kg = reserved_kg - :gross_kg
        WHERE manifest_key = :manifest_key
    )
"""
_MOVE: Final = """
    moved AS (
        UPDATE lots SET state = :state, lane = coalesce(:lane, lane),
            order_id = coalesce(:order_id, order_id),
            released_at = coalesce(:released_at, released_at),
            ended_at = coalesce(:ended_at, ended_at)
        WHERE lot_id = :lot_id
    )
"""
_MOVES: Final = {
    "consume": Write(f"{_CONSUME}, {_MOVE}"),
    "give_back": Write(f"{_GIVE_BACK}, {_MOVE}"),
    "neither": Write(_MOVE),
}


async def lot_lock(act: Act, lot_id: str) -> Row:
    """The lot with its version, in its turn and locked until the act ends.

    Raises Refused NOT_FOUND. What others have recorded about the lot is read in a later statement.
    """
    row = await lot_locked(act, lot_id)
    if row is None:
        raise Refused(NO_SUCH_LOT)
    return row


async def lot_locked(act: Act, lot_id: str) -> Row | None:
    """As ``lot_lock``; None when there is no such lot."""
    row: Row | None = (await act.execute(_LOCK, lot_id=uuid_of(lot_id, "lot"))).one_or_none()
    if row is not None:
        act.policy_version = row.policy_version
    return row


async def lot_move(
    act: Act, lot: Row, state: LotState, event: Event, *, step: str, **changes: Any
) -> None:
    """Bring a locked lot into a state, with its event; quota and weight follow the state."""
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
        "ended_at": act.at if LOT.is_final(state) else None,
        "business_on": lot.business_on,
        "gross_kg": lot.gross_kg,
        "manifest_key": lot.manifest_key,
        **changes,
    }
    await act.write(_MOVES[effect], **values)
    act.record(show("lot", lot.lot_id), event, step=step)
