"""Reads of the declaration service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Query
from sqlalchemy import TextClause, text

from services.declaration.domain.rules.reminder import reminded_every, reminded_lately
from services.declaration.domain.rules.share_time import share_answered_in_time
from services.declaration.domain.states import LotState, Stands, acts_open
from services.kernel import canonical
from services.kernel.clock import business_day
from services.kernel.fields import Day
from services.kernel.identifiers import uuid_of
from services.kernel.lanes import Method, still_called_in
from services.kernel.messages import Actor
from services.kernel.policy import PolicyBook
from services.kernel.rule import asked
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.platform.officers import is_on_file

Law = Callable[[], Awaitable[PolicyBook]]
"""Reads the law; it is asked where something is judged by it, and not otherwise."""


def own_resident(actor: Actor) -> UUID | None:
    """The resident who acts for the own person; None for everybody else."""
    return uuid_of(actor.party_code, "res") if actor.party_kind == "resident" else None


# As the header's readers say, but by the lot's own columns: a list follows their index.
_VISIBLE: Final = """
    AND (
        :kind = 'auditor'
        OR (:kind = 'group' AND group_code = :code)
        OR (:kind = 'officer' AND l.port = :actor_port)
        OR (:kind = 'gate' AND l.port = :actor_port)
        OR submitted_by = :party
        OR (:kind = 'resident' AND EXISTS (
            SELECT FROM tickets AS t WHERE t.lot_id = l.lot_id AND t.resident_id = :resident_id
        ))
    )
"""
_COLUMNS: Final = """
    l.*, c.version,
    CASE
        WHEN l.state IN ('IDENTITY_OK', 'IN_INSPECTION') AND EXISTS (
            SELECT FROM v_inspection_orders AS o
            WHERE o.lot_id = l.lot_id AND o.lot_move IS NOT NULL AND (
                o.lot_move NOT IN ('release', 'cancel') OR NOT EXISTS (
                    SELECT FROM v_inspection_orders AS other
                    WHERE other.lot_id = l.lot_id AND other.lot_move IS NULL
                )
            )
        ) THEN 'VERDICT'
        WHEN l.state = 'GATE_OUT' AND EXISTS (
            SELECT FROM v_purchases AS p WHERE p.lot_id = l.lot_id
        ) THEN 'SALE'
        WHEN (l.state = 'SOLD' OR (l.state = 'GATE_OUT' AND l.purpose = 'OWN_USE')) AND (
            SELECT sum(s.settled_minor) FROM v_settlements AS s WHERE s.lot_id = l.lot_id
        ) >= l.value_minor THEN 'PAYMENT'
    END AS carrying_out,
    CASE WHEN l.state = 'SUBMITTED' THEN (
        SELECT count(*) FROM tickets AS t WHERE t.lot_id = l.lot_id AND t.confirmed_at IS NULL
    ) ELSE 0 END AS unconfirmed
"""
_FROM: Final = "v_lots AS l INNER JOIN cases AS c ON c.case_id = l.lot_id"
_LOT = text(f"SELECT {_COLUMNS} FROM {_FROM} WHERE l.lot_id = :lot_id {_VISIBLE}")
# Only what is asked for stands in the statement, so that each has a plan by its own index.
_ASKED: Final = {
    "state": "l.state = :state",
    "reference": "l.reference_key = :reference",
    "manifest": "l.manifest_key = :manifest",
    "group": "l.group_code = (SELECT group_code FROM v_groups WHERE code_key = :group)",
    "hs_code": "starts_with(l.hs_code, :hs_code)",
    "lane": "l.lane = :lane",
    "day": "l.business_on = :day",
    "resident": "l.lot_id IN (SELECT lot_id FROM tickets WHERE resident_id = :resident)",
    # Of one truck's lots those are read alone, whichever of its plates is asked for.
    "plate": """l.lot_id IN (
        SELECT lot_id FROM lots WHERE plate_key = :plate
        UNION SELECT lot_id FROM lots WHERE foreign_plate_key = :plate
    )""",
}
_ORDERS: Final = {"oldest": (">", "ASC"), "newest": ("<", "DESC")}


@cache
def lots_asked(names: frozenset[str], order: str) -> TextClause:
    """The list of lots by what is asked for, of ``_ASKED``; from ``after`` on, if that is."""
    beyond, way = _ORDERS[order]
    conditions = [sql for name, sql in _ASKED.items() if name in names]
    conditions += [f"l.lot_id {beyond} :after"] if "after" in names else []
    return text(
        f"SELECT {_COLUMNS} FROM {_FROM} WHERE {' AND '.join(['true', *conditions])} {_VISIBLE}"
        f" ORDER BY l.lot_id {way} LIMIT :rows"
    )


MANDATED: Final = """EXISTS (
    SELECT FROM v_memberships AS m
    WHERE m.group_code = :group_code AND m.resident_id = t.resident_id
        AND m.joined_on <= :day AND (m.left_on IS NULL OR :day < m.left_on)
        AND m.mandated_from <= :day AND (m.mandated_to IS NULL OR :day < m.mandated_to)
) AND NOT EXISTS (
    SELECT FROM name_freezes AS z WHERE z.resident_id = t.resident_id AND z.thawed_at IS NULL
)"""
"""Whether a ticket's holder lets the group's clerk confirm for him on a day."""
_STANDS = text(
    f"""
    SELECT count(*) FILTER (WHERE t.confirmed_at IS NOT NULL) > 0 AS answered,
        count(*) FILTER (WHERE t.resident_id = CAST(:resident_id AS uuid)) > 0 AS has_share,
        count(*) FILTER (WHERE t.confirmed_at IS NULL AND (
            t.resident_id = CAST(:resident_id AS uuid)
            OR (CAST(:resident_id AS uuid) IS NULL AND {MANDATED})
        )) > 0 AS to_confirm,
        CASE WHEN CAST(:resident_id AS uuid) IS NULL THEN (
            SELECT max(e.occurred_at) FROM events AS e
            WHERE e.case_id = CAST(:lot_id AS uuid) AND e.type = 'MembersReminded'
        ) END AS reminded_at
    FROM tickets AS t WHERE t.lot_id = (SELECT CAST(:lot_id AS uuid))
    """
)
_INSPECTED = text(
    "SELECT method_ordered FROM v_inspection_orders WHERE lot_id = :lot_id AND lot_move IS NULL"
)
_TICKETS = Filtered(
    """
    SELECT t.*, (
        SELECT max(coalesce(y.said ->> 'consent', CASE y.said ->> 'by_mandate'
            WHEN 'true' THEN 'MANDATE' ELSE 'SESSION' END))
        FROM events AS e CROSS JOIN LATERAL (SELECT CAST(e.body AS jsonb)) AS y (said)
        WHERE e.case_id = t.lot_id AND e.type = 'SharesConfirmed'
            AND e.occurred_at = t.confirmed_at
            AND (coalesce(y.said -> 'lines', '[]') = '[]' OR y.said -> 'lines' @> to_jsonb(line_no))
    ) AS consent
    FROM tickets AS t
    WHERE lot_id = :lot_id AND line_no > :after AND ASKED(resident_id = :only)
    ORDER BY line_no LIMIT :rows
    """
)
_QUOTA = text("SELECT * FROM quota_days WHERE resident_id = :resident_id AND business_on = :day")
_FROZEN_AT = text(
    "SELECT frozen_at FROM name_freezes WHERE resident_id = :resident_id AND thawed_at IS NULL"
)
_MANIFEST = text(
    """
    SELECT m.* FROM manifests AS m WHERE m.manifest_key = :manifest_key AND (
        m.lodged_by = :party OR m.carrier = :party OR :kind = 'auditor'
        OR (:kind IN ('officer', 'gate') AND m.port = :actor_port)
        OR EXISTS (
            SELECT FROM lots AS l
            WHERE l.plate_key = m.plate_key AND l.manifest_key = m.manifest_key
                AND (l.submitted_by = :party OR (:kind = 'group' AND l.group_code = :code))
        )
    )
    ORDER BY m.lodged_at DESC LIMIT 1
    """
)


@dataclass
class Wanted:
    """By what lots are looked for, as the query of a request says it."""

    reference: Annotated[str | None, Query(max_length=64)] = None
    plate: Annotated[str | None, Query(max_length=80, description="either plate")] = None
    manifest_no: Annotated[str | None, Query(max_length=64)] = None
    group_code: Annotated[str | None, Query(max_length=160)] = None
    resident_id: Annotated[str | None, Query(max_length=40, description="res_…")] = None
    hs_code: Annotated[str | None, Query(max_length=52, description="the first digits")] = None
    lane: Annotated[Literal["GREEN", "YELLOW", "RED"] | None, Query()] = None
    day: Annotated[Day | None, Query(description="Beijing day of entry")] = None
    order: Annotated[Literal["oldest", "newest"], Query(description="which come first")] = "oldest"

    def values(self) -> dict[str, Any]:
        """Bind values, each in the form in which it is compared."""
        return {
            "reference": self.reference and canonical.reference_key(self.reference),
            "plate": self.plate and canonical.plate_key(self.plate),
            "manifest": self.manifest_no and canonical.number_key(self.manifest_no),
            "group": self.group_code and canonical.number_key(self.group_code),
            "resident": None if self.resident_id is None else uuid_of(self.resident_id, "res"),
            "hs_code": self.hs_code and canonical.commodity_code(self.hs_code),
            "lane": self.lane,
            "day": self.day,
        }


def visible_to(actor: Actor, resident_id: UUID | None) -> dict[str, Any]:
    """Bind values of the clause that limits lots to those the actor may see."""
    return {
        "kind": actor.party_kind,
        "code": actor.party_code,
        "party": actor.party,
        "actor_port": actor.port,
        "resident_id": resident_id,
    }


async def lot_get(
    tx: Statements, lot_id: UUID, actor: Actor, resident_id: UUID | None
) -> Row | None:
    """One lot, None when there is none that the actor may see."""
    found = await tx.execute(_LOT, {"lot_id": lot_id, **visible_to(actor, resident_id)})
    return found.one_or_none()


async def acts_on(
    tx: Statements, lot: Row, actor: Actor, law: Law, *, now: datetime
) -> Mapping[str, Sequence[str] | None]:
    """Which ``acts`` on a lot are open to whoever reads it, and how closely it may be called in."""
    state, stands = LotState(lot.state), set[Stands]()
    if lot.submitted_by != actor.party and not actor.is_party("group", lot.group_code or ""):
        stands.add(Stands.OF_OTHERS)
    if lot.order_id is not None:
        stands.add(Stands.SELECTED)
    if lot.replay:
        stands.add(Stands.REPLAY)
    lanes = None
    if "call_in" in acts_open(state, actor.role, stands) and not await is_on_file(tx, actor):
        stands.add(Stands.AWAY)
    if "call_in" in acts_open(state, actor.role, stands):
        inspected = (await tx.execute(_INSPECTED, {"lot_id": lot.lot_id})).scalars()
        lanes = still_called_in(Method(one) for one in inspected) or None
        stands |= set() if lanes else {Stands.SEEN_WHOLE}
    elif state == LotState.SUBMITTED and acts_open(state, actor.role, stands):
        stands |= await _asked_of_members(tx, lot, actor, law, now)
    return {"acts": acts_open(state, actor.role, stands), "call_in_lanes": lanes}


async def _asked_of_members(
    tx: Statements, lot: Row, actor: Actor, law: Law, now: datetime
) -> set[Stands]:
    """How a lot stands whose members are asked."""
    own, today = own_resident(actor), business_day(now)
    values = {"resident_id": own, "group_code": lot.group_code, "lot_id": lot.lot_id, "day": today}
    found = (await tx.execute(_STANDS, values)).one()
    told = {
        Stands.ANSWERED: found.answered,
        Stands.NO_SHARE: not found.has_share,
        Stands.NOTHING_TO_CONFIRM: not found.to_confirm,
        Stands.LATE: bool(asked(today, share_answered_in_time, lot.shares_due_at, now=now)),
        Stands.REMINDED: await _reminded_lately(lot, found.reminded_at, law, now),
    }
    return {one for one, holds in told.items() if holds}


async def _reminded_lately(lot: Row, at: datetime | None, law: Law, now: datetime) -> bool:
    """Whether its members were reminded so lately that they may not be again."""
    if at is None:
        return False
    every = reminded_every(await law(), on=lot.business_on, port=lot.port)
    return bool(asked(business_day(now), reminded_lately, at, now=now, every=every))


async def lot_list(
    tx: Statements,
    actor: Actor,
    resident_id: UUID | None,
    *,
    state: str | None,
    wanted: Wanted,
    after: UUID | None,
    rows: int,
) -> Sequence[Row]:
    """Lots the actor may see, in the order of their declaration or against it."""
    asked = {"state": state, "after": after, **wanted.values()}
    named = {name: value for name, value in asked.items() if value is not None}
    found = await tx.execute(
        lots_asked(frozenset(named), wanted.order),
        {**named, "rows": rows, **visible_to(actor, resident_id)},
    )
    return found.all()


async def ticket_list(
    tx: Statements, lot_id: UUID, *, only: UUID | None, after: int, rows: int
) -> Sequence[Row]:
    """A lot's tickets by line; ``only`` limits them to one resident's own."""
    found = await tx.execute(
        _TICKETS, {"lot_id": lot_id, "after": after, "only": only, "rows": rows}
    )
    return found.all()


async def quota_day(tx: Statements, resident_id: UUID, day: date) -> Row | None:
    """A resident's quota row of a day; None when nothing was declared."""
    found = await tx.execute(_QUOTA, {"resident_id": resident_id, "day": day})
    return found.one_or_none()


async def name_frozen_at(tx: Statements, resident_id: UUID) -> datetime | None:
    """Since when a resident lets nobody declare in the own name; None of a free one."""
    found = await tx.execute(_FROZEN_AT, {"resident_id": resident_id})
    return found.scalar_one_or_none()  # type: ignore[no-any-return]


async def manifest_get(tx: Statements, manifest_no: str, actor: Actor) -> Row | None:
    """A manifest that concerns the actor, by its number in any spelling; of several the latest."""
    values = {"manifest_key": canonical.number_key(manifest_no), **visible_to(actor, None)}
    return (await tx.execute(_MANIFEST, values)).one_or_none()


_IS_MEMBER = text(
    "SELECT EXISTS (SELECT FROM v_memberships WHERE resident_id = :resident_id"
    " AND group_code = :group_code AND joined_on <= :day AND (left_on IS NULL OR :day < left_on))"
)


async def is_member(tx: Statements, resident_id: UUID, group_code: str) -> bool:
    """Whether a resident is in a group now."""
    day = business_day(datetime.now(UTC))
    values = {"resident_id": resident_id, "group_code": group_code, "day": day}
    return bool((await tx.execute(_IS_MEMBER, values)).scalar_one())
