"""Filing of vehicles' entry declarations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import text

from services.gate.domain.events import VehiclesDeclared
from services.gate.domain.model import Vehicle
from services.gate.domain.rules.vehicle import (
    truck_is_the_carriers,
    vehicle_valid_until,
    within_total_mass,
)
from services.kernel.canonical import plate_key
from services.kernel.clock import business_day
from services.kernel.messages import Actor
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, refuse_if_any
from services.kernel.refusals import NOT_YOURS
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.filing import duplicates, plain, rows_file, unknown_ports

_VEHICLES = text("""
    INSERT INTO vehicles (plate_key, carrier, domestic_plate, foreign_plate, port, declared_at,
        valid_until, rated_load_kg, tare_kg)
    SELECT plate_key, carrier, domestic_plate, foreign_plate, port, declared_at, valid_until,
        rated_load_kg, tare_kg
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        plate_key text, carrier text, domestic_plate text, foreign_plate text, port text,
        declared_at timestamptz, valid_until timestamptz, rated_load_kg numeric, tare_kg numeric)
    ORDER BY plate_key, declared_at
    ON CONFLICT (plate_key, declared_at) DO UPDATE SET carrier = excluded.carrier,
        domestic_plate = excluded.domestic_plate,
        foreign_plate = excluded.foreign_plate, port = excluded.port,
        valid_until = excluded.valid_until, rated_load_kg = excluded.rated_load_kg,
        tare_kg = excluded.tare_kg
""")
# Two who claim one truck take turns: whose it is is read by the second after the first has filed.
_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('vehicles', 0))")
_FILED_FOR = text("""
    SELECT DISTINCT ON (plate_key) plate_key, carrier FROM vehicles
    WHERE plate_key = ANY(:plates) ORDER BY plate_key, declared_at DESC
""")
_CARRIER: Final = "carrier"


async def vehicles_file(act: Act, vehicles: Sequence[Vehicle]) -> dict[str, Any]:
    """File vehicles' entry declarations, each valid for the hours in force on its day (W29).

    A carrier files the own trucks, and one that nobody has becomes the own; the registrar files
    anybody's and says whose. Refuses DUPLICATE_ROW, NOT_FILED_YET (port), FORBIDDEN,
    VEHICLE_OF_ANOTHER, OVER_TOTAL_MASS, POLICY_MISSING.
    """
    plates = [plate_key(v.domestic_plate) for v in vehicles]
    found = duplicates([(p, v.declared_at) for p, v in zip(plates, vehicles, strict=True)])
    found += await unknown_ports(act, [v.port for v in vehicles])
    await act.execute(_TURN)
    filed = {r.plate_key: r.carrier for r in await act.execute(_FILED_FOR, plates=plates)}
    law, rows = await act.law(), plain(vehicles)
    for index, (row, vehicle, plate) in enumerate(zip(rows, vehicles, plates, strict=True)):
        row["plate_key"] = plate
        row["carrier"] = _whose(act.actor, vehicle, filed.get(plate))
        until = vehicle_valid_until(vehicle.declared_at, law, port=vehicle.port)
        row["valid_until"] = until.isoformat()
        against = _against(act, vehicle, filed, law)
        found += [refusal.to(f"/rows/{index}{refusal.pointer}") for refusal in against]
    refuse_if_any(found)
    return await rows_file(act, _VEHICLES, rows, kind="vehicles", says=VehiclesDeclared)


def _whose(actor: Actor, vehicle: Vehicle, filed_for: str | None) -> str | None:
    if actor.party_kind == _CARRIER:
        return actor.party
    return vehicle.carrier or filed_for


def _against(
    act: Act, vehicle: Vehicle, filed: Mapping[str, str | None], law: PolicyBook
) -> Iterator[Refusal]:
    """Why a truck's declaration cannot be filed by whoever files it."""
    actor, today = act.actor, business_day(act.at)
    if actor.party_kind == _CARRIER:
        if vehicle.carrier not in (None, actor.party):
            yield NOT_YOURS.at("/carrier")
        filed_for = filed.get(plate_key(vehicle.domestic_plate))
        yield from asked(today, truck_is_the_carriers, actor.party, filed_for=filed_for)
    most = law.decimal("vehicle.total_mass_max_kg", on=today, scope=vehicle.port)
    weights = (vehicle.rated_load_kg, vehicle.tare_kg)
    yield from asked(today, within_total_mass, *weights, most_kg=most)
