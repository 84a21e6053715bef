"""Cases by their headers, their links and their events, as far as the actor may see them.

Whatever the kind of case, one row is read: how many services and cases there are costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.platform.visibility import VISIBLE, Viewer, sees_all

# Until when a case stands otherwise to those outside, where that ends by the clock; of these kinds
# alone (``Outside.until``).
_KEPT_UNTIL: Final = """
    CASE WHEN c.kind = 'stl' THEN (
        SELECT s.hold_told_at FROM v_settlements AS s WHERE s.instruction_id = c.case_id
    ) END AS kept_until"""
_HEADER: Final = f"""
    c.case_id, c.kind, c.version, c.opened_at, c.ended_at, c.reference, c.port, c.state, c.holder,
    c.clock, c.clock_started_at, c.due_at, c.due_strictly, c.clock_stopped_at, c.escalated_at,
    {_KEPT_UNTIL}
"""
_CASE = text(
    f"""
    SELECT {_HEADER},
        ARRAY(
            SELECT DISTINCT w.code FROM case_waits AS w
            WHERE w.case_id = c.case_id ORDER BY w.code
        ) AS waits,
        CASE WHEN c.kind = 'lot' AND c.state = 'SUBMITTED' THEN (
            SELECT count(*) FROM v_tickets AS t
            WHERE t.lot_id = c.case_id AND t.confirmed_at IS NULL
        ) END AS unconfirmed
    FROM cases AS c WHERE c.case_id = :case_id AND c.kind = :kind AND {VISIBLE}
    """
)
# By either an index leads to the few that are meant.
_CALLED = f"""(
        SELECT {_HEADER} FROM cases AS c
        WHERE {{so}} AND ASKED(c.case_id > :after) AND {VISIBLE}
        ORDER BY c.case_id LIMIT :rows
    )"""
_BY_REFERENCE = Filtered(_CALLED.format(so="c.reference = :reference"))
BY_REFERENCE_OR_NUMBER = Filtered(
    _CALLED.format(so="c.reference = :reference")
    + " UNION "
    + _CALLED.format(so="right(CAST(c.case_id AS text), 8) = :number")
    + " ORDER BY case_id LIMIT :rows"
)
_NUMBER: Final = re.compile(r"[0-9a-f]{8}")
"""The end of a case's number, as screens show it."""
_LINKED = text(
    f"""
    SELECT {_HEADER}
    FROM case_links AS i INNER JOIN cases AS c ON c.case_id = i.linked_id
    WHERE i.case_id = :case_id AND {VISIBLE}
    ORDER BY c.case_id LIMIT :rows
    """
)
_PURCHASE = text(
    "SELECT p.purchase_id, p.net_kg, p.bought_at, d.dispatched_at, d.received_kg, d.received_at,"
    " CASE WHEN p.voided_at IS NULL THEN coalesce(d.holder, 'buyer') ELSE 'nobody' END AS holder"
    " FROM v_purchases AS p LEFT JOIN v_deliveries AS d USING (purchase_id)"
    " WHERE p.lot_id = :lot_id"
)
_SEEN = text(
    f"""
    SELECT c.case_id, c.kind FROM cases AS c
    WHERE c.case_id = ANY(CAST((SELECT CAST(:case_ids AS uuid[])) AS uuid[])) AND {VISIBLE}
    """
)
_OVERDUE = Filtered(
    f"""
    SELECT {_HEADER} FROM cases AS c
    WHERE c.clock IS NOT NULL AND c.clock_stopped_at IS NULL AND c.ended_at IS NULL
        AND (:sees_all OR c.port = :actor_port)
        AND (c.escalated_at IS NOT NULL OR c.due_at <= now())
        AND c.kind = ANY(CAST(:kinds AS text[]))
        AND ASKED(c.case_id > :after)
    ORDER BY c.case_id LIMIT :rows
    """
)
# What was decided too late stays listed: why it took so long is asked afterwards.
_DECIDED_LATE = Filtered(
    f"""
    SELECT {_HEADER} FROM cases AS c
    WHERE c.escalated_at IS NOT NULL AND c.clock_stopped_at IS NOT NULL
        AND (:sees_all OR c.port = :actor_port) AND c.kind = ANY(CAST(:kinds AS text[]))
        AND ASKED(c.case_id > :after)
    ORDER BY c.case_id LIMIT :rows
    """
)


async def case_get(tx: Statements, case_id: UUID, kind: str, viewer: Viewer) -> Row | None:
    """One case, None when there is none that the viewer may see."""
    found = await tx.execute(_CASE, {"case_id": case_id, "kind": kind, **viewer.values()})
    return found.one_or_none()


async def case_list(
    tx: Statements, viewer: Viewer, *, reference: str, after: UUID | None, rows: int
) -> Sequence[Row]:
    """Cases to which their maker gave this reference, or whose number ends so, oldest first."""
    values = {"reference": reference, "after": after, "rows": rows, **viewer.values()}
    number = reference.lower()
    if _NUMBER.fullmatch(number) is None:
        return (await tx.execute(_BY_REFERENCE, values)).all()
    return (await tx.execute(BY_REFERENCE_OR_NUMBER, {**values, "number": number})).all()


async def linked_cases(
    tx: Statements, case_id: UUID, viewer: Viewer, *, rows: int
) -> Sequence[Row]:
    """Cases that this one led to or came from, oldest first."""
    found = await tx.execute(_LINKED, {"case_id": case_id, "rows": rows, **viewer.values()})
    return found.all()


async def purchase_of(tx: Statements, lot_id: UUID) -> Row | None:
    """The sale of a lot in the second market with its movement and receipt; None when unsold."""
    return (await tx.execute(_PURCHASE, {"lot_id": lot_id})).one_or_none()


async def kinds_of_visible(
    tx: Statements, case_ids: Iterable[UUID], viewer: Viewer
) -> dict[UUID, str]:
    """Those of the cases that the viewer may see, each with its identifier's prefix."""
    found = await tx.execute(_SEEN, {"case_ids": list(case_ids), **viewer.values()})
    return {row.case_id: row.kind for row in found}


async def overdue_list(
    tx: Statements,
    viewer: Viewer,
    *,
    decided: bool,
    kinds: Collection[str],
    after: UUID | None,
    rows: int,
) -> Sequence[Row]:
    """Cases of these kinds whose clock ran out at the viewer's port, oldest first: not decided yet,
    or decided too late."""
    found = await tx.execute(
        _DECIDED_LATE if decided else _OVERDUE,
        {
            "sees_all": sees_all(viewer.actor),
            "kinds": [kind for kind in viewer.kinds if kind in kinds],
            "actor_port": viewer.actor.port,
            "after": after,
            "rows": rows,
        },
    )
    return found.all()
