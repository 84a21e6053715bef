"""Reads of the window: cases, their links and their events, as far as the actor may see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.authentication import Caller
from services.platform.database import Row, Statements
from services.platform.visibility import readers_of, sees_all
from services.window.domain.rules.reading import kinds_read

_VISIBLE: Final = """
    PREFIX = ANY(CAST(:kinds AS text[])) AND (:sees_all OR EXISTS (
        SELECT FROM v_case_readers AS r
        WHERE r.case_id = c.case_id AND r.reader = ANY(CAST(:readers AS text[]))
    ))
"""


def _visible(prefix: str) -> str:
    """Where the case ``c`` is one that the caller may see; ``prefix`` holds what kind it is."""
    return _VISIBLE.replace("PREFIX", prefix)


_CASE = text(
    f"""
    SELECT c.*, coalesce(k.seq, 0) AS version,
        (
            SELECT count(*) FROM v_tickets AS t
            WHERE t.lot_id = c.case_id AND t.confirmed_at IS NULL
        ) AS unconfirmed
    FROM v_cases AS c LEFT JOIN cases AS k ON k.case_id = c.case_id
    WHERE c.case_id = :case_id AND c.prefix = :prefix AND {_visible("c.prefix")}
    """
)
_BY_REFERENCE = text(
    f"""
    SELECT c.*, coalesce(k.seq, 0) AS version
    FROM v_cases AS c LEFT JOIN cases AS k ON k.case_id = c.case_id
    WHERE c.reference = :reference AND (CAST(:after AS uuid) IS NULL OR c.case_id > :after)
        AND {_visible("c.prefix")}
    ORDER BY c.case_id LIMIT :rows
    """
)
_LINKED = text(
    f"""
    SELECT c.* FROM v_case_links AS i INNER JOIN v_cases AS c ON c.case_id = i.linked_id
    WHERE i.case_id = :case_id AND {_visible("c.prefix")}
    ORDER BY c.case_id LIMIT :rows
    """
)
_PURCHASE = text(
    "SELECT purchase_id, net_kg, bought_at, dispatched_at, received_kg, received_at, holder"
    " FROM v_purchases WHERE lot_id = :lot_id"
)
_EVENTS = text(
    """
    SELECT case_id, seq, type, actor, body, occurred_at FROM events
    WHERE case_id = :case_id AND seq > :after ORDER BY seq LIMIT :rows
    """
)
_SEEN = text(
    "SELECT c.case_id, c.kind FROM cases AS c"
    f" WHERE c.case_id = ANY(:case_ids) AND {_visible('c.kind')}"
)
_OVERDUE = text(
    """
    SELECT c.*, 0 AS unconfirmed FROM v_cases AS c
    WHERE c.prefix = 'lot' AND c.state IN ('SUBMITTED', 'IDENTITY_OK', 'IN_INSPECTION')
        AND c.prefix = ANY(CAST(:kinds AS text[])) AND (:sees_all OR c.port = :actor_port)
        AND (c.clock_ran_out_at IS NOT NULL OR c.clock_due_at <= now())
        AND (CAST(:after AS uuid) IS NULL OR c.case_id > :after)
    ORDER BY c.case_id LIMIT :rows
    """
)


_WEBHOOKS = text(
    """
    SELECT * FROM webhooks
    WHERE party = :party AND state <> 'REMOVED'
        AND (CAST(:after AS uuid) IS NULL OR webhook_id > :after)
    ORDER BY webhook_id LIMIT :rows
    """
)
_WEBHOOK = text("SELECT * FROM webhooks WHERE webhook_id = :webhook_id AND party = :party")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, and at which kinds of case (``domain/rules/reading.py``)."""

    actor: Actor
    kinds: Sequence[str]

    @classmethod
    def of(cls, caller: Caller) -> Viewer:
        """A caller, with what his scopes let him read."""
        return cls(caller.actor, kinds_read(caller.actor, caller.scopes))


def _seen_by(viewer: Viewer) -> dict[str, Any]:
    actor = viewer.actor
    return {"sees_all": sees_all(actor), "readers": readers_of(actor), "kinds": list(viewer.kinds)}


async def case_get(tx: Statements, case_id: UUID, prefix: str, viewer: Viewer) -> Row | None:
    """One case, None when there is none that the viewer may see."""
    found = await tx.execute(_CASE, {"case_id": case_id, "prefix": prefix, **_seen_by(viewer)})
    return found.one_or_none()


async def case_list(
    tx: Statements, viewer: Viewer, *, reference: str, after: UUID | None, rows: int
) -> Sequence[Row]:
    """Cases to which their maker gave this reference, oldest first."""
    found = await tx.execute(
        _BY_REFERENCE,
        {"reference": reference, "after": after, "rows": rows, **_seen_by(viewer)},
    )
    return found.all()


async def linked_cases(
    tx: Statements, case_id: UUID, viewer: Viewer, *, rows: int
) -> Sequence[Row]:
    """Cases that this one led to or came from, oldest first."""
    found = await tx.execute(_LINKED, {"case_id": case_id, "rows": rows, **_seen_by(viewer)})
    return found.all()


async def purchase_of(tx: Statements, lot_id: UUID) -> Row | None:
    """The sale of a lot in the second market with its movement and receipt; None when unsold."""
    return (await tx.execute(_PURCHASE, {"lot_id": lot_id})).one_or_none()


async def events_of(tx: Statements, case_id: UUID, *, after: int, rows: int) -> Sequence[Row]:
    """A case's events after a number, in the order of its chain."""
    found = await tx.execute(_EVENTS, {"case_id": case_id, "after": after, "rows": rows})
    return found.all()


async def kinds_of_visible(
    tx: Statements, case_ids: Iterable[UUID], viewer: Viewer
) -> dict[UUID, str]:
    """Those of the cases that the viewer may see, each with its identifier's prefix."""
    found = await tx.execute(_SEEN, {"case_ids": list(case_ids), **_seen_by(viewer)})
    return {row.case_id: row.kind for row in found}


async def overdue_list(
    tx: Statements, viewer: Viewer, *, after: UUID | None, rows: int
) -> Sequence[Row]:
    """Lots not yet decided whose release clock ran out, at the viewer's port, oldest first."""
    found = await tx.execute(
        _OVERDUE,
        {
            **_seen_by(viewer),
            "actor_port": viewer.actor.port,
            "after": after,
            "rows": rows,
        },
    )
    return found.all()


async def webhook_list(
    tx: Statements, actor: Actor, *, after: UUID | None, rows: int
) -> Sequence[Row]:
    """The party's standing webhooks, oldest first."""
    values = {"party": actor.party, "after": after, "rows": rows}
    return (await tx.execute(_WEBHOOKS, values)).all()


async def webhook_get(tx: Statements, actor: Actor, webhook_id: UUID) -> Row:
    """One webhook of the party, removed ones too. Raises Refused NOT_FOUND."""
    found = await tx.execute(_WEBHOOK, {"webhook_id": webhook_id, "party": actor.party})
    row = found.one_or_none()
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row
