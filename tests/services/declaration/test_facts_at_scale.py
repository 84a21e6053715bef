"""What a lot is judged by is looked up by key, however much the gate saw and carriers filed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text

from services.declaration.queries.submission import FACTS
from services.kernel.clock import business_day, day_begins
from tests.support.asleep import Asleep
from tests.support.plans import filled, plan_of

_TABLES: Final = ("gate_entries", "vehicles", "manifests", "truck_loads")
MANY: Final = """
    INSERT INTO gate_entries (entry_id, port, vehicle_plate, plate_key, entered_at, recorded_by)
    SELECT gen_random_uuid(), '{port}', 'Z' || n % 3000, 'Z' || n % 3000,
        now() - n * interval '1 minute', 'gate-1'
    FROM generate_series(1, 20000) AS n;
    INSERT INTO vehicles (plate_key, carrier, domestic_plate, foreign_plate, port, declared_at,
        valid_until, rated_load_kg, tare_kg)
    SELECT 'Z' || n, 'carrier:Z', 'Z' || n, '14C-' || n, '{port}', day, day + interval '3 days',
        20000, 9000
    FROM generate_series(1, 3000) AS n,
        unnest(ARRAY[now() - interval '1 hour', now() - interval '3 days']) AS day;
    INSERT INTO manifests (manifest_key, plate_key, manifest_no, manifest_id, lodged_by, port,
        vehicle_plate, total_kg, lodged_at)
    SELECT 'M' || n, 'Z' || n, 'M' || n, gen_random_uuid(), 'carrier:Z', '{port}', 'Z' || n, 20000,
        now() - n * interval '1 minute'
    FROM generate_series(1, 3000) AS n;
    INSERT INTO truck_loads (plate_key, port, entered_at, rated_kg, loaded_kg)
    SELECT 'Z' || n, '{port}', now() - n * interval '1 minute', 20000, 100
    FROM generate_series(1, 3000) AS n;
    ANALYZE vehicles; ANALYZE manifests; ANALYZE truck_loads
"""
_READ: Final = text(
    "SELECT "
    + " + ".join(
        f"pg_stat_get_xact_tuples_returned('{name}'::regclass)"
        f" + (SELECT coalesce(sum(pg_stat_get_xact_tuples_returned(indexrelid)), 0)"
        f" FROM pg_index WHERE indrelid = '{name}'::regclass)"
        for name in _TABLES
    )
)


def asked(port: str, plate: str, foreign: str | None) -> dict[str, Any]:
    """What is bound of a lot that enters now."""
    day = business_day(datetime.now(UTC))
    nothing = dict.fromkeys(
        ("group_key", "declarant", "reference_key", "manifest_key", "seller_bic"), None
    )
    return {
        **nothing,
        "port": port,
        "submitted_by": "group:X",
        "day": day,
        "hs_code": "08013100",
        "plate_key": plate,
        "foreign_plate_key": foreign,
        "eve_begins": day_begins(day - timedelta(days=1)),
        "day_begins": day_begins(day),
        "day_ends": day_begins(day + timedelta(days=1)),
        "seller_key": "NOBODY",
        "hashes": [],
    }


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize(
    ("plate", "foreign"), [("14C77", None), ("Z77", None), ("Z77", "14C78"), ("NOBODY", "14C77")]
)
async def test_of_thousands_of_entries_and_trucks_a_few_are_read(
    asleep: Asleep, mode: str, plate: str, foreign: str | None
) -> None:
    port = asleep.harbour.port
    async with filled(asleep, "gate_entries", MANY.format(port=port)) as tx:
        await tx.execute(text(f"SET LOCAL plan_cache_mode = {mode}"))
        values = asked(port, plate, foreign)
        plan = await plan_of(tx, FACTS, values)
        before = (await tx.execute(_READ)).scalar_one()
        await tx.execute(FACTS, values)
        read = (await tx.execute(_READ)).scalar_one() - before
    for table in _TABLES:
        assert f"Seq Scan on {table}" not in plan, plan
    assert read < 200, f"{read} rows and entries of indexes were read: {plan}"
