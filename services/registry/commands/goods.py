"""Filing of ports, allowed origins, goods restrictions, commodities and vehicles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import TextClause, text

from services.kernel.canonical import plate_key
from services.kernel.refusal import Refusal, refuse_if_any
from services.kernel.refusals import PERIOD_OVERLAP
from services.platform.act import Act
from services.registry.commands.filing import (
    duplicates,
    invalid_periods,
    plain,
    rows_file,
    unknown,
)
from services.registry.domain.model import (
    Commodity,
    GoodsRestriction,
    PortOrigin,
    PortRecord,
    Vehicle,
)
from services.registry.domain.rules.vehicle import vehicle_valid_until

_PORTS = text("""
    INSERT INTO ports (port, name_zh, name_en, customs_office, active)
    SELECT port, name_zh, name_en, customs_office, active
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        port text, name_zh text, name_en text, customs_office text, active boolean)
    ORDER BY port
    ON CONFLICT (port) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en,
        customs_office = excluded.customs_office, active = excluded.active
""")
_ORIGINS = text("""
    INSERT INTO port_origins (port, country, effective_from, effective_to, authority)
    SELECT port, country, effective_from, effective_to, authority
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        port text, country text, effective_from date, effective_to date, authority text)
    ORDER BY port, country, effective_from
    ON CONFLICT (port, country, effective_from) DO UPDATE SET
        effective_to = excluded.effective_to, authority = excluded.authority
""")
_ORIGIN_OVERLAPS = text("""
    SELECT r.place
    FROM unnest(CAST(:firsts AS text[]), CAST(:seconds AS text[]), CAST(:begins AS date[]),
        CAST(:ends AS date[])) WITH ORDINALITY AS r (port, country, begins, ends, place)
    JOIN port_origins AS o ON o.port = r.port AND o.country = r.country
    WHERE o.effective_from <> r.begins
        AND daterange(o.effective_from, o.effective_to) && daterange(r.begins, r.ends)
    ORDER BY r.place
""")
_RESTRICTIONS = text("""
    INSERT INTO goods_restrictions (kind, hs_prefix, effective_from, effective_to, authority,
        sample)
    SELECT kind, hs_prefix, effective_from, effective_to, authority, sample
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        kind text, hs_prefix text, effective_from date, effective_to date, authority text,
        sample boolean)
    ORDER BY kind, hs_prefix, effective_from
    ON CONFLICT (kind, hs_prefix, effective_from) DO UPDATE SET
        effective_to = excluded.effective_to, authority = excluded.authority,
        sample = excluded.sample
""")
_RESTRICTION_OVERLAPS = text("""
    SELECT r.place
    FROM unnest(CAST(:firsts AS text[]), CAST(:seconds AS text[]), CAST(:begins AS date[]),
        CAST(:ends AS date[])) WITH ORDINALITY AS r (kind, hs_prefix, begins, ends, place)
    JOIN goods_restrictions AS o ON o.kind = r.kind AND o.hs_prefix = r.hs_prefix
    WHERE o.effective_from <> r.begins
        AND daterange(o.effective_from, o.effective_to) && daterange(r.begins, r.ends)
    ORDER BY r.place
""")
_COMMODITIES = text("""
    INSERT INTO commodities (hs_code, name_zh, name_en, perishable, processing_rule, processes,
        sample)
    SELECT hs_code, name_zh, name_en, perishable, processing_rule,
        ARRAY(SELECT jsonb_array_elements_text(processes)), sample
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        hs_code text, name_zh text, name_en text, perishable boolean, processing_rule text,
        processes jsonb, sample boolean)
    ORDER BY hs_code
    ON CONFLICT (hs_code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en,
        perishable = excluded.perishable, processing_rule = excluded.processing_rule,
        processes = excluded.processes, sample = excluded.sample
""")
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


async def ports_file(act: Act, ports: Sequence[PortRecord]) -> dict[str, Any]:
    """File ports and border markets; a code filed before is replaced. Refuses DUPLICATE_ROW."""
    refuse_if_any(duplicates([p.port for p in ports]))
    return await rows_file(act, _PORTS, plain(ports), kind="ports")


async def port_origins_file(act: Act, origins: Sequence[PortOrigin]) -> dict[str, Any]:
    """File from which countries goods may come at a port; the same first day again sets the end.

    Refuses DUPLICATE_ROW, PERIOD_INVALID, NOT_FILED_YET (port), PERIOD_OVERLAP.
    """
    found = duplicates([(o.port, o.country) for o in origins])
    found += invalid_periods([(o.effective_from, o.effective_to) for o in origins], "effective_to")
    found += await unknown(act, "ports", [o.port for o in origins], "port")
    pairs = [(o.port, o.country) for o in origins]
    found += await _overlaps(act, _ORIGIN_OVERLAPS, pairs, origins)
    refuse_if_any(found)
    return await rows_file(act, _ORIGINS, plain(origins), kind="port_origins")


async def goods_restrictions_file(
    act: Act, restrictions: Sequence[GoodsRestriction]
) -> dict[str, Any]:
    """File goods without exemption (不予免税清单) or prohibited; the same first day sets the end.

    Refuses DUPLICATE_ROW, PERIOD_INVALID, PERIOD_OVERLAP.
    """
    pairs = [(r.kind, r.hs_prefix) for r in restrictions]
    found = duplicates(pairs)
    periods = [(r.effective_from, r.effective_to) for r in restrictions]
    found += invalid_periods(periods, "effective_to")
    found += await _overlaps(act, _RESTRICTION_OVERLAPS, pairs, restrictions)
    refuse_if_any(found)
    return await rows_file(act, _RESTRICTIONS, plain(restrictions), kind="goods_restrictions")


async def _overlaps(
    act: Act,
    statement: TextClause,
    pairs: Sequence[tuple[str, str]],
    rows: Sequence[PortOrigin] | Sequence[GoodsRestriction],
) -> list[Refusal]:
    values = {
        "firsts": [first for first, _ in pairs],
        "seconds": [second for _, second in pairs],
        "begins": [row.effective_from for row in rows],
        "ends": [
            None if row.effective_to is None else max(row.effective_to, row.effective_from)
            for row in rows
        ],
    }
    return [
        PERIOD_OVERLAP.at(f"/rows/{place - 1}")
        for place in (await act.execute(statement, **values)).scalars()
    ]


async def commodities_file(act: Act, commodities: Sequence[Commodity]) -> dict[str, Any]:
    """File commodity codes; a code filed before is replaced. Refuses DUPLICATE_ROW."""
    refuse_if_any(duplicates([c.hs_code for c in commodities]))
    return await rows_file(act, _COMMODITIES, plain(commodities), kind="commodities")


async def vehicles_file(act: Act, vehicles: Sequence[Vehicle]) -> dict[str, Any]:
    """File vehicles' entry declarations, each valid for the hours in force on its day (W29).

    Refuses DUPLICATE_ROW, NOT_FILED_YET (port), POLICY_MISSING.
    """
    found = duplicates([(plate_key(v.domestic_plate), v.declared_at) for v in vehicles])
    found += await unknown(act, "ports", [v.port for v in vehicles], "port")
    refuse_if_any(found)
    law, rows = await act.law(), plain(vehicles)
    for row, vehicle in zip(rows, vehicles, strict=True):
        until = vehicle_valid_until(vehicle.declared_at, law, port=vehicle.port)
        row["valid_until"] = until.isoformat()
        row["plate_key"] = plate_key(vehicle.domestic_plate)
    return await rows_file(act, _VEHICLES, rows, kind="vehicles")
