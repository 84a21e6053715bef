"""Whether residents' days of quota say what the tickets and the log of their lots say.

Tickets are vouched for by their lot's digest; whether a lot holds, uses up or gives back is what
its events say. A day's quota decides on that day alone: days long past are left out, one statement
reads each of the others.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import show
from services.platform.database import Statements

DAYS: Final = 31
# Seized goods are not given back; what a version before gave back does not say that it is used up.
_SHARES: Final = """
    WITH share AS (
        SELECT t.resident_id, l.port, count(*) AS tickets, bool_or(s.described) AS at_all_ports,
            coalesce(sum(t.value_minor) FILTER (WHERE s.used), 0) AS consumed,
            coalesce(sum(t.value_minor) FILTER (WHERE NOT s.used), 0) AS reserved
        FROM v_lots AS l CROSS JOIN LATERAL (
            SELECT coalesce(bool_or(
                    e.type = 'LotReleased' OR e.type = 'LotNotReleased' AND n.uses_up
                ), false) AS used,
                coalesce(bool_or(
                    e.type IN ('LotCancelled', 'ShareRefused', 'SharesLapsed')
                    OR e.type = 'LotNotReleased' AND NOT n.uses_up
                ), false) AS back,
                coalesce(bool_or(
                    e.type = 'LotSubmitted' AND e.body LIKE '%"described":"%'
                ), false) AS described
            FROM events AS e CROSS JOIN LATERAL (
                SELECT coalesce(CASE WHEN e.type = 'LotNotReleased' THEN
                    CAST(CAST(e.body AS jsonb) ->> 'uses_up' AS boolean) END, false) AS uses_up
            ) AS n
            WHERE e.case_id = l.lot_id
        ) AS s INNER JOIN v_tickets AS t ON t.lot_id = l.lot_id
        WHERE l.business_on = :day AND NOT s.back AND NOT EXISTS (
            SELECT FROM v_name_reports AS r
            WHERE r.lot_id = l.lot_id AND r.resident_id = t.resident_id AND r.quota_back
        )
        GROUP BY t.resident_id, l.port
    )
"""
_DIFFERING: Final = text(
    f"""
    {_SHARES}, everywhere AS (
        SELECT resident_id, sum(tickets) AS tickets, sum(consumed) AS consumed,
            sum(reserved) AS reserved
        FROM share GROUP BY resident_id
    ), quota AS (
        SELECT * FROM v_quota_days WHERE business_on = :day
    )
    SELECT resident_id, q.tickets IS NULL AS gone,
        q.reserved_minor IS DISTINCT FROM coalesce(s.reserved, 0) AS reserved,
        q.consumed_minor IS DISTINCT FROM coalesce(s.consumed, 0) AS consumed,
        q.tickets IS DISTINCT FROM coalesce(s.tickets, 0) AS tickets
    FROM quota AS q FULL JOIN everywhere AS s USING (resident_id)
    WHERE q.reserved_minor IS DISTINCT FROM coalesce(s.reserved, 0)
        OR q.consumed_minor IS DISTINCT FROM coalesce(s.consumed, 0)
        OR q.tickets IS DISTINCT FROM coalesce(s.tickets, 0)
    ORDER BY resident_id
    """
)
# A version before counted at the ports that limit alone, and described no lots in their events: of
# its lots no row is missed.
_AT_PORTS: Final = text(
    f"""
    {_SHARES}
    SELECT resident_id, port, p.tickets IS NULL AS gone
    FROM (SELECT * FROM v_port_tickets WHERE business_on = :day) AS p
    FULL JOIN share AS s USING (resident_id, port)
    WHERE coalesce(p.tickets, 0) <> coalesce(s.tickets, 0)
        AND (p.tickets IS NOT NULL OR s.at_all_ports)
    ORDER BY resident_id, port
    """
)


async def differing_quota(tx: Statements) -> AsyncIterator[tuple[str, str]]:
    """Residents' days that say otherwise than their lots: whose and which, and what."""
    today = business_day(datetime.now(UTC))
    for ago in range(DAYS, -2, -1):
        day = today - timedelta(days=ago)
        for row in await tx.execute(_DIFFERING, {"day": day}):
            where = f"{show('res', row.resident_id)}, {day}"
            if row.gone:
                yield where, "quota_days has no row of what its lots' tickets hold"
                continue
            columns = {
                "reserved_minor": row.reserved,
                "consumed_minor": row.consumed,
                "tickets": row.tickets,
            }
            for name in (name for name, differs in columns.items() if differs):
                yield where, f"quota_days.{name} is not what its lots' tickets and events say"
        for row in await tx.execute(_AT_PORTS, {"day": day}):
            where = f"{show('res', row.resident_id)}, {day}"
            if row.gone:
                yield where, f"port_tickets has no row of what its lots' tickets say at {row.port}"
                continue
            yield where, f"port_tickets.tickets at {row.port} is not what its lots' tickets say"
