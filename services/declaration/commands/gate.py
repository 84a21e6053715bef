"""Manifests and the gate: what came in on a truck and what left on one."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import text

from services.declaration.commands.lots import NO_SUCH_LOT, lot_lock
from services.declaration.domain import events, refusals
from services.declaration.domain.rules.gate import gate_weight_as_declared
from services.declaration.domain.states import LOT, LotState
from services.kernel.canonical import number_key, plate_key
from services.kernel.identifiers import new_uuid, show
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import NOT_RELEASED
from services.kernel.rule import asked
from services.platform.act import Act

_LODGE = text(
    "INSERT INTO manifests (manifest_key, manifest_no, manifest_id, lodged_by, port, vehicle_plate,"
    " plate_key, foreign_plate, total_kg, lodged_at) VALUES (:manifest_key, :manifest_no,"
    " :manifest_id, :lodged_by, :port, :vehicle_plate, :plate_key, :foreign_plate, :total_kg, :at)"
    " ON CONFLICT DO NOTHING RETURNING manifest_no"
)
_PASS = text(
    """
    WITH passed AS (
        INSERT INTO gate_passes (lot_id, vehicle_plate, gross_kg, passed_at, passed_by)
        VALUES (:lot_id, :vehicle_plate, :gross_kg, :at, :passed_by)
    )
    UPDATE lots SET state = :state WHERE lot_id = :lot_id
    """
)


async def manifest_lodge(
    act: Act,
    *,
    manifest_no: str,
    port: str,
    vehicle_plate: str,
    foreign_plate: str | None,
    total_kg: Decimal,
) -> None:
    """Lodge what a truck carries, before its lots. Raises Refused DUPLICATE_MANIFEST."""
    manifest_id = new_uuid()
    lodged = await act.execute(
        _LODGE,
        manifest_key=number_key(manifest_no),
        manifest_no=manifest_no,
        manifest_id=manifest_id,
        lodged_by=act.actor.party,
        port=port,
        vehicle_plate=vehicle_plate,
        plate_key=plate_key(vehicle_plate),
        foreign_plate=foreign_plate,
        total_kg=total_kg,
        at=act.at,
    )
    if lodged.first() is None:
        raise Refused(refusals.DUPLICATE_MANIFEST.at("/manifest_no"))
    event = events.ManifestLodged(manifest_no=manifest_no, total_kg=str(total_kg))
    act.record(show("man", manifest_id), event, step="lodge")


async def gate_pass(act: Act, lot_id: str, *, vehicle_plate: str, gross_kg: Decimal) -> None:
    """Let a released lot out. Whether its case has something to do then is to be read after it.

    The truck at the gate must be the lot's own, and its goods weigh what was declared. Raises
    Refused NOT_FOUND, VERSION_MISMATCH, NOT_RELEASED, WRONG_VEHICLE, GATE_WEIGHT_DIFFERS,
    POLICY_MISSING; a truck that is refused stays inside, and its lot as it was.
    """
    lot = await lot_lock(act, lot_id)
    if lot.port != act.actor.port:
        raise Refused(NO_SUCH_LOT)
    act.require_version(lot.version)
    if lot.state in LOT.sources("confirm") or lot.state in LOT.sources("release"):
        raise Refused(NOT_RELEASED.at())
    state = LOT.move(LotState(lot.state), "pass_gate")
    if plate_key(vehicle_plate) not in (lot.plate_key, lot.foreign_plate_key):
        raise Refused(refusals.WRONG_VEHICLE.at("/vehicle_plate"))
    law = await act.law()
    tolerance = law.decimal("gate.weight_tolerance", on=lot.business_on, scope=lot.port)
    weighed = (gross_kg, lot.gross_kg, tolerance)
    refuse_if_any(asked(lot.business_on, gate_weight_as_declared, *weighed))
    passed = {"vehicle_plate": vehicle_plate, "gross_kg": gross_kg, "passed_by": act.actor.subject}
    await act.execute(_PASS, lot_id=lot.lot_id, at=act.at, state=state.value, **passed)
    event = events.GatePassed(vehicle_plate=vehicle_plate, gross_kg=str(gross_kg))
    act.record(lot_id, event, step="gate")
    act.headers.stand(lot_id, LOT, state)
