"""By which other plates, as SQL, a lot's truck may have come in, or have its manifest lodged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from services.declaration.domain.model import Claim, TruckOnFile
from services.platform.database import Row

ENTRIES_MAX: Final = 50
"""Of one truck or person as far back as a lot may have come in with it: several a day."""
DECLARATIONS_MAX: Final = 50
"""Of one truck up to the end of a lot's day. One that is declared more often enters under none."""

BY_ITS_FOREIGN: Final = f"""(
                SELECT CAST(jsonb_agg(to_jsonb(one)) AS text)
                FROM (
                    SELECT e.entered_at, bool_or(d.is_anothers) AS is_anothers
                    FROM (
                        SELECT v.foreign_plate_folded, v.declared_at, v.valid_until, EXISTS (
                                SELECT FROM v_vehicles AS o
                                WHERE o.plate_key = v.foreign_plate_folded
                                    AND o.carrier <> v.carrier OFFSET 0
                            ) AS is_anothers
                        FROM v_vehicles AS v WHERE v.plate_key = :plate_key AND v.port = :port
                        ORDER BY v.declared_at DESC LIMIT {DECLARATIONS_MAX}
                    ) AS d
                    CROSS JOIN LATERAL (
                        SELECT g.entered_at FROM v_gate_entries AS g
                        WHERE g.plate_key = d.foreign_plate_folded AND g.port = :port
                            AND g.entered_at >= d.declared_at AND g.entered_at < d.valid_until
                        OFFSET 0
                    ) AS e
                    GROUP BY e.entered_at ORDER BY e.entered_at DESC LIMIT {ENTRIES_MAX}
                ) AS one
            )"""
"""When the gate saw the lot's truck come in under the foreign plate that it then had on file,
though the lot does not name it: that is its own carrier's word. It binds, and gives no day where
that plate is another carrier's own truck."""

_LOTS: Final = """unnest(
                    ARRAY[:plate_key, CAST(:foreign_plate_key AS text)],
                    ARRAY['vehicle_plate', 'foreign_plate']
                ) AS lots (plate_key, field)"""

SEEN: Final = f"""(
                SELECT CAST(jsonb_agg(to_jsonb(c)) AS text)
                FROM (
                    SELECT DISTINCT lots.field, v.carrier, e.entered_at
                    FROM {_LOTS}
                    JOIN v_vehicles AS v ON v.foreign_plate_folded = reach_key(lots.plate_key)
                        AND v.port = :port AND v.valid_until > CAST(:day_begins AS timestamptz)
                            - make_interval(days => lot.inside_max)
                    CROSS JOIN LATERAL (
                        SELECT g.entered_at FROM v_gate_entries AS g
                        WHERE g.plate_key = v.plate_key AND g.port = :port
                            AND g.entered_at >= v.declared_at AND g.entered_at < v.valid_until
                        OFFSET 0
                    ) AS e
                    WHERE NOT EXISTS (
                        SELECT FROM v_vehicles AS o WHERE o.plate_key = lots.plate_key
                            AND o.carrier IS DISTINCT FROM v.carrier OFFSET 0
                    )
                    ORDER BY e.entered_at DESC LIMIT {2 * ENTRIES_MAX}
                ) AS c
            )"""
"""When the gate saw come in, by their own plates, the trucks that then had one of the lot's plates
on file as their foreign one: by the lot's field and the carrier. Not where that plate is another's
own truck: whose foreign one it is is then not that carrier's to say."""

CLAIMED: Final = f"""(
            SELECT CAST(jsonb_agg(to_jsonb(d)) AS text) AS declarations,
                array_agg(d.plate_key) AS plates
            FROM (
                SELECT lots.field, v.plate_key, v.declared_at, v.valid_until, v.rated_load_kg,
                    v.foreign_plate, v.carrier
                FROM {_LOTS}
                JOIN v_vehicles AS v ON v.foreign_plate_folded = reach_key(lots.plate_key)
                WHERE v.valid_until > :day_begins AND v.declared_at < :day_ends AND v.port = :port
                    AND NOT EXISTS (
                        SELECT FROM v_vehicles AS o
                        WHERE o.plate_key = lots.plate_key AND o.carrier <> v.carrier OFFSET 0
                    )
                ORDER BY v.valid_until, v.plate_key LIMIT {DECLARATIONS_MAX}
            ) AS d
        )"""
"""The trucks that have one of the lot's plates as their foreign one, by declarations in force on
the lot's day: their declarations and own plates."""


def lodged_by_own(found: Row) -> Mapping[str, Sequence[datetime]]:
    """When manifests were lodged of the trucks that have one of the lot's plates on file."""
    lodged: dict[str, list[datetime]] = {}
    for one in json.loads(found.manifests_by_own or "[]"):
        lodged.setdefault(one["plate_key"], []).append(datetime.fromisoformat(one["lodged_at"]))
    return lodged


def claims_of(found: Row, trucks: Sequence[TruckOnFile]) -> Sequence[Claim]:
    """What the gate saw of each carrier who has one of the lot's plates as a foreign one."""
    seen: dict[tuple[str, str | None], list[datetime]] = {}
    for one in json.loads(found.seen_by_own or "[]"):
        at = datetime.fromisoformat(one["entered_at"])
        seen.setdefault((one["field"], one["carrier"]), []).append(at)
    own = {d.carrier for truck in trucks for d in truck.declarations if d.of_both}
    return [Claim(field, carrier, at, carrier in own) for (field, carrier), at in seen.items()]


def seen_by_its_foreign(found: Row) -> tuple[list[datetime], list[datetime]]:
    """When the lot's truck came in by its foreign plate; where that is another's truck, apart."""
    ours: list[datetime] = []
    anothers: list[datetime] = []
    for one in json.loads(found.entries_by_its_foreign or "[]"):
        into = anothers if one["is_anothers"] else ours
        into.append(datetime.fromisoformat(one["entered_at"]))
    return ours, anothers
