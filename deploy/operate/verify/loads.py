"""Whether what is kept of a truck's load is what the lots of that entry weigh.

A lot's weight, its trucks and their entries are vouched for by its own events; what its truck may
still carry has none. So each load is compared with its lots, and a load is missed that lots are a
part of. An entry decides while lots may be declared for it: those of long ago are left out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text

from deploy.operate.verify.quota import DAYS
from services.kernel.clock import rfc3339
from services.platform.database import Statements

# What no gate saw come in, named by a day's beginning, is of it until it has left; where the gate
# has recorded the truck's entry by then, it stays. What is declared without the truck's manifest
# counts beside what is under one, until it has left.
_DIFFERING: Final = text("""
    WITH weighed AS (
        SELECT e.plate_key, l.port, e.entered_at,
            coalesce(sum(l.weighs_kg) FILTER (WHERE e.named OR g.lot_id IS NOT NULL), 0)
                AS lots_kg,
            coalesce(sum(l.weighs_kg) FILTER (WHERE NOT e.named AND g.lot_id IS NULL), 0)
                AS unnamed_kg
        FROM v_lot_loads AS l
        LEFT JOIN v_gate_passes AS g USING (lot_id)
        CROSS JOIN LATERAL (
            SELECT u.plate_key, u.entered_at, coalesce(u.named, true) AS named
            FROM unnest(
                l.loaded_plates, CAST(l.loaded_entries AS timestamptz[]), l.loaded_named
            ) AS u (plate_key, entered_at, named)
        ) AS e
        WHERE e.entered_at >= :since AND NOT (
            CAST(e.entered_at AT TIME ZONE 'Asia/Shanghai' AS time) = '00:00'
            AND g.lot_id IS NOT NULL
            AND NOT truck_came_in(e.plate_key, l.port, e.entered_at, g.passed_at)
        )
        GROUP BY e.plate_key, l.port, e.entered_at
    )
    SELECT plate_key, port, entered_at, t.loaded_kg IS NULL AS gone,
        coalesce(t.loaded_kg, 0) = coalesce(w.lots_kg, 0) AS loaded_right
    FROM (SELECT * FROM v_truck_loads WHERE entered_at >= :since) AS t
    FULL JOIN weighed AS w USING (plate_key, port, entered_at)
    WHERE (coalesce(t.loaded_kg, 0), coalesce(t.unnamed_kg, 0))
        <> (coalesce(w.lots_kg, 0), coalesce(w.unnamed_kg, 0))
    ORDER BY port, plate_key, entered_at
""")


async def differing_loads(tx: Statements) -> AsyncIterator[tuple[str, str]]:
    """Loads that say otherwise than their lots: of which truck's entry, and what."""
    since = datetime.now(UTC) - timedelta(days=DAYS)
    for row in await tx.execute(_DIFFERING, {"since": since}):
        where = f"{row.plate_key} at {row.port}, {rfc3339(row.entered_at)}"
        if row.gone:
            yield where, "truck_loads has no row of what its lots weigh"
            continue
        figure = "unnamed_kg" if row.loaded_right else "loaded_kg"
        yield where, f"truck_loads.{figure} is not what its lots weigh"
