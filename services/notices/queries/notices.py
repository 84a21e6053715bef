"""A person's notices: the own party's, as long as it may read what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text

from services.kernel.messages import Actor
from services.notices.domain.rules.telling import MEMBERS
from services.platform.database import Row, Statements
from services.platform.visibility import resident_of

COUNTED_MOST: Final = 100
"""So many unread ones are counted; then it is "more"."""
OWN: Final = f"""
    (
        n.party = :party AND (NOT n.as_reader OR EXISTS (
            SELECT FROM cases AS c WHERE c.case_id = n.case_id AND n.party = ANY(c.readers)
        ))
        OR n.party = '{MEMBERS}' AND n.case_id IN (
            SELECT t.lot_id FROM v_tickets AS t
            WHERE t.resident_id = CAST(:resident_id AS uuid)
        )
    )
"""
"""SQL of whether the notice ``n`` is a person's to read (``whose``)."""
_UNREAD: Final = """
    n.number > coalesce((
        SELECT p.read_up_to FROM notice_people AS p
        WHERE p.party = :party AND p.subject = :subject
    ), 0)
    AND NOT EXISTS (
        SELECT FROM notice_reads AS r
        WHERE r.party = :party AND r.subject = :subject AND r.number = n.number
    )
"""
_LIST: Final = text(
    f"""
    SELECT n.*, NOT ({_UNREAD}) AS is_read FROM notices AS n
    WHERE {OWN} AND (:before = 0 OR n.number < :before) ORDER BY n.number DESC LIMIT :rows
    """
)
_LIST_UNREAD: Final = text(
    f"""
    SELECT n.*, false AS is_read FROM notices AS n
    WHERE {OWN} AND {_UNREAD} AND (:before = 0 OR n.number < :before)
    ORDER BY n.number DESC LIMIT :rows
    """
)
_COUNT: Final = text(
    f"""
    SELECT count(*) FROM (
        SELECT FROM notices AS n WHERE {OWN} AND {_UNREAD} LIMIT {COUNTED_MOST + 1}
    ) AS unread
    """
)


def whose(actor: Actor) -> dict[str, Any]:
    """Bind values of OWN."""
    return {"party": actor.party, "resident_id": resident_of(actor)}


async def notice_list(
    tx: Statements, actor: Actor, *, unread: bool, before: int, rows: int
) -> Sequence[Row]:
    """The person's notices, the newest first; ``before`` is a number, 0 for the first page."""
    values = {**whose(actor), "subject": actor.subject, "before": before, "rows": rows}
    return (await tx.execute(_LIST_UNREAD if unread else _LIST, values)).all()


async def unread_count(tx: Statements, actor: Actor) -> tuple[int, bool]:
    """How many notices the person has not read, and whether there are more than that."""
    values = {**whose(actor), "subject": actor.subject}
    found: int = (await tx.execute(_COUNT, values)).scalar_one()
    return min(found, COUNTED_MOST), found > COUNTED_MOST
