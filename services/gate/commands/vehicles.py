"""Filing of vehicles' entry declarations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from sqlalchemy import text

from services.gate.domain.events import VehiclesDeclared
from services.gate.domain.model import Vehicle
from services.gate.domain.rules.vehicle import (
    carrier_raises_the_load,
    declaration_is_made_ahead,
    truck_is_the_carriers,
    vehicle_valid_until,
    within_total_mass,
)
from services.kernel.canonical import plate_key
from services.kernel.clock import business_day, utc_text
from services.kernel.messages import Actor
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, refuse_if_any
from services.kernel.refusals import NOT_YOURS
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.filing import duplicates, plain, rows_file, unknown_ports
from services.platform.vouching import Vouched

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
# By the latest that has begun; whoever declares ahead has a truck that is nobody's yet.
_FILED_FOR = text("""
    SELECT DISTINCT ON (plate_key) plate_key, carrier, rated_load_kg FROM vehicles
    WHERE plate_key = ANY(:plates) AND carrier IS NOT NULL
    ORDER BY plate_key, declared_at <= :at DESC,
        CASE WHEN declared_at <= :at THEN declared_at END DESC, declared_at
""")
# By the latest up to a declaration's own moment, that moment included.
_FILED_THEN = text("""
    SELECT declared.plate_key, declared.moment, v.carrier
    FROM unnest(
        CAST(:plates AS text[]), CAST(:moments AS timestamptz[])
    ) AS declared (plate_key, moment)
    CROSS JOIN LATERAL (
        SELECT carrier FROM vehicles
        WHERE plate_key = declared.plate_key AND carrier IS NOT NULL
            AND declared_at <= declared.moment
        ORDER BY declared_at DESC LIMIT 1
    ) AS v
""")
# From truck to truck by the folded plate: a look at the last declaration of each that ever had one
# of the plates as its foreign one, however many others there are.
FOREIGN: Final = text("""
    WITH RECURSIVE trucks AS (
        SELECT asked.plate, reach_key(asked.plate) AS folded, (
            SELECT v.plate_key FROM vehicles AS v
            WHERE v.foreign_plate_folded = reach_key(asked.plate) ORDER BY v.plate_key LIMIT 1
        ) AS plate_key
        FROM unnest(CAST(:plates AS text[])) AS asked (plate)
        UNION ALL
        SELECT t.plate, t.folded, (
            SELECT v.plate_key FROM vehicles AS v
            WHERE v.foreign_plate_folded = t.folded AND v.plate_key > t.plate_key
            ORDER BY v.plate_key LIMIT 1
        )
        FROM trucks AS t WHERE t.plate_key IS NOT NULL
    )
    SELECT t.plate, last.carrier
    FROM trucks AS t
    CROSS JOIN LATERAL (
        SELECT v.foreign_plate_folded, v.carrier FROM vehicles AS v
        WHERE v.plate_key = t.plate_key ORDER BY v.declared_at DESC LIMIT 1
    ) AS last
    WHERE last.foreign_plate_folded = t.folded AND last.carrier <> :carrier
""")
_BEGUN = text("""
    SELECT plate_key, declared_at FROM vehicles
    WHERE plate_key = ANY(:plates) AND declared_at = ANY(:moments) AND declared_at <= :at
""")
# What its carrier of before has declared ahead is no more: the truck is not that carrier's then.
_HANDED_ON = text("""
    DELETE FROM vehicles AS v
    USING unnest(
        CAST(:plates AS text[]), CAST(:formers AS text[]), CAST(:moments AS timestamptz[])
    ) AS handed (plate_key, former, declared_at)
    WHERE v.plate_key = handed.plate_key AND v.carrier = handed.former
        AND v.declared_at > greatest(handed.declared_at, :at)
        AND NOT EXISTS (
            SELECT FROM vehicles AS since
            WHERE since.plate_key = v.plate_key AND since.declared_at > handed.declared_at
                AND since.declared_at <= :at
        )
    RETURNING v.plate_key, v.declared_at
""")
_CARRIER: Final = "carrier"
_REPLAYED: Final = "hushi.entry_age_max_days"
_LATE: Final = "vehicle.declared_late_min"


async def vehicles_file(act: Act, vehicles: Sequence[Vehicle]) -> dict[str, Any]:
    """File vehicles' entry declarations, each valid for the hours in force on its day (W29).

    A carrier files the own trucks before they enter, and one that nobody has becomes the own; the
    registrar files anybody's and says whose; of a carrier's truck nothing of the past and no higher
    load, but where a port plays days of the past. Refuses DUPLICATE_ROW, NOT_FILED_YET (port),
    FORBIDDEN, VEHICLE_OF_ANOTHER, DECLARED_TOO_LATE, LOAD_OF_THE_CARRIER, OVER_TOTAL_MASS,
    POLICY_MISSING.
    """
    plates = [plate_key(v.domestic_plate) for v in vehicles]
    found = duplicates([(p, v.declared_at) for p, v in zip(plates, vehicles, strict=True)])
    found += await unknown_ports(act, [v.port for v in vehicles])
    await act.execute(_TURN)
    filed = await _filed(act, vehicles, plates)
    law, rows = await act.law(), plain(vehicles)
    for index, (row, vehicle, plate) in enumerate(zip(rows, vehicles, plates, strict=True)):
        row["plate_key"] = plate
        row["carrier"] = _whose(act.actor, vehicle, filed)
        until = vehicle_valid_until(vehicle.declared_at, law, port=vehicle.port)
        row["valid_until"] = until.isoformat()
        against = _against(act, vehicle, filed, law)
        found += [refusal.to(f"/rows/{index}{refusal.pointer}") for refusal in against]
    refuse_if_any(found)
    handed = _handed_on(rows, filed)
    written = [
        *await _undeclared(act, handed),
        *((plate, v.declared_at) for plate, v in zip(plates, vehicles, strict=True)),
    ]
    names = [f"{plate} {utc_text(moment)}" for plate, moment in written]
    vouched = [Vouched("v_filed_vehicles", "vehicles", names, codes=plates)]
    says = partial(VehiclesDeclared, handed_on=_by_former(handed))
    return await rows_file(act, _VEHICLES, rows, kind="vehicles", says=says, vouched=vouched)


@dataclass(frozen=True, slots=True)
class _Filed:
    """What is on file of the trucks of a filing."""

    carriers: Mapping[str, str]
    """Whose each is, by its plate's key; of nobody's nothing."""
    rated: Mapping[str, Decimal]
    """For how many kg each of these is rated by the same declaration."""
    then: Mapping[tuple[str, datetime], str]
    """Whose each is by the moment that is declared, where anything is on file up to it."""
    foreign: Collection[tuple[str, str]]
    """Plates that are nobody's, and the other carriers whose trucks have them as foreign ones."""
    begun: Collection[tuple[str, datetime]]
    """The declarations of the same moments that have begun."""

    def of(self, vehicle: Vehicle) -> set[str]:
        """Who has a truck, now or at the moment that is declared of it."""
        plate = plate_key(vehicle.domestic_plate)
        had = (self.carriers.get(plate), self.then.get((plate, vehicle.declared_at)))
        abroad = {carrier for key, carrier in self.foreign if key == plate}
        return abroad | {carrier for carrier in had if carrier is not None}


async def _filed(act: Act, vehicles: Sequence[Vehicle], plates: Sequence[str]) -> _Filed:
    known = await act.execute(_FILED_FOR, plates=plates, at=act.at)
    moments = [v.declared_at for v in vehicles]
    then = await act.execute(_FILED_THEN, plates=plates, moments=moments)
    begun = await act.execute(_BEGUN, plates=plates, moments=moments, at=act.at)
    known = known.all()
    carriers = {r.plate_key: r.carrier for r in known}
    return _Filed(
        carriers=carriers,
        rated={r.plate_key: r.rated_load_kg for r in known},
        then={(r.plate_key, r.moment): r.carrier for r in then},
        foreign=await _foreign(act, set(plates) - set(carriers)),
        begun={(r.plate_key, r.declared_at) for r in begun},
    )


async def _foreign(act: Act, nobodys: Collection[str]) -> set[tuple[str, str]]:
    """Whose trucks have a carrier's new plates as their foreign ones, if they are another's."""
    if act.actor.party_kind != _CARRIER or not nobodys:
        return set()
    trucks = await act.execute(FOREIGN, plates=list(nobodys), carrier=act.actor.party)
    return {(r.plate, r.carrier) for r in trucks}


@dataclass(frozen=True, slots=True)
class _Handed:
    """A truck that is another carrier's from a moment on."""

    plate: str
    plate_key: str
    former: str
    declared_at: datetime


def _handed_on(rows: Sequence[Mapping[str, Any]], filed: _Filed) -> list[_Handed]:
    found = []
    for row in rows:
        plate, former = row["plate_key"], filed.carriers.get(row["plate_key"])
        if former not in (None, row["carrier"]):
            at = datetime.fromisoformat(row["declared_at"])
            found.append(_Handed(row["domestic_plate"], plate, former, at))
    return found


def _by_former(handed: Sequence[_Handed]) -> dict[str, tuple[str, ...]]:
    """Which trucks each has no longer."""
    plates: dict[str, dict[str, None]] = defaultdict(dict)
    for truck in handed:
        plates[truck.former][truck.plate] = None
    return {former: tuple(theirs) for former, theirs in plates.items()}


async def _undeclared(act: Act, handed: Sequence[_Handed]) -> list[tuple[str, datetime]]:
    """Whoever has a truck no longer has nothing declared ahead for it: what was, is no more."""
    if not handed:
        return []
    named = {
        "plates": [truck.plate_key for truck in handed],
        "formers": [truck.former for truck in handed],
        "moments": [truck.declared_at for truck in handed],
    }
    gone = await act.execute(_HANDED_ON, at=act.at, **named)
    return [(row.plate_key, row.declared_at) for row in gone]


def _whose(actor: Actor, vehicle: Vehicle, filed: _Filed) -> str | None:
    if actor.party_kind == _CARRIER:
        return actor.party
    plate = plate_key(vehicle.domestic_plate)
    then = filed.then.get((plate, vehicle.declared_at))
    return vehicle.carrier or then or filed.carriers.get(plate)


def _replayed(vehicle: Vehicle, law: PolicyBook, today: date) -> bool:
    """Whether two policy officers let a port play days of the past: it is marked in the record."""
    return law.own(_REPLAYED, on=today, scope=f"replay:{vehicle.port}") is not None


def _against(act: Act, vehicle: Vehicle, filed: _Filed, law: PolicyBook) -> Iterator[Refusal]:
    """Why a truck's declaration cannot be filed by whoever files it."""
    actor, today, plate = act.actor, business_day(act.at), plate_key(vehicle.domestic_plate)
    own = actor.party_kind == _CARRIER
    if own:
        if vehicle.carrier not in (None, actor.party):
            yield NOT_YOURS.at("/carrier")
        yield from asked(today, truck_is_the_carriers, actor.party, filed_for=filed.of(vehicle))
    elif plate in filed.rated and not _replayed(vehicle, law, today):
        rated = {"filed_kg": filed.rated[plate]}
        yield from asked(today, carrier_raises_the_load, vehicle.rated_load_kg, **rated)
    if own or (plate in filed.carriers and not _replayed(vehicle, law, today)):
        minutes = law.integer(_LATE, on=today, scope=vehicle.port)
        yield from asked(
            today,
            declaration_is_made_ahead,
            vehicle.declared_at,
            now=act.at,
            late=timedelta(minutes=minutes),
            stands=(plate, vehicle.declared_at) in filed.begun,
        )
    most = law.decimal("vehicle.total_mass_max_kg", on=today, scope=vehicle.port)
    weights = (vehicle.rated_load_kg, vehicle.tare_kg)
    yield from asked(today, within_total_mass, *weights, most_kg=most)
