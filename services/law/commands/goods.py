"""Filing of allowed origins, goods restrictions and commodity codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import text

from services.kernel.refusal import refuse_if_any
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
from services.platform.periods import Register, periods_file
from services.platform.vouching import Vouched

_ORIGINS: Final = Register(
    "port_origins",
    key={"port": "text", "country": "text"},
    begins="effective_from",
    ends="effective_to",
    says={"authority": "text"},
)
_RESTRICTIONS: Final = Register(
    "goods_restrictions",
    key={"kind": "text", "hs_prefix": "text"},
    begins="effective_from",
    ends="effective_to",
    says={"authority": "text", "sample": "boolean"},
)
_COMMODITIES = text("""
    INSERT INTO commodities (hs_code, name_zh, name_en, perishable, processing_rule, processes,
        sample, effective_from, effective_to)
    SELECT hs_code, name_zh, name_en, perishable, processing_rule,
        ARRAY(SELECT jsonb_array_elements_text(processes)), sample, effective_from, effective_to
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        hs_code text, name_zh text, name_en text, perishable boolean, processing_rule text,
        processes jsonb, sample boolean, effective_from date, effective_to date)
    ORDER BY hs_code
    ON CONFLICT (hs_code) DO UPDATE SET name_zh = excluded.name_zh, name_en = excluded.name_en,
        perishable = excluded.perishable, processing_rule = excluded.processing_rule,
        processes = excluded.processes, sample = excluded.sample,
        effective_from = excluded.effective_from, effective_to = excluded.effective_to
""")


async def port_origins_file(act: Act, origins: Sequence[PortOrigin]) -> dict[str, Any]:
    """File from which countries goods may come at a port, from a day on.

    Refuses DUPLICATE_ROW, PERIOD_INVALID, NOT_FILED_YET (port), PERIOD_OVERLAP.
    """
    found = duplicates([(o.port, o.country) for o in origins])
    found += invalid_periods([(o.effective_from, o.effective_to) for o in origins], "effective_to")
    found += await unknown_ports(act, [o.port for o in origins])
    refuse_if_any(found)
    vouched = _filed("port_origins", [(o.port, o.country) for o in origins])
    return await periods_file(
        act, _ORIGINS, plain(origins), kind="port_origins", says=LawFiled, vouched=vouched
    )


async def goods_restrictions_file(
    act: Act, restrictions: Sequence[GoodsRestriction]
) -> dict[str, Any]:
    """File goods without exemption (不予免税清单) or prohibited, from a day on.

    Refuses DUPLICATE_ROW, PERIOD_INVALID, PERIOD_OVERLAP.
    """
    found = duplicates([(r.kind, r.hs_prefix) for r in restrictions])
    periods = [(r.effective_from, r.effective_to) for r in restrictions]
    refuse_if_any([*found, *invalid_periods(periods, "effective_to")])
    rows = plain(restrictions)
    vouched = _filed("goods_restrictions", [(row["kind"], row["hs_prefix"]) for row in rows])
    return await periods_file(
        act, _RESTRICTIONS, rows, kind="goods_restrictions", says=LawFiled, vouched=vouched
    )


async def commodities_file(act: Act, commodities: Sequence[Commodity]) -> dict[str, Any]:
    """File commodity codes; a code filed before is replaced.

    Refuses DUPLICATE_ROW, PERIOD_INVALID.
    """
    found = duplicates([c.hs_code for c in commodities])
    periods = [(c.effective_from or date.min, c.effective_to) for c in commodities]
    refuse_if_any([*found, *invalid_periods(periods, "effective_to")])
    rows, vouched = plain(commodities), _filed("commodities", [(c.hs_code,) for c in commodities])
    return await rows_file(
        act, _COMMODITIES, rows, kind="commodities", says=LawFiled, vouched=vouched
    )


def _filed(register: str, keys: Sequence[tuple[str, ...]]) -> list[Vouched]:
    """The lines of a filing, by their keys."""
    codes = [key[0] for key in keys]
    return [Vouched("v_filed_law", register, list(map(" ".join, keys)), codes=codes)]
