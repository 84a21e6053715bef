"""Filing of allowed origins, goods restrictions and commodity codes, once two have agreed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import TextClause, text

from services.kernel.clock import business_day
from services.kernel.events import canonical_json
from services.kernel.refusal import refuse_if_any
from services.kernel.rule import asked
from services.law.domain.events import LawFiled
from services.law.domain.model import Commodity, GoodsRestriction, PortOrigin
from services.law.domain.rules.lists import past_days_keep_their_lists
from services.platform.act import Act
from services.platform.filing import (
    duplicates,
    invalid_periods,
    plain,
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
_COMMODITIES: Final = Register(
    "commodities",
    key={"hs_code": "text"},
    begins="effective_from",
    ends="effective_to",
    says={
        **dict.fromkeys(("name_zh", "name_en", "processing_rule"), "text"),
        **{"perishable": "boolean", "processes": "text[]", "sample": "boolean"},
    },
    ever=True,
)
# A list is all that is listed of a kind, or at a port: on a day that it held, what it did not name
# was not listed. Rows of the same name and first day are judged by the register itself.
_LIST_HELD: Final = """
    SELECT DISTINCT r.place
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        place integer, {list} text, {entry} text, effective_from date, effective_to date)
    JOIN {table} AS t ON t.{list} = r.{list} AND t.effective_from < :today
        AND t.effective_from < coalesce(r.effective_to, 'infinity')
        AND coalesce(t.effective_to, 'infinity') > r.effective_from
    WHERE r.effective_from < :today AND NOT EXISTS (
        SELECT FROM {table} AS s WHERE s.{list} = r.{list} AND s.{entry} = r.{entry}
            AND s.effective_from = r.effective_from
    )
    ORDER BY r.place
"""
_ORIGINS_HELD = text(_LIST_HELD.format(table="port_origins", list="port", entry="country"))
_RESTRICTIONS_HELD = text(
    _LIST_HELD.format(table="goods_restrictions", list="kind", entry="hs_prefix")
)


async def port_origins_file(
    act: Act, origins: Sequence[PortOrigin], filing_id: str | None
) -> dict[str, Any]:
    """File from which countries goods may come at a port, from a day on.

    Refuses DUPLICATE_ROW, PERIOD_INVALID, NOT_FILED_YET (port), PERIOD_OVERLAP.
    """
    found = duplicates([(o.port, o.country) for o in origins])
    found += invalid_periods([(o.effective_from, o.effective_to) for o in origins], "effective_to")
    found += await unknown_ports(act, [o.port for o in origins])
    refuse_if_any(found)
    rows, vouched = plain(origins), _filed("port_origins", [(o.port, o.country) for o in origins])
    await act.execute(_ORIGINS.turns, rows=canonical_json(rows))
    await _refuse_past(act, _ORIGINS_HELD, rows)
    return await periods_file(
        act,
        _ORIGINS,
        rows,
        kind="port_origins",
        says=LawFiled,
        vouched=vouched,
        filing_id=filing_id,
    )


async def goods_restrictions_file(
    act: Act, restrictions: Sequence[GoodsRestriction], filing_id: str | None
) -> dict[str, Any]:
    """File goods without exemption (不予免税清单) or prohibited, from a day on.

    Refuses DUPLICATE_ROW, PERIOD_INVALID, PERIOD_OVERLAP.
    """
    found = duplicates([(r.kind, r.hs_prefix) for r in restrictions])
    periods = [(r.effective_from, r.effective_to) for r in restrictions]
    refuse_if_any([*found, *invalid_periods(periods, "effective_to")])
    rows = plain(restrictions)
    vouched = _filed("goods_restrictions", [(row["kind"], row["hs_prefix"]) for row in rows])
    await act.execute(_RESTRICTIONS.turns, rows=canonical_json(rows))
    await _refuse_past(act, _RESTRICTIONS_HELD, rows)
    return await periods_file(
        act,
        _RESTRICTIONS,
        rows,
        kind="goods_restrictions",
        says=LawFiled,
        vouched=vouched,
        filing_id=filing_id,
    )


async def commodities_file(
    act: Act, commodities: Sequence[Commodity], filing_id: str | None
) -> dict[str, Any]:
    """File what commodity codes are from a day on; one that is on file keeps the days it has had.

    Refuses DUPLICATE_ROW, PERIOD_INVALID, PERIOD_OVERLAP.
    """
    found = duplicates([c.hs_code for c in commodities])
    periods = [(c.effective_from or date.min, c.effective_to) for c in commodities]
    refuse_if_any([*found, *invalid_periods(periods, "effective_to")])
    rows, vouched = plain(commodities), _filed("commodities", [(c.hs_code,) for c in commodities])
    return await periods_file(
        act,
        _COMMODITIES,
        rows,
        kind="commodities",
        says=LawFiled,
        vouched=vouched,
        filing_id=filing_id,
    )


async def _refuse_past(act: Act, held: TextClause, rows: Sequence[dict[str, Any]]) -> None:
    """Refuses PERIOD_OVERLAP by its sentence ``past``, when it is proposed and when confirmed."""
    today = business_day(act.at)
    placed = canonical_json([{**row, "place": place} for place, row in enumerate(rows)])
    places = set((await act.execute(held, rows=placed, today=today)).scalars())
    refuse_if_any(
        refusal
        for place in range(len(rows))
        for refusal in asked(
            today, past_days_keep_their_lists, place, today=today, held=place in places
        )
    )


def _filed(register: str, keys: Sequence[tuple[str, ...]]) -> list[Vouched]:
    """The lines of a filing, by their keys."""
    codes = [key[0] for key in keys]
    return [Vouched("v_filed_law", register, list(map(" ".join, keys)), codes=codes)]
