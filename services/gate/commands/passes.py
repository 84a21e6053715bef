"""The passing of the gate (过卡): a released lot leaves the supervised place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text

from services.gate.domain import events, refusals
from services.gate.domain.rules.control import (
    LEAVES_FROM,
    came_in_on_its_day,
    fits_beside_the_manifest,
    no_name_in_question,
    nothing_keeps_it_in,
    truck_is_here,
)
from services.gate.domain.rules.weighing import gate_weight_as_declared
from services.gate.queries import ELSEWHERE, ENTERED_LATER, NAME_IN_QUESTION, ROOM
from services.kernel.canonical import plate_key
from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import NOT_FOUND, NOT_RELEASED
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import LOCKED

# The lot's turn first. Where the lot stands is read after it, in a statement of its own: whoever
# moved the lot meanwhile held the same turn.
_TURN = text(
    "SELECT header.version, (SELECT version FROM v_policy_version) AS policy_version FROM"
    f" {LOCKED.format(lot='CAST(:lot_id AS uuid)', case='CAST(:lot_id AS uuid)')}"
)
_LOT = text(f"""
    SELECT lot_id, port, state, plate_key, foreign_plate_key, gross_kg, business_on, released_at,
        ended_at, state = :leaves_from AND lot_kept_in(lot_id, :today) AS kept_in,
        {NAME_IN_QUESTION.format(lot="v_lots.lot_id")} AS in_question,
        {ELSEWHERE.format(lot="v_lots")} AS elsewhere,
        {ENTERED_LATER.format(lot="v_lots")} AS entered_later,
        {ROOM.format(lot="v_lots.lot_id")} AS room_kg
    FROM v_lots WHERE lot_id = :lot_id
""")
# The pass, and by it the lot's own move, which declaration makes of the record of the pass.
_PASS = text("""
    WITH passed AS (
        INSERT INTO gate_passes (lot_id, vehicle_plate, gross_kg, passed_at, passed_by)
        VALUES (:lot_id, :vehicle_plate, :gross_kg, :at, :passed_by)
        RETURNING lot_id
    )
    SELECT lot.state, lot.version, lot.carrying_out
    FROM passed, lot_leave(passed.lot_id) AS lot
""")
_NO_SUCH_LOT: Final = NOT_FOUND.at()
"""Of a lot at another port too: nobody learns that there is one."""


async def gate_pass(
    act: Act, lot_id: str, *, vehicle_plate: str, gross_kg: Decimal
) -> dict[str, Any]:
    """Let a released lot out; the lot's case looks again when sale or payment came before.

    The truck at the gate must be the lot's own, and its goods weigh what was declared. Raises
    Refused NOT_FOUND, VERSION_MISMATCH, NOT_RELEASED, STATE_CONFLICT, WRONG_VEHICLE,
    TRUCK_ELSEWHERE, ENTERED_LATER, KEPT_BY_CUSTOMS, KEPT_FOR_A_NAME, NO_ROOM_FOR_IT,
    GATE_WEIGHT_DIFFERS, POLICY_MISSING; a truck that is refused stays inside, and its lot as it
    was.
    """
    lot = await _lot_in_turn(act, lot_id)
    if lot.released_at is None and lot.ended_at is None:
        raise Refused(NOT_RELEASED.at())
    if lot.state != LEAVES_FROM:
        raise Refused(refusals.NOT_TO_LEAVE.at(state=lot.state))
    if plate_key(vehicle_plate) not in (lot.plate_key, lot.foreign_plate_key):
        raise Refused(refusals.WRONG_VEHICLE.at("/vehicle_plate"))
    today = business_day(act.at)
    refuse_if_any(asked(today, truck_is_here, elsewhere=lot.elsewhere))
    refuse_if_any(asked(today, came_in_on_its_day, entered_later=lot.entered_later))
    refuse_if_any(asked(today, nothing_keeps_it_in, kept_in=lot.kept_in))
    refuse_if_any(asked(today, no_name_in_question, in_question=lot.in_question))
    room = {"lot_kg": lot.gross_kg, "left_kg": lot.room_kg}
    refuse_if_any(asked(today, fits_beside_the_manifest, **room))
    law = await act.law()
    tolerance = law.decimal("gate.weight_tolerance", on=lot.business_on, scope=lot.port)
    weighed = (gross_kg, lot.gross_kg, tolerance)
    refuse_if_any(asked(lot.business_on, gate_weight_as_declared, *weighed))
    seen = {"vehicle_plate": vehicle_plate, "gross_kg": gross_kg, "passed_by": act.actor.subject}
    left = (await act.execute(_PASS, lot_id=lot.lot_id, at=act.at, **seen)).one()
    passed = events.GatePassed(vehicle_plate=vehicle_plate, gross_kg=str(gross_kg))
    act.record(lot_id, passed, step="gate")
    if left.carrying_out is not None:
        act.tell(lot_id)
    return {
        "lot_id": lot_id,
        "state": left.state,
        "version": left.version,
        "carrying_out": left.carrying_out,
        "vehicle_plate": vehicle_plate,
        "gross_kg": f"{gross_kg:.3f}",
        "passed_at": act.at,
    }


async def _lot_in_turn(act: Act, lot_id: str) -> Row:
    """The lot as it stands in its turn. Raises Refused NOT_FOUND, VERSION_MISMATCH."""
    uuid = uuid_of(lot_id, "lot")
    turn = (await act.execute(_TURN, lot_id=uuid)).one()
    act.policy_version = turn.policy_version
    values = {"lot_id": uuid, "leaves_from": LEAVES_FROM, "today": business_day(act.at)}
    found = await act.execute(_LOT, **values)
    lot: Row | None = found.one_or_none()
    if lot is None or lot.port != act.actor.port:
        raise Refused(_NO_SUCH_LOT)
    act.require_version(lot_id, turn.version)
    return lot
