"""By which other plates, as SQL, a lot's truck may have come in, or have its manifest lodged."""

from __future__ import annotations

from typing import Final

ENTRIES_MAX: Final = 50
"""Of one truck or person as far back as a lot may have come in with it: several a day."""
DECLARATIONS_MAX: Final = 50
"""Of one truck up to the end of a lot's day. One that is declared more often enters under none."""

BY_ITS_FOREIGN: Final = f"""ARRAY(
                SELECT DISTINCT e.entered_at
                FROM (
                    SELECT v.foreign_plate_folded, v.carrier, v.declared_at, v.valid_until
                    FROM v_vehicles AS v WHERE v.plate_key = :plate_key AND v.port = :port
                    ORDER BY v.declared_at DESC LIMIT {DECLARATIONS_MAX}
                ) AS d
                JOIN v_gate_entries AS e ON e.plate_key = d.foreign_plate_folded
                    AND e.port = :port
                    AND e.entered_at >= d.declared_at AND e.entered_at < d.valid_until
                WHERE NOT EXISTS (
                        SELECT FROM v_vehicles AS o
                        WHERE o.plate_key = d.foreign_plate_folded
                            AND o.carrier IS DISTINCT FROM d.carrier OFFSET 0
                    )
                    AND NOT EXISTS (
                        SELECT FROM v_vehicles AS o
                        WHERE o.foreign_plate_folded = d.foreign_plate_folded AND o.port = :port
                            AND o.carrier IS DISTINCT FROM d.carrier
                            AND o.declared_at <= e.entered_at AND o.valid_until > e.entered_at
                        OFFSET 0
                    )
                ORDER BY e.entered_at DESC LIMIT {ENTRIES_MAX}
            )"""
"""When the gate saw the lot's truck come in under a foreign plate that was then on file as its own
carrier's alone, though the lot does not name it."""

_ON_FILE: Final = """EXISTS (
                    SELECT FROM v_vehicles AS p
                    WHERE p.plate_key = :plate_key AND p.port = :port OFFSET 0
                )"""


def entries_by(plates: str) -> str:
    """SQL: when the gate saw come in any of these plates."""
    return f"""ARRAY(
                SELECT entered_at FROM v_gate_entries
                WHERE plate_key = ANY({plates}) AND port = :port
                ORDER BY entered_at DESC LIMIT {ENTRIES_MAX}
            )"""


def _of_one(field: str) -> str:
    """SQL: the own plates of the trucks ``d`` that have the plate in a field as their foreign one.

    None where that is several carriers' word, or where the plate is on file as another's own truck:
    nobody's lots are bound by what a stranger files. Nor where there are more than are read.
    """
    those = f"FILTER (WHERE d.field = '{field}')"
    return f"""CASE
                    WHEN count(*) < {DECLARATIONS_MAX}
                        AND count(DISTINCT coalesce(d.carrier, '')) {those} = 1
                        AND bool_and(d.is_alone) {those}
                    THEN array_agg(d.plate_key) {those}
                END"""


CLAIMED: Final = f"""(
            SELECT CAST(jsonb_agg(to_jsonb(d)) AS text) AS declarations,
                array_agg(d.plate_key) AS plates,
                {_of_one("vehicle_plate")} AS of_one,
                -- Beside a truck that is on file by its own plate, it may be another's.
                CASE WHEN NOT {_ON_FILE} THEN {_of_one("foreign_plate")} END AS beside
            FROM (
                SELECT lots.field, v.plate_key, v.declared_at, v.valid_until, v.rated_load_kg,
                    v.foreign_plate, v.carrier, NOT EXISTS (
                        SELECT FROM v_vehicles AS o WHERE o.plate_key = lots.plate_key
                            AND o.carrier IS DISTINCT FROM v.carrier OFFSET 0
                    ) AS is_alone
                FROM unnest(
                    ARRAY[:plate_key, CAST(:foreign_plate_key AS text)],
                    ARRAY['vehicle_plate', 'foreign_plate']
                ) AS lots (plate_key, field)
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
the lot's day: their declarations, own plates, and those of which it is one carrier's word."""
