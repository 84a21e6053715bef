"""Figures of some days for leaders and auditors; each statement reads a range of an index.

Ids of cases are in the order of their making, so a range of them is a range of time. A replayed day
counts in no figure: neither its lots nor their orders and payments, nor a resident's day of quota
in which one was replayed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import text

from services.kernel.identifiers import first_of
from services.platform.database import Row, Statement, Statements
from services.platform.filtered import Filtered
from services.window.domain.rules.figures import Period

_DAY: Final = "CAST({at} AT TIME ZONE 'Asia/Shanghai' AS date)"
_PORT: Final = "ASKED(port: {port} = CAST(:port AS text))"
_LOTS = Filtered(
    f"""
    WITH l AS (
        SELECT submitted_at, clock_started_at, released_at,
            least(released_at, ended_at) AS left_at
        FROM v_lots
        WHERE submitted_at >= CAST(:reaches_to AS timestamptz) AND NOT replay
            AND {_PORT.format(port="port")}
    ), d AS (
        SELECT CAST(day AS date) AS day,
            CAST(day + interval '1 day' AS timestamp) AT TIME ZONE 'Asia/Shanghai' AS ends_at
        FROM generate_series(
            CAST(:first AS date), CAST(:last AS date), interval '1 day'
        ) AS day
    ), r AS (
        SELECT {_DAY.format(at="released_at")} AS day, count(*) AS lots,
            percentile_cont(0.5) WITHIN GROUP (
                ORDER BY extract(epoch FROM released_at - clock_started_at)
            ) AS median_s,
            percentile_cont(0.9) WITHIN GROUP (
                ORDER BY extract(epoch FROM released_at - clock_started_at)
            ) AS p90_s
        FROM l WHERE released_at IS NOT NULL GROUP BY 1
    ), s AS (
        SELECT {_DAY.format(at="submitted_at")} AS day, count(*) AS lots FROM l GROUP BY 1
    )
    SELECT d.day, coalesce(s.lots, 0) AS declared, coalesce(r.lots, 0) AS released, r.median_s,
        r.p90_s,
        (
            SELECT count(*) FROM l
            WHERE l.submitted_at < d.ends_at AND (l.left_at IS NULL OR l.left_at >= d.ends_at)
        ) AS backlog
    FROM d LEFT JOIN s ON s.day = d.day LEFT JOIN r ON r.day = d.day ORDER BY d.day
    """
)
_ORDERS = Filtered(
    f"""
    SELECT {_DAY.format(at="o.concluded_at")} AS day, count(*) AS inspected,
        count(*) FILTER (WHERE NOT o.results <@ ARRAY['NO_DIFFERENCE']) AS finds
    FROM v_inspection_orders AS o INNER JOIN v_lots AS l ON l.lot_id = o.lot_id
    WHERE o.order_id >= :first_id AND o.examined AND o.state = 'CONCLUDED' AND NOT l.replay
        AND o.concluded_at >= CAST(:begins_at AS timestamptz)
        AND o.concluded_at < CAST(:ends_at AS timestamptz) AND {_PORT.format(port="o.port")}
    GROUP BY 1
    """
)
_PAYMENTS = Filtered(
    f"""
    SELECT {_DAY.format(at="p.ended_at")} AS day, count(*) AS settled,
        percentile_cont(0.5) WITHIN GROUP (
            ORDER BY extract(epoch FROM p.ended_at - p.requested_at)
        ) AS median_s
    FROM v_settlements AS p INNER JOIN v_lots AS l ON l.lot_id = p.lot_id
    WHERE p.instruction_id >= :first_id AND p.state = 'SETTLED' AND NOT l.replay
        AND p.ended_at >= CAST(:begins_at AS timestamptz)
        AND p.ended_at < CAST(:ends_at AS timestamptz) AND {_PORT.format(port="l.port")}
    GROUP BY 1
    """
)
_QUOTA = text(
    """
    WITH replayed AS (
        SELECT DISTINCT t.resident_id, l.business_on
        FROM v_lots AS l INNER JOIN v_tickets AS t ON t.lot_id = l.lot_id
        WHERE l.lot_id >= :first_id AND l.replay AND l.business_on BETWEEN :first AND :last
    )
    SELECT business_on AS day, sum(reserved_minor + consumed_minor) AS used_minor,
        sum(limit_minor) AS limit_minor
    FROM v_quota_days
    WHERE business_on BETWEEN :first AND :last AND (resident_id, business_on) NOT IN (
        SELECT resident_id, business_on FROM replayed
    )
    GROUP BY 1
    """
)
_SPREADS = text(
    f"""
    SELECT {_DAY.format(at="valid_from")} AS day, pair, avg((ask - bid) / mid) * 10000 AS spread_bp
    FROM v_prices
    WHERE source = 'POOLED' AND price_id >= :first_id
        AND valid_from >= CAST(:begins_at AS timestamptz)
        AND valid_from < CAST(:ends_at AS timestamptz)
    GROUP BY 1, 2 ORDER BY 1, 2
    """
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted of each day; quota and spread are of no port, and empty of a single one."""

    lots: Sequence[Row]
    orders: Mapping[date, Row]
    payments: Mapping[date, Row]
    quota: Mapping[date, Row]
    spreads: Sequence[Row]


async def figures(tx: Statements, period: Period, *, port: str | None) -> Figures:
    """The figures of a period, of a port or of all."""
    ids = {"first_id": first_of(period.reaches_to)}
    times = {"begins_at": period.begins_at, "ends_at": period.ends_at}
    days = {"first": period.first, "last": period.last}

    async def by_day(statement: Statement, keys: Mapping[str, Any]) -> dict[date, Row]:
        return {row.day: row for row in await tx.execute(statement, dict(keys))}

    lots = {"reaches_to": period.reaches_to, "port": port, **days}
    everywhere = port is None
    return Figures(
        lots=(await tx.execute(_LOTS, lots)).all(),
        orders=await by_day(_ORDERS, {**ids, **times, "port": port}),
        payments=await by_day(_PAYMENTS, {**ids, **times, "port": port}),
        quota=await by_day(_QUOTA, {**ids, **days}) if everywhere else {},
        spreads=(await tx.execute(_SPREADS, {**ids, **times})).all() if everywhere else [],
    )
