"""How long lots took and have waited, for everybody: over a few days, found by an index.

What is marked as a replay is left out: it took as long as it was played.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import text

from services.platform.database import Row, Statements
from services.window.domain.rules.published import Spans, Times

_DECLARANT: Final = "coalesce(l.group_code, l.submitted_by)"
_RELEASED = text(
    f"""
    SELECT s.span, l.port, l.lane, CASE WHEN grouping(l.hs_code) = 0 THEN l.hs_code END AS hs_code,
        count(*) AS lots, count(DISTINCT {_DECLARANT}) AS declarants,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY l.took_s) AS median_s,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY l.took_s) AS p90_s
    FROM (
        SELECT port, lane, hs_code, group_code, submitted_by, released_at,
            extract(epoch FROM released_at - clock_started_at) AS took_s
        FROM v_lots
        WHERE submitted_at >= CAST(:declared_since AS timestamptz)
            AND released_at >= least(
                CAST(:day_since AS timestamptz), CAST(:hours_since AS timestamptz)
            )
            AND released_at < CAST(:until AS timestamptz)
            AND clock_started_at IS NOT NULL AND lane IS NOT NULL AND NOT replay
    ) AS l
    INNER JOIN (
        VALUES ('TODAY', CAST(:day_since AS timestamptz)),
            ('LAST_HOURS', CAST(:hours_since AS timestamptz))
    ) AS s (span, since) ON l.released_at >= s.since
    GROUP BY s.span, GROUPING SETS ((l.port, l.lane), (l.port, l.lane, l.hs_code))
    ORDER BY s.span, l.port, l.lane, hs_code NULLS FIRST
    """
)
_WAITING = text(
    f"""
    SELECT 'WAITING' AS span, l.port, l.lane,
        CASE WHEN grouping(l.hs_code) = 0 THEN l.hs_code END AS hs_code, count(*) AS lots,
        count(DISTINCT {_DECLARANT}) AS declarants,
        percentile_cont(0.5) WITHIN GROUP (
            ORDER BY extract(epoch FROM CAST(:until AS timestamptz) - l.clock_started_at)
        ) AS median_s,
        CAST(NULL AS float) AS p90_s
    FROM v_lots AS l
    WHERE l.state IN ('IDENTITY_OK', 'IN_INSPECTION') AND l.lane IS NOT NULL
        AND l.submitted_at >= CAST(:declared_since AS timestamptz)
        AND l.clock_started_at < CAST(:until AS timestamptz) AND NOT l.replay
    GROUP BY GROUPING SETS ((l.port, l.lane), (l.port, l.lane, l.hs_code))
    ORDER BY l.port, l.lane, hs_code NULLS FIRST
    """
)
_NAMES = text(
    """
    SELECT hs_code, name_zh, name_en FROM v_commodities
    WHERE hs_code = ANY(CAST(:codes AS text[]))
        AND (effective_from IS NULL OR effective_from <= CAST(:day AS date))
        AND (effective_to IS NULL OR effective_to > CAST(:day AS date))
    """
)


async def release_times(tx: Statements, spans: Spans) -> list[Times]:
    """By port and lane, and of each kind of goods, how long lots took that were released today
    and in the last hours; and how long those have waited that are still looked at."""
    keys = {
        "declared_since": spans.declared_since,
        "day_since": spans.day_since,
        "hours_since": spans.hours_since,
        "until": spans.until,
    }
    released = (await tx.execute(_RELEASED, keys)).all()
    waiting = await tx.execute(_WAITING, {name: keys[name] for name in ("declared_since", "until")})
    return [_times(row) for row in (*released, *waiting)]


async def goods_named(tx: Statements, codes: Sequence[str], day: date) -> dict[str, Row]:
    """The names of commodity codes on a day, as the law has them."""
    rows = await tx.execute(_NAMES, {"codes": list(codes), "day": day})
    return {row.hs_code: row for row in rows}


def _times(row: Row) -> Times:
    return Times(
        span=row.span,
        port=row.port,
        lane=row.lane,
        hs_code=row.hs_code,
        lots=row.lots,
        declarants=row.declarants,
        median_s=float(row.median_s),
        p90_s=None if row.p90_s is None else float(row.p90_s),
    )
