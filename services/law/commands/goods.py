"""Filing of allowed origins, goods restrictions and commodity codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import TextClause, text

from services.kernel.refusal import Refusal, refuse_if_any
from services.kernel.refusals import PERIOD_OVERLAP
from services.law.domain.events import LawFiled
from services.law.domain.model import Commodity, GoodsRestriction, PortOrigin
from services.platform.act import Act
from services.platform.filing import (
    duplicates,
    invalid_periods,
    plain,
    rows_file,
    unknown_ports,
)

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


async def port_origins_file(act: Act, origins: Sequence[PortOrigin]) -> dict[str, Any]:
    """File from which countries goods may come at a port; the same first day again sets the end.

    Refuses DUPLICATE_ROW, PERIOD_INVALID, NOT_FILED_YET (port), PERIOD_OVERLAP.
    """
    found = duplicates([(o.port, o.country) for o in origins])
    found += invalid_periods([(o.effective_from, o.effective_to) for o in origins], "effective_to")
    found += await unknown_ports(act, [o.port for o in origins])
    pairs = [(o.port, o.country) for o in origins]
    found += await _overlaps(act, _ORIGIN_OVERLAPS, pairs, origins)
    refuse_if_any(found)
    return await rows_file(act, _ORIGINS, plain(origins), kind="port_origins", says=LawFiled)


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
    return await rows_file(
        act, _RESTRICTIONS, plain(restrictions), kind="goods_restrictions", says=LawFiled
    )


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
    return await rows_file(act, _COMMODITIES, plain(commodities), kind="commodities", says=LawFiled)
