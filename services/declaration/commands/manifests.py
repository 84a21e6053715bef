"""Manifests: what came in on a truck."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from sqlalchemy import text

from services.declaration.domain import events, refusals
from services.declaration.domain.model import TruckFacts
from services.declaration.domain.rules.truck import manifest_fits_the_truck
from services.kernel.canonical import number_key, plate_key
from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, show
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import NOT_YOURS
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.platform.officers import require_officer

_TRUCK: Final = text(
    """
    SELECT EXISTS (SELECT FROM v_ports WHERE port = :port AND active) AS port_known,
        v.carrier, CASE WHEN :at < v.valid_until THEN v.rated_load_kg END AS rated_kg,
        v.plate_key IS NOT NULL AS on_file
    FROM (SELECT 1) AS asked
    LEFT JOIN LATERAL (
        SELECT * FROM v_vehicles
        WHERE plate_key = :plate_key AND port = :port AND declared_at <= :at
        ORDER BY declared_at DESC LIMIT 1
    ) AS v ON true
    """
)
_LODGE = text(
    "INSERT INTO manifests (manifest_key, manifest_no, manifest_id, lodged_by, carrier, port,"
    " vehicle_plate, plate_key, foreign_plate, total_kg, lodged_at) VALUES (:manifest_key,"
    " :manifest_no, :manifest_id, :lodged_by, :carrier, :port, :vehicle_plate, :plate_key,"
    " :foreign_plate, :total_kg, :at) ON CONFLICT DO NOTHING RETURNING manifest_no"
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
    """Lodge what a truck carries, before its lots: its carrier does, or customs at the port.

    Raises Refused FORBIDDEN, OFFICER_NOT_ON_FILE, PORT_UNKNOWN, TRUCK_NOT_DECLARED,
    OVER_RATED_LOAD, DUPLICATE_MANIFEST.
    """
    plate = plate_key(vehicle_plate)
    carrier = await _carrier_for(act, port, plate, total_kg)
    manifest_id = new_uuid()
    lodged = await act.execute(
        _LODGE,
        manifest_key=number_key(manifest_no),
        manifest_no=manifest_no,
        manifest_id=manifest_id,
        lodged_by=act.actor.party,
        carrier=carrier,
        port=port,
        vehicle_plate=vehicle_plate,
        plate_key=plate,
        foreign_plate=foreign_plate,
        total_kg=total_kg,
        at=act.at,
    )
    if lodged.first() is None:
        raise Refused(refusals.DUPLICATE_MANIFEST.at("/manifest_no"))
    event = events.ManifestLodged(
        manifest_no=manifest_no,
        total_kg=str(total_kg),
        port=port,
        vehicle_plate=vehicle_plate,
        carrier=carrier,
    )
    act.record(show("man", manifest_id), event, step="lodge")


async def _carrier_for(act: Act, port: str, plate: str, total_kg: Decimal) -> str | None:
    """Whose manifest it is, when the truck may carry it.

    None when customs lodge for a truck that is on file for no carrier: no officer carries goods.
    """
    customs = act.actor.party_kind == "officer"
    if customs:
        await require_officer(act)
        if port != act.actor.port:
            raise Refused(NOT_YOURS.at("/port"))
    row: Row = (await act.execute(_TRUCK, port=port, plate_key=plate, at=act.at)).one()
    if not row.port_known:
        raise Refused(refusals.PORT_UNKNOWN.at("/port", port=port))
    truck = TruckFacts(row.rated_kg, row.carrier) if row.on_file else None
    lodged_by = None if customs else act.actor.party
    today = business_day(act.at)
    refuse_if_any(
        asked(today, manifest_fits_the_truck, truck, lodged_by=lodged_by, total_kg=total_kg)
    )
    carrier: str | None = row.carrier if customs else act.actor.party
    return carrier
