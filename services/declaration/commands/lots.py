"""A lot under lock, and the one way in which it is brought into another state."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.declaration.domain.rules.release_clock import ReleaseClock
from services.declaration.domain.states import GIVES_BACK, LOT, NEVER_LEAVES, USES_UP, LotState
from services.declaration.tables import LOADED, MANIFEST_WEIGHT, TRUCK_LOAD
from services.kernel.events import Event
from services.kernel.header import Clock, Header
from services.kernel.identifiers import show, uuid_of
from services.kernel.lot_waits import LotWait
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act, Write
from services.platform.database import Row
from services.platform.event_log import LOCKED, actor_to_keep
from services.platform.visibility import gate

NO_SUCH_LOT: Final = NOT_FOUND.at()
"""Of a lot that is another's or at another port too: nobody learns that there is one."""

_LOCK = text(
    "SELECT l.*, header.version, (SELECT version FROM v_policy_version) AS policy_version FROM"
    f" {LOCKED.format(lot='CAST(:lot_id AS uuid)', case='CAST(:lot_id AS uuid)')},"
    " lots AS l WHERE l.lot_id = :lot_id FOR UPDATE OF l"
)
_VOID = text("SELECT purchase_void(:lot_id, CAST(:actor AS text), CAST(:at AS timestamptz))")
_PAID_OR_UNDER_WAY = text(
    "SELECT instruction_id FROM v_settlements WHERE lot_id = :lot_id"
    " AND state IN ('OFFERED', 'IN_PROGRESS', 'SETTLED') ORDER BY instruction_id"
)
_SAYS_SINCE = text("SELECT max(former_version) + 1 FROM lot_amendments WHERE lot_id = :lot_id")

# Of whom two registrars found that it was not he, the lot holds nothing any more.
# The quota rows are locked in the order in which submissions lock them. The tickets' partition is
# found when the statement runs: found by the planner, every call would be planned anew.
_LOCK_QUOTA: Final = """
    share AS (
        SELECT resident_id, sum(value_minor) AS minor, count(*) AS tickets FROM tickets
        WHERE lot_id = (SELECT CAST(:lot_id AS uuid)) AND resident_id <> ALL(ARRAY(
            SELECT r.resident_id FROM name_reports AS r
            WHERE r.lot_id = (SELECT CAST(:lot_id AS uuid)) AND r.quota_back
        ))
        GROUP BY resident_id
    ), held AS (
        SELECT q.resident_id, s.minor, s.tickets FROM quota_days AS q
        JOIN share AS s USING (resident_id) WHERE q.business_on = :business_on
        ORDER BY q.resident_id FOR UPDATE OF q
    )
"""
# A lot whose quota is given or taken back is no ticket at its port any more either.
_TICKETS_BACK: Final = """
    port AS (
        UPDATE port_tickets AS p SET tickets = p.tickets - h.tickets
        FROM held AS h WHERE p.resident_id = h.resident_id AND p.business_on = :business_on
            AND p.port = :port
    )
"""
_GROSS: Final = "CAST(:gross_kg AS numeric)"
_CONSUME: Final = f"""
    {_LOCK_QUOTA}, quota AS (
        UPDATE quota_days AS q SET reserved_minor = q.reserved_minor - h.minor,
            consumed_minor = q.consumed_minor + h.minor
        FROM held AS h WHERE q.resident_id = h.resident_id AND q.business_on = :business_on
    ), weight AS (
        {MANIFEST_WEIGHT.consume(_GROSS)}
    )
"""
_GIVE_BACK: Final = f"""
    {_LOCK_QUOTA}, quota AS (
        UPDATE quota_days AS q SET reserved_minor = q.reserved_minor - h.minor,
            tickets = q.tickets - h.tickets
        FROM held AS h WHERE q.resident_id = h.resident_id AND q.business_on = :business_on
    ), {_TICKETS_BACK}, weight AS (
        {MANIFEST_WEIGHT.give_back(_GROSS)}
    ), load AS (
        {TRUCK_LOAD.give_back_each(_GROSS, each=LOADED)}
    )
"""
_TAKE_BACK: Final = f"""
    {_LOCK_QUOTA}, quota AS (
        UPDATE quota_days AS q SET consumed_minor = q.consumed_minor - h.minor,
            tickets = q.tickets - h.tickets
        FROM held AS h WHERE q.resident_id = h.resident_id AND q.business_on = :business_on
    ), {_TICKETS_BACK}, weight AS (
        {MANIFEST_WEIGHT.take_back(_GROSS)}
    ), load AS (
        {TRUCK_LOAD.give_back_each(_GROSS, each=LOADED)}
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
    "take_back": Write(f"{_TAKE_BACK}, {_MOVE}"),
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


async def share_read(act: Act, lot: Row) -> None:
    """Whoever answers for a share has read the lot as it is declared now.

    What he signs is what the lot says; that other members answered meanwhile changes nothing of
    that, so hundreds may sign upon one reading. Raises Refused PRECONDITION_REQUIRED,
    VERSION_MISMATCH.
    """
    since = 1 if lot.amended_at is None else lot.version
    if lot.amended_at is not None and act.expected_version not in (None, lot.version):
        since = (await act.execute(_SAYS_SINCE, lot_id=lot.lot_id)).scalar_one()
    act.require_version(show("lot", lot.lot_id), lot.version, since=since)


async def lot_move(
    act: Act, lot: Row, state: LotState, event: Event, *, step: str, **changes: Any
) -> None:
    """Bring a locked lot into a state, with its event; quota and weight follow the state."""
    values = {
        "lot_id": lot.lot_id,
        "state": state.value,
        "lane": None,
        "order_id": None,
        "released_at": None,
        "ended_at": act.at if LOT.is_final(state) else None,
        "business_on": lot.business_on,
        "port": lot.port,
        "gross_kg": lot.gross_kg,
        "manifest_key": lot.manifest_key,
        "plate_key": lot.plate_key,
        "loaded_plates": lot.loaded_plates,
        "loaded_entries": lot.loaded_entries,
        "loaded_named": lot.loaded_named,
        **changes,
    }
    await act.write(_MOVES[_effect(lot, state)], **values)
    case = show("lot", lot.lot_id)
    act.record(case, event, step=step)
    stopped_at = act.at if state == LotState.RELEASED or LOT.is_final(state) else None
    header = Header(clock_stopped_at=stopped_at)
    act.headers.stand(case, LOT, state, desks={"gate": [gate(lot.port)]}, header=header)
    if state in NEVER_LEAVES:  # whoever bought it waits for goods that do not come
        act.headers.brought(case, LotWait.DISPATCH, LotWait.RECEIPT)
        if lot.released_at is not None:
            await _give_purchase_back(act, lot)
            await _payments_told(act, lot.lot_id)
    if state == LotState.RELEASED and lot.released_at is None:
        _open_to_trade(act, case, lot)


async def _give_purchase_back(act: Act, lot: Row) -> None:
    """What was bought while it was released takes nothing of its order and of the year any more."""
    actor = actor_to_keep(act.actor, act.receipt)
    given_back = await act.execute(_VOID, lot_id=lot.lot_id, actor=actor, at=act.at)
    if given_back.scalar_one():
        act.recorded_beside()


async def _payments_told(act: Act, lot_id: UUID) -> None:
    """Whoever pays for goods that do not come looks at that, also where it was paid before."""
    for payment in (await act.execute(_PAID_OR_UNDER_WAY, lot_id=lot_id)).scalars():
        act.tell_anew(show("stl", payment), CaseType="settlement")


def _effect(lot: Row, state: LotState) -> str:
    """What becomes of quota and weight: used up once, and taken back where they were used up."""
    used_up = lot.released_at is not None
    if state in USES_UP:
        return "neither" if used_up else "consume"
    if state in GIVES_BACK:
        return "take_back" if used_up else "give_back"
    return "neither"


def _open_to_trade(act: Act, case: str, lot: Row) -> None:
    """Released goods may be sold and paid for, in any order, before or after they leave."""
    side = [side_of(lot.submitted_by, lot.group_code)]
    act.headers.wait(case, LotWait.SETTLEMENT, side)
    if lot.purpose != "OWN_USE":
        act.headers.wait(case, LotWait.SALE, side)


def side_of(submitted_by: str, group_code: str | None) -> str:
    """Who acts for a lot's residents: their group, or the one who declared alone."""
    return submitted_by if group_code is None else f"group:{group_code}"


def clock_of(clock: ReleaseClock) -> Clock:
    """The release clock as the case's header shows it; perishables are due strictly before."""
    return Clock("release", clock.started_at, clock.due_at, clock.strictly_before)
