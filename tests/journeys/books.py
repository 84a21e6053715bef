"""What must add up at the end of any day, whatever happened during it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import asyncpg

_UNDELIVERED: Final = "SELECT outbox_id FROM outbox"
#: Name of the law -> a statement that lists what breaks it.
LAWS: Final = {
    "quota consumed and reserved equal the tickets of lots that were not given back": """
        SELECT coalesce(q.resident_id, t.resident_id) FROM quota_days AS q
        FULL JOIN (
            SELECT t.resident_id, l.business_on,
                sum(t.value_minor) FILTER (
                    WHERE l.released_at IS NOT NULL OR l.state = 'SEIZED'
                ) AS consumed,
                sum(t.value_minor) FILTER (
                    WHERE l.released_at IS NULL AND l.state <> 'SEIZED'
                ) AS reserved
            FROM tickets AS t JOIN lots AS l USING (lot_id)
            WHERE l.state NOT IN ('CANCELLED', 'REJECTED', 'RETURNED')
            GROUP BY 1, 2
        ) AS t ON t.resident_id = q.resident_id AND t.business_on = q.business_on
        WHERE q.consumed_minor IS DISTINCT FROM coalesce(t.consumed, 0)
            OR q.reserved_minor IS DISTINCT FROM coalesce(t.reserved, 0)
    """,
    "manifests are written off by the gross weight of released and seized lots": """
        SELECT m.manifest_no FROM manifests AS m
        LEFT JOIN lots AS l ON l.manifest_key = m.manifest_key
            AND l.plate_key = m.plate_key
            AND l.state NOT IN ('CANCELLED', 'REJECTED', 'RETURNED')
        GROUP BY m.manifest_key, m.plate_key
        HAVING m.written_off_kg
            <> coalesce(sum(l.gross_kg) FILTER (
                WHERE l.released_at IS NOT NULL OR l.state = 'SEIZED'
            ), 0)
    """,
    "no lot is paid twice": """
        SELECT lot_id FROM v_settlements WHERE state = 'SETTLED'
        GROUP BY lot_id HAVING count(*) > 1
    """,
    "what is settled for a lot is its value": """
        SELECT l.lot_id FROM v_settlements AS s JOIN lots AS l USING (lot_id)
        WHERE s.state = 'SETTLED' AND s.amount_minor <> l.value_minor
    """,
    "every lot is bought at most once": """
        SELECT lot_id FROM v_purchases GROUP BY lot_id HAVING count(*) > 1
    """,
    "every case's head is its last event": """
        SELECT c.case_id FROM cases AS c
        LEFT JOIN events AS e ON e.case_id = c.case_id AND e.seq = c.seq
        WHERE e.hash IS DISTINCT FROM c.head
    """,
    "every lot's header says what its row says": """
        SELECT l.lot_id FROM lots AS l LEFT JOIN cases AS c ON c.case_id = l.lot_id
        WHERE c.state IS DISTINCT FROM l.state OR c.reference IS DISTINCT FROM l.reference
    """,
    "nobody is waited for in a lot that is done, but for its delivery": """
        SELECT c.case_id, w.code FROM cases AS c JOIN case_waits AS w USING (case_id)
        WHERE c.kind = 'lot' AND c.ended_at IS NOT NULL AND w.code NOT IN ('DISPATCH', 'RECEIPT')
    """,
    "nothing waits undelivered": _UNDELIVERED,
}


async def broken_laws(database_url: str) -> dict[str, list[Any]]:
    """The laws that do not hold, each with what breaks it; empty when the books are in order.

    What was put off while a server was away has forty seconds to be delivered.
    """
    connection = await asyncpg.connect(database_url)
    try:
        for _ in range(200):
            if not await connection.fetch(_UNDELIVERED):
                break
            await asyncio.sleep(0.2)
        found = {law: await connection.fetch(sql) for law, sql in LAWS.items()}
    finally:
        await connection.close()
    return {law: [tuple(row) for row in rows] for law, rows in found.items() if rows}
