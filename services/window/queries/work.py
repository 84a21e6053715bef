"""The work list: what waits on a caller's desks, soonest due first.

Each desk is read by its own index, from where the page before ended and no further than a page, so
a list costs what it shows, however many cases are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.platform.visibility import Viewer, resident_of
from services.window.domain.model import Colleague, Desk, Place

COUNTED_MAX: Final = 1000
"""Nobody is told more exactly than so many how much of a kind waits."""

_FILTERED: Final = """
    ASKED(w.code = :code)
    AND ASKED(w.due_at < :due_before)
    AND ASKED(w.since < :since_before)
    AND ASKED(EXISTS (
        SELECT FROM cases AS c WHERE c.case_id = w.case_id AND c.port = :port
    ))
"""
_DESKS: Final = """
    unnest(
        CAST(:desks AS text[]), CAST(:ranks AS int[]), CAST(:from_due AS text[]),
        CAST(:from_case AS uuid[]), CAST(:from_code AS text[])
    ) AS d (desk, rank, from_due, from_case, from_code)
"""
# Of the shares that a resident has yet to confirm the tickets know; no row is kept for each.
_OWN_SHARES: Final = """
    SELECT t.lot_id AS case_id, CAST('SHARES_TO_CONFIRM' AS text) AS code, CAST('lot' AS text) AS
        kind, h.opened_at AS since, CAST('infinity' AS timestamptz) AS due_at
    FROM v_tickets AS t INNER JOIN cases AS h ON h.case_id = t.lot_id
    WHERE t.resident_id = CAST(:resident_id AS uuid) AND t.confirmed_at IS NULL
        AND h.state = 'SUBMITTED'
"""
_ITEMS = Filtered(
    f"""
    SELECT i.rank, i.case_id, i.code, i.kind, i.since, nullif(i.due_at, 'infinity') AS due_at,
        c.state, c.version, c.holder, c.reference, c.port
    FROM (
        SELECT d.rank, w.* FROM {_DESKS}
        CROSS JOIN unnest(CAST(:kinds AS text[])) AS k (kind)
        CROSS JOIN LATERAL (
            SELECT w.case_id, w.code, w.kind, w.since, w.due_at FROM case_waits AS w
            WHERE w.desk = d.desk AND w.kind = k.kind
                AND (w.due_at, w.case_id, w.code)
                    > (CAST(d.from_due AS timestamptz), d.from_case, d.from_code)
                AND {_FILTERED}
            ORDER BY w.due_at, w.case_id, w.code LIMIT :rows
        ) AS w
        UNION
        SELECT d.rank, w.* FROM {_DESKS}, ({_OWN_SHARES}) AS w
        WHERE d.rank = 0 AND CAST(:resident_id AS uuid) IS NOT NULL
            AND w.kind = ANY(CAST(:kinds AS text[]))
            AND (w.due_at, w.case_id, w.code)
                > (CAST(d.from_due AS timestamptz), d.from_case, d.from_code)
            AND {_FILTERED}
        ORDER BY rank, due_at, case_id, code LIMIT :rows
    ) AS i
    INNER JOIN cases AS c ON c.case_id = i.case_id
    ORDER BY i.rank, i.due_at, i.case_id, i.code
    """
)
# In the index's order, so that a kind of which nothing waits is not looked for in all the table.
_COUNTS = text(
    f"""
    SELECT i.kind, count(*) AS waiting FROM (
        SELECT w.* FROM unnest(CAST(:desks AS text[])) AS d (desk)
        CROSS JOIN unnest(CAST(:kinds AS text[])) AS k (kind)
        CROSS JOIN LATERAL (
            SELECT w.kind, w.case_id, w.code FROM case_waits AS w
            WHERE w.desk = d.desk AND w.kind = k.kind
                AND w.kind || ':' || w.code <> ALL(CAST(:known_of AS text[]))
            ORDER BY w.due_at, w.case_id, w.code LIMIT {COUNTED_MAX}
        ) AS w
        UNION
        SELECT w.kind, w.case_id, w.code FROM ({_OWN_SHARES}) AS w
        WHERE CAST(:resident_id AS uuid) IS NOT NULL AND w.kind = ANY(CAST(:kinds AS text[]))
    ) AS i GROUP BY i.kind
    """
)
_COLLEAGUES = text(
    "SELECT 'officer:ofc_' || replace(CAST(officer_id AS text), '-', '') AS party, team, active"
    " FROM v_officers WHERE port = :port"
)
_FIRST: Final = ("-infinity", UUID(int=0), "")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the work is asked for; None does not ask."""

    kind: str | None = None
    code: str | None = None
    port: str | None = None
    due_before: datetime | None = None
    since_before: datetime | None = None


async def colleagues(tx: Statements, actor: Actor) -> list[Colleague]:
    """The officers on file at an officer's port."""
    found = await tx.execute(_COLLEAGUES, {"port": actor.port})
    return [Colleague(row.party, row.team, row.active) for row in found]


async def work_list(
    tx: Statements,
    viewer: Viewer,
    desks: Sequence[Desk],
    wanted: Wanted,
    *,
    after: Place | None,
    rows: int,
) -> Sequence[Row]:
    """What waits on these desks: their own order first, then soonest due, then longest there."""
    ahead = [desk for desk in desks if after is None or desk.rank >= after.rank]
    starts = [_start(desk, after) for desk in ahead]
    found = await tx.execute(
        _ITEMS,
        {
            **_at(ahead, viewer, wanted.kind),
            "ranks": [desk.rank for desk in ahead],
            "from_due": [due for due, _, _ in starts],
            "from_case": [case for _, case, _ in starts],
            "from_code": [code for _, _, code in starts],
            "code": wanted.code,
            "port": wanted.port,
            "due_before": wanted.due_before,
            "since_before": wanted.since_before,
            "rows": rows,
        },
    )
    return found.all()


async def work_counts(
    tx: Statements, viewer: Viewer, desks: Sequence[Desk], known_of: Sequence[str] = ()
) -> dict[str, int]:
    """How much waits on these desks, by kind of case, but for what they only know of."""
    found = await tx.execute(_COUNTS, _at(desks, viewer, None) | {"known_of": known_of})
    return {row.kind: row.waiting for row in found}


def _start(desk: Desk, after: Place | None) -> tuple[str, UUID, str]:
    """From where on a desk is read: from its beginning, unless the page before ended on it."""
    if after is None or desk.rank > after.rank:
        return _FIRST
    due = "infinity" if after.due_at is None else after.due_at.isoformat()
    return due, after.case_id, after.code


def _at(desks: Sequence[Desk], viewer: Viewer, kind: str | None) -> dict[str, Any]:
    return {
        "desks": [desk.name for desk in desks],
        "kinds": [k for k in viewer.kinds if kind in (None, k)],
        "resident_id": resident_of(viewer.actor),
    }
