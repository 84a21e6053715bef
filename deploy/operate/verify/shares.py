"""Whether the members who said yes, or no, to their shares are those of whom the log says so.

Which tickets an event is of, it says by their lines alone; one of a version before said how many.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.platform.database import Row, Statements

COMPARED: Final = {"tickets": ("confirmed_at", "refused_at")}
"""The columns of which this module compares whether they say when."""
_SHARES: Final = text("""
    SELECT lot_id, count(*) AS tickets, count(refused_at) AS refused,
        array_agg(line_no ORDER BY line_no) FILTER (WHERE confirmed_at IS NOT NULL) AS confirmed
    FROM v_tickets WHERE lot_id = ANY(CAST(:lot_ids AS uuid[])) GROUP BY lot_id
""")


async def shares_differing(
    tx: Statements, chains: Mapping[UUID, tuple[str, Sequence[Row]]], found: dict[UUID, list[str]]
) -> None:
    """Lots of which other shares are confirmed or refused than their events say."""
    lots = [case_id for case_id, (kind, _) in chains.items() if kind == "lot"]
    if not lots:
        return
    said: dict[UUID, Row] = {
        row.lot_id: row for row in await tx.execute(_SHARES, {"lot_ids": lots})
    }
    for lot_id in lots:
        # That a lot has no tickets its digest says.
        if (row := said.get(lot_id)) is None:
            continue
        lines, count, refused = _as_said(chains[lot_id][1], row.tickets)
        there = row.confirmed or []
        if len(there) != count or (lines is not None and set(there) != lines):
            found[lot_id].append("tickets.confirmed_at is not what the lot's events say")
        if row.refused != refused:
            found[lot_id].append("tickets.refused_at is not what the lot's events say")


def _as_said(events: Sequence[Row], tickets: int) -> tuple[set[int] | None, int, int]:
    """Which lines are confirmed, None where that is not said; how many are, and are refused."""
    lines: set[int] | None = set()
    counts: dict[str, int] = defaultdict(int)
    for event in events:
        if event.type not in ("LotSubmitted", "LotAmended", "SharesConfirmed", "ShareRefused"):
            continue
        body = json.loads(event.body)
        match event.type:
            case "ShareRefused":
                counts["refused"] = body.get("tickets", 0)
            case "LotAmended":
                lines, counts["confirmed"] = set(), 0
            case "LotSubmitted" if not body.get("identity_confirmed"):
                pass
            case "SharesConfirmed" if body.get("unconfirmed"):
                counts["confirmed"] += body.get("tickets", 0)
                of = body.get("lines")
                lines = None if lines is None or not of else lines | set(of)
            case _:
                lines, counts["confirmed"] = set(range(1, tickets + 1)), tickets
    return lines, counts["confirmed"], counts["refused"]
