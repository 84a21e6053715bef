"""Inspection orders as people look at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Query
from sqlalchemy import text

from services.inspection.domain.states import OrderState
from services.kernel.fields import Instant, YesNoAsked
from services.kernel.lanes import Method
from services.kernel.messages import Actor
from services.kernel.skills import SUPERVISES
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.platform.officers import officer_values
from services.platform.visibility import sees_all

# Drawn officers who are not in service at the port any more: their order waits for nobody.
_ABSENT: Final = """
    ARRAY(
        SELECT d.officer FROM unnest(o.officers) AS d (officer)
        WHERE o.concluded_at IS NULL AND NOT EXISTS (
            SELECT FROM v_officers AS v WHERE v.port = o.port AND v.active
                AND 'ofc_' || replace(CAST(v.officer_id AS text), '-', '') = d.officer
        )
    )
"""
_REASONS: Final = """
    coalesce(
        (SELECT ARRAY['CALLED_IN'] FROM v_call_ins AS c WHERE c.order_id = o.order_id),
        (SELECT s.reasons FROM v_screenings AS s WHERE s.lot_id = o.lot_id)
    )
"""
_ORDER_ROWS: Final = f"""
    SELECT o.*, {_ABSENT} AS absent, h.version,
        l.release_due_at, l.hs_code, l.goods_name, l.net_kg, l.pieces,
        l.reference, l.vehicle_plate, l.foreign_plate, l.manifest_no, l.submitted_by,
        g.name AS declarant_name, l.seller,
        l.value_minor, l.currency, l.state AS lot_state,
        CASE WHEN c.order_id IS NULL THEN s.reasons ELSE ARRAY['CALLED_IN'] END AS reasons,
        CASE WHEN c.order_id IS NULL THEN s.through ELSE '[]' END AS through, c.grounds,
        (SELECT jsonb_object_agg(t.code, t.titles || jsonb_build_object('', t.title))
            FROM v_rule_titles AS t
            WHERE t.code = ANY (s.reasons)) AS titles,
        f.author AS found_author, f.method AS found_method, f.results AS found_results,
        f.disposal AS found_disposal, f.found_kg, f.items AS found_items,
        f.remark AS found_remark, f.recorded_at, f.signer, f.agreed, f.signer_remark,
        f.signed_at{{beside}}
    FROM {{orders}} AS o
    JOIN v_lots AS l ON l.lot_id = o.lot_id
    LEFT JOIN v_groups AS g
        ON l.submitted_by LIKE 'group:%' AND g.group_code = substr(l.submitted_by, 7)
    JOIN v_screenings AS s ON s.lot_id = o.lot_id
    LEFT JOIN v_call_ins AS c ON c.order_id = o.order_id
    JOIN cases AS h ON h.case_id = o.order_id
    LEFT JOIN findings AS f ON f.order_id = o.order_id AND f.round = o.round
"""
_SEEN: Final = " AND (:sees_all OR :everywhere OR (:officer AND o.port = :port))"
# What wants the lot inspected and is none of the reasons for which the order was opened, while the
# goods are inside. What was found answers it once two have ended it with release.
_METHODS: Final = ", ".join(f"'{method}'" for method in Method)
_WANTED_BESIDE: Final = f""",
        CASE WHEN l.ended_at IS NULL AND l.gate_out_at IS NULL THEN ARRAY(
            SELECT jsonb_build_object(
                'reason', w.reason, 'part', w.part, 'party', w.party, 'method', w.method,
                'since', w.since, 'answered', w.answered OR coalesce(
                    f.agreed IS NOT false AND f.recorded_at > w.since
                    AND array_position(ARRAY[{_METHODS}], f.method)
                        >= array_position(ARRAY[{_METHODS}], w.method), false
                )
            )
            FROM lot_wanted(o.lot_id, CAST(now() AT TIME ZONE 'Asia/Shanghai' AS date)) AS w
            WHERE w.reason <> 'CALLED_IN' AND w.reason <> ALL (
                CASE WHEN c.order_id IS NULL THEN s.reasons ELSE ARRAY['CALLED_IN'] END
            )
            ORDER BY w.since, w.reason, w.part, w.party
        ) ELSE '{{}}' END AS wanted_beside"""
_ROUNDS: Final = """,
        ARRAY(
            SELECT jsonb_build_object(
                'round', r.round, 'author', r.author, 'method', r.method, 'results', r.results,
                'disposal', r.disposal, 'found_kg', CAST(r.found_kg AS text), 'items', r.items,
                'remark', r.remark, 'recorded_at', r.recorded_at, 'signer', r.signer,
                'agreed', r.agreed, 'signer_remark', r.signer_remark, 'signed_at', r.signed_at
            )
            FROM findings AS r WHERE r.order_id = o.order_id ORDER BY r.round
        ) AS rounds"""
_ONE: Final = _ORDER_ROWS.format(orders="inspection_orders", beside=_WANTED_BESIDE + _ROUNDS)
_ORDER = text(f"{_ONE} WHERE o.order_id = :order_id {_SEEN}")
# Perishables first, then by the release clock: the order in which officers should take them.
_PLACE: Final = "NOT o.perishable, coalesce(o.due_at, 'infinity'), o.order_id"
_CONCLUDED: Final = {
    None: "",
    True: "AND o.concluded_at IS NULL",
    False: "AND o.concluded_at IS NOT NULL",
}
_QUEUES: Final = {
    "all": ("true",),
    "port": ("o.port = :port",),
    "mine": ("o.officers[1] = :officer_id", "o.officers[2] = :officer_id"),
}


def _queue(whose: str, concluded: str) -> str:
    """SQL of a page of orders, each part read in the order of an index, from where the page before
    ended and no further: of the open ones, of one state or all, however many there are and were
    concluded."""
    parts = (
        f"""(
            SELECT o.* FROM inspection_orders AS o
            WHERE {of} {concluded} AND ASKED(o.state = :state)
                AND ASKED(absent: ({_ABSENT} <> '{{}}') = :absent) {_SEEN}
                AND ASKED(o.bay = :bay)
                AND ASKED(reason: :reason = ANY ({_REASONS}))
                AND ASKED(o.due_at >= :due_from)
                AND ASKED(o.due_at < :due_before)
                AND ({_PLACE}) > (
                    CAST(:after_slow AS boolean), CAST(CAST(:after_due AS text) AS timestamptz),
                    CAST(:after_id AS uuid)
                )
            ORDER BY {_PLACE} LIMIT :rows
        )"""
        for of in _QUEUES[whose]
    )
    return f"(SELECT * FROM ({' UNION ALL '.join(parts)}) AS o ORDER BY {_PLACE} LIMIT :rows)"


_ORDERS: Final = {
    (whose, only_open): Filtered(
        f"{_ORDER_ROWS.format(orders=_queue(whose, concluded), beside='')} ORDER BY {_PLACE}"
    )
    for whose in _QUEUES
    for only_open, concluded in _CONCLUDED.items()
}
_BEGINNING: Final = (False, "-infinity", UUID(int=0))


@dataclass
class Wanted:
    """Which orders of the queue are asked for, as the query of a request says it."""

    state: Annotated[OrderState | None, Query()] = None
    only_open: Annotated[YesNoAsked | None, Query(alias="open")] = None
    absent: Annotated[
        YesNoAsked | None,
        Query(description="only orders with a drawn officer who is away, or without"),
    ] = None
    mine: Annotated[YesNoAsked, Query(description="only orders you were drawn for")] = False
    due_from: Annotated[
        Instant | None, Query(description="their lot's release clock runs out then or later")
    ] = None
    due_before: Annotated[
        Instant | None, Query(description="it runs out, or has run out, before then")
    ] = None
    bay: Annotated[str | None, Query(max_length=40, description="only orders at this bay")] = None
    reason: Annotated[
        str | None, Query(max_length=80, description="only orders with this code in their reasons")
    ] = None

    def values(self) -> dict[str, Any]:
        """Bind values of what is asked of an order itself."""
        return {
            "state": self.state,
            "absent": self.absent,
            "due_from": self.due_from,
            "due_before": self.due_before,
            "bay": self.bay,
            "reason": self.reason,
        }


# Whoever is away today or will be, with the first time that is.
_ROSTER = text(
    """
    SELECT v.officer_id, v.badge_no, v.team, v.skills, v.active, v.in_service,
        away.duty, away.from_on, away.until_on, coalesce(drawn.orders, 0) AS open_orders
    FROM v_officers AS v
    LEFT JOIN LATERAL (
        SELECT d.duty, d.from_on, d.until_on FROM v_officer_duties AS d
        WHERE d.officer_id = v.officer_id ORDER BY d.from_on LIMIT 1
    ) AS away ON true
    LEFT JOIN (
        SELECT d.officer, count(*) AS orders
        FROM inspection_orders AS o CROSS JOIN LATERAL unnest(o.officers) AS d (officer)
        WHERE o.concluded_at IS NULL AND o.port = :port GROUP BY d.officer
    ) AS drawn ON drawn.officer = 'ofc_' || replace(CAST(v.officer_id AS text), '-', '')
    WHERE v.port = :port AND v.badge_no > :after
    ORDER BY v.badge_no LIMIT :rows
    """
)


_KEEPS = text(
    """
    SELECT EXISTS (
        SELECT FROM v_officers
        WHERE officer_id = CAST(:officer_id AS uuid) AND port = :port AND active
            AND CAST(:skill AS text) = ANY (skills)
    )
    """
)


async def keeps_roster(tx: Statements, actor: Actor) -> bool:
    """Whether the actor enters who of the own port is away."""
    officer = officer_values(actor)["officer_id"]
    values = {"officer_id": officer, "port": actor.port, "skill": SUPERVISES}
    return bool((await tx.execute(_KEEPS, values)).scalar_one())


async def roster(tx: Statements, actor: Actor, *, after: str, rows: int) -> Sequence[Row]:
    """The officers of the actor's port by badge, with who is away and what each was drawn for."""
    found = await tx.execute(_ROSTER, {"port": actor.port, "after": after, "rows": rows})
    return found.all()


def _seen(actor: Actor) -> dict[str, Any]:
    return {
        "sees_all": sees_all(actor),
        "officer": actor.party_kind == "officer",
        # Rules and controls bite at every port, so whoever makes them reads what they led to.
        "everywhere": actor.role == "risk_officer",
        "port": actor.port,
    }


async def order_get(tx: Statements, order_id: UUID, actor: Actor) -> Row | None:
    """One order, None when there is none that the actor may see."""
    found = await tx.execute(_ORDER, {"order_id": order_id, **_seen(actor)})
    return found.one_or_none()


async def order_list(
    tx: Statements,
    actor: Actor,
    wanted: Wanted,
    *,
    after: tuple[bool, datetime | None, UUID] | None,
    rows: int,
) -> Sequence[Row]:
    """The queue of a port: perishables first, then by release clock.

    ``after`` is the last row of the page before: not perishable, due, id.
    """
    seen = _seen(actor)
    everywhere = seen["sees_all"] or seen["everywhere"]
    whose = "mine" if wanted.mine else "all" if everywhere else "port"
    slow, due, last = _BEGINNING if after is None else _place(*after)
    found = await tx.execute(
        _ORDERS[whose, wanted.only_open],
        {
            **wanted.values(),
            "officer_id": actor.party_code,
            "after_slow": slow,
            "after_due": due,
            "after_id": last,
            "rows": rows,
            **seen,
        },
    )
    return found.all()


def _place(slow: bool, due: datetime | None, last: UUID) -> tuple[bool, str, UUID]:
    return slow, "infinity" if due is None else due.isoformat(), last
