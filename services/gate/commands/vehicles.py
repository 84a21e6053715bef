"""Filing of vehicles' entry declarations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from services.gate.domain.events import VehiclesDeclared
from services.gate.domain.model import Vehicle
from services.gate.domain.rules.vehicle import vehicle_valid_until
from services.kernel.canonical import plate_key
from services.kernel.refusal import refuse_if_any
from services.platform.act import Act
from services.platform.filing import duplicates, plain, rows_file, unknown_ports

_VEHICLES = text("""
    INSERT INTO vehicles (plate_key, domestic_plate, foreign_plate, port, declared_at, valid_until,
        rated_load_kg, tare_kg)
    SELECT plate_key, domestic_plate, foreign_plate, port, declared_at, valid_until, rated_load_kg,
        tare_kg
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        plate_key text, domestic_plate text, foreign_plate text, port text, declared_at timestamptz,
        valid_until timestamptz, rated_load_kg numeric, tare_kg numeric)
    ORDER BY plate_key, declared_at
    ON CONFLICT (plate_key, declared_at) DO UPDATE SET domestic_plate = excluded.domestic_plate,
        foreign_plate = excluded.foreign_plate, port = excluded.port,
        valid_until = excluded.valid_until, rated_load_kg = excluded.rated_load_kg,
        tare_kg = excluded.tare_kg
""")


async def vehicles_file(act: Act, vehicles: Sequence[Vehicle]) -> dict[str, Any]:
    """File vehicles' entry declarations, each valid for the hours in force on its day (W29).

    Refuses DUPLICATE_ROW, NOT_FILED_YET (port), POLICY_MISSING.
    """
    found = duplicates([(plate_key(v.domestic_plate), v.declared_at) for v in vehicles])
    found += await unknown_ports(act, [v.port for v in vehicles])
    refuse_if_any(found)
    law, rows = await act.law(), plain(vehicles)
    for row, vehicle in zip(rows, vehicles, strict=True):
        until = vehicle_valid_until(vehicle.declared_at, law, port=vehicle.port)
        row["valid_until"] = until.isoformat()
        row["plate_key"] = plate_key(vehicle.domestic_plate)
    return await rows_file(act, _VEHICLES, rows, kind="vehicles", says=VehiclesDeclared)
