"""Manifests: what came in on a truck."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import text

from services.declaration.domain import events, refusals
from services.kernel.canonical import number_key, plate_key
from services.kernel.identifiers import new_uuid, show
from services.kernel.refusal import Refused
from services.platform.act import Act

_LODGE = text(
    "INSERT INTO manifests (manifest_key, manifest_no, manifest_id, lodged_by, port, vehicle_plate,"
    " plate_key, foreign_plate, total_kg, lodged_at) VALUES (:manifest_key, :manifest_no,"
    " :manifest_id, :lodged_by, :port, :vehicle_plate, :plate_key, :foreign_plate, :total_kg, :at)"
    " ON CONFLICT DO NOTHING RETURNING manifest_no"
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
