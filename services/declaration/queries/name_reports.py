"""Reports that a use of a name was not its bearer's own: which, since when, of what use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.event_log import version_of
from services.platform.filtered import Filtered
from services.platform.visibility import resident_of

_SHOWN: Final = f"""
    SELECT r.*, {version_of("r.report_id")}, l.reference, l.port, l.state AS lot_state,
        l.goods_name, l.group_code, t.value_minor, t.currency, t.confirmed_at, p.passkey_id
    FROM name_reports AS r JOIN lots AS l USING (lot_id)
    CROSS JOIN LATERAL (
        SELECT sum(s.value_minor) AS value_minor, min(s.currency) AS currency,
            max(s.confirmed_at) AS confirmed_at
        FROM tickets AS s WHERE s.lot_id = r.lot_id AND s.resident_id = r.resident_id
    ) AS t
    LEFT JOIN LATERAL (
        SELECT o.passkey_id FROM touches AS o
        WHERE o.case_id = r.lot_id AND o.resident_id = r.resident_id
        ORDER BY o.touched_at DESC LIMIT 1
    ) AS p ON true
"""
_ONE = text(f"{_SHOWN} WHERE r.report_id = :report_id")
_LIST = Filtered(
    f"{_SHOWN}"
    " WHERE ASKED(r.resident_id = :resident)"
    " AND ASKED(r.lot_id = :lot)"
    " AND ASKED((r.decided_at IS NULL) = :open)"
    " AND ASKED(r.decided_at IS NULL AND r.due_at < :late_at)"
    " AND ASKED(r.report_id > :after)"
    " ORDER BY r.report_id LIMIT :rows"
)


async def name_report(tx: Statements, report_id: UUID) -> Row:
    """A report that is on record."""
    return (await tx.execute(_ONE, {"report_id": report_id})).one()


async def name_report_get(tx: Statements, report_id: UUID, actor: Actor) -> Row:
    """A report that the caller may read: the own, of the registrar's office and auditors any.

    Raises Refused NOT_FOUND otherwise.
    """
    row = (await tx.execute(_ONE, {"report_id": report_id})).one_or_none()
    own = actor.party_kind == "resident"
    if row is None or (own and row.resident_id != resident_of(actor)):
        raise Refused(NOT_FOUND.at())
    return row


async def name_report_list(tx: Statements, actor: Actor, **filters: object) -> Sequence[Row]:
    """Reports that the caller may read, oldest first."""
    own = resident_of(actor)
    if own is None and actor.party_kind == "resident":
        return ()
    return (await tx.execute(_LIST, {"resident": own, **filters})).all()
