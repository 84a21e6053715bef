"""Manifests and the gate: what came in on a truck and what left on one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import text

from services.declaration.commands.release import lot_lock
from services.declaration.domain import events
from services.declaration.domain.rules.gate import gate_weight_as_declared
from services.declaration.domain.states import LOT, LotState
from services.kernel.identifiers import new_uuid, show
from services.kernel.messages import Actor
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused
from services.platform import event_log, outbox
from services.platform.database import Tx
from services.platform.event_log import APPEND, Entry
from workflows.ports.declaration import QUEUE, RESIDENT_DECLARATION, GatePassedSignal, LotCase

_LODGE = text(
    "INSERT INTO manifests (manifest_no, manifest_id, lodged_by, port, vehicle_plate,"
    " foreign_plate, total_kg, lodged_at) VALUES (:manifest_no, :manifest_id, :lodged_by, :port,"
    " :vehicle_plate, :foreign_plate, :total_kg, :at) ON CONFLICT DO NOTHING RETURNING manifest_no"
)
_PASS = text(
    f"""
    WITH gate_pass AS (
        INSERT INTO gate_passes (lot_id, vehicle_plate, gross_kg, passed_at, passed_by)
        VALUES (:lot_id, :vehicle_plate, :gross_kg, :at, :passed_by)
    ), lot AS (
        UPDATE lots SET state = :state WHERE lot_id = :lot_id
    ), message AS ({outbox.INSERT})
    SELECT {APPEND} AS version
    """
)


async def manifest_lodge(
    tx: Tx,
    *,
    manifest_no: str,
    port: str,
    vehicle_plate: str,
    foreign_plate: str | None,
    total_kg: Decimal,
    actor: Actor,
    at: datetime,
) -> None:
    """Lodge what a truck carries, before its lots. Raises Refused DUPLICATE_MANIFEST."""
    manifest_id = new_uuid()
    lodged = await tx.execute(
        _LODGE,
        {
            "manifest_no": manifest_no,
            "manifest_id": manifest_id,
            "lodged_by": actor.party,
            "port": port,
            "vehicle_plate": vehicle_plate,
            "foreign_plate": foreign_plate,
            "total_kg": total_kg,
            "at": at,
        },
    )
    if lodged.first() is None:
        raise Refused(
            Refusal(
                "DUPLICATE_MANIFEST", "This manifest is lodged already; look it up.", "/manifest_no"
            )
        )
    event = events.ManifestLodged(manifest_no=manifest_no, total_kg=str(total_kg))
    await event_log.append(
        tx, case=show("man", manifest_id), event=event, step="lodge", actor=actor, at=at
    )


async def gate_pass(
    tx: Tx,
    lot_id: str,
    *,
    vehicle_plate: str,
    gross_kg: Decimal,
    actor: Actor,
    book: PolicyBook,
    at: datetime,
) -> int:
    """Let a released lot out; returns the case's version.

    The truck at the gate must be the lot's own, and its goods weigh what was declared. Raises
    Refused NOT_FOUND, NOT_RELEASED, WRONG_VEHICLE, GATE_WEIGHT_DIFFERS, POLICY_MISSING; a truck
    that is refused stays inside, and its lot as it was.
    """
    lot = await lot_lock(tx, lot_id)
    if lot.port != actor.port:
        raise Refused(Refusal("NOT_FOUND", "There is no such lot at this port."))
    if lot.state in LOT.sources("confirm") or lot.state in LOT.sources("release"):
        raise Refused(Refusal("NOT_RELEASED", "This lot is not released; keep it inside."))
    state = LOT.move(LotState(lot.state), "pass_gate")
    if vehicle_plate not in (lot.vehicle_plate, lot.foreign_plate):
        raise Refused(
            Refusal(
                "WRONG_VEHICLE", "This truck is not the lot's; check the plate.", "/vehicle_plate"
            )
        )
    tolerance = book.decimal("gate.weight_tolerance", on=lot.business_on, scope=lot.port)
    differs = gate_weight_as_declared(gross_kg, lot.gross_kg, tolerance)
    if differs is not None:
        raise Refused(differs)
    event = events.GatePassed(vehicle_plate=vehicle_plate, gross_kg=str(gross_kg))
    passed = await tx.execute(
        _PASS,
        {
            "lot_id": lot.lot_id,
            "vehicle_plate": vehicle_plate,
            "gross_kg": gross_kg,
            "at": at,
            "passed_by": actor.subject,
            "state": state.value,
            **Entry(show("lot", lot.lot_id), event, "gate", actor, at).parameters(),
            **outbox.parameters(
                workflow=RESIDENT_DECLARATION,
                case=lot_id,
                queue=QUEUE,
                start=LotCase(lot_id=lot_id, identity_confirmed=True),
                signal="gate_passed",
                message=GatePassedSignal(lot_id=lot_id),
            ),
        },
    )
    return int(passed.scalar_one())
