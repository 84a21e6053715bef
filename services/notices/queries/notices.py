"""A person's notices: the own party's, as long as it may read what they are about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text

from services.kernel.messages import Actor
from services.notices.domain.rules.telling import MEMBERS
from services.notices.queries.people import person_of
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.platform.visibility import readers_of, resident_of

COUNTED_MOST: Final = 100
"""So many unread ones are counted; then it is "more"."""
_OF_PARTY: Final = """
    SELECT n.* FROM notices AS n WHERE n.party = :reader AND (NOT n.as_reader OR EXISTS (
        SELECT FROM cases AS c WHERE c.case_id = n.case_id AND n.party = ANY(c.readers)
    ))
"""
# By the own lots, of which there are hundreds, and not by all members' notices.
_OF_MEMBER: Final = f"""
    SELECT n.* FROM (
        SELECT DISTINCT t.lot_id FROM v_tickets AS t
        WHERE t.resident_id = CAST(:resident_id AS uuid)
    ) AS own INNER JOIN notices AS n ON n.case_id = own.lot_id AND n.party = '{MEMBERS}'
"""
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


def own(actor: Actor) -> str:
    """SQL of the notices that are a person's to read (``whose``)."""
    return _OF_PARTY if resident_of(actor) is None else f"{_OF_PARTY} UNION ALL {_OF_MEMBER}"


@cache
def _list(own_ones: str, unread: bool) -> Filtered:
    read, only = ("false", f"AND {_UNREAD}") if unread else (f"NOT ({_UNREAD})", "")
    return Filtered(
        f"""
        SELECT n.*, {read} AS is_read FROM ({own_ones}) AS n
        WHERE ASKED(n.number < (
            SELECT b.number FROM notices AS b WHERE b.notice_id = CAST(:before AS uuid)
        )) {only}
        ORDER BY n.number DESC LIMIT :rows
        """
    )


@cache
def _count(own_ones: str) -> TextClause:
    return text(
        f"""
        SELECT count(*) FROM (
            SELECT FROM ({own_ones}) AS n WHERE {_UNREAD} LIMIT {COUNTED_MOST + 1}
        ) AS unread
        """
    )


@cache
def _numbers(own_ones: str) -> TextClause:
    return text(f"SELECT n.number FROM ({own_ones}) AS n WHERE n.notice_id = ANY(:notice_ids)")


def whose(actor: Actor) -> dict[str, Any]:
    """Bind values of ``own``: the own party's, of customs those of the port."""
    resident_id = resident_of(actor)
    reader = {"reader": next(iter(readers_of(actor)), None)}
    return reader if resident_id is None else {**reader, "resident_id": resident_id}


async def numbers_of(tx: Statements, actor: Actor, notice_ids: Collection[UUID]) -> Sequence[int]:
    """The numbers of those of these notices that are the person's."""
    values = {**whose(actor), "notice_ids": list(notice_ids)}
    return (await tx.execute(_numbers(own(actor)), values)).scalars()


async def notice_list(
    tx: Statements, actor: Actor, *, unread: bool, before: UUID | None, rows: int
) -> Sequence[Row]:
    """The person's notices, the newest first; those before one of them, or all."""
    values = {**whose(actor), **person_of(actor), "before": before, "rows": rows}
    return (await tx.execute(_list(own(actor), unread), values)).all()


async def unread_count(tx: Statements, actor: Actor) -> tuple[int, bool]:
    """How many notices the person has not read, and whether there are more than that."""
    values = {**whose(actor), **person_of(actor)}
    found: int = (await tx.execute(_count(own(actor)), values)).scalar_one()
    return min(found, COUNTED_MOST), found > COUNTED_MOST
