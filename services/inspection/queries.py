"""Inspection orders as people look at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.kernel.skills import SUPERVISES
from services.platform.database import Row, Statements
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
_ORDER_ROWS: Final = f"""
    SELECT o.*, {_ABSENT} AS absent, h.version,
        l.release_due_at, l.hs_code, l.goods_name, l.net_kg, l.pieces,
        l.reference, l.vehicle_plate, l.foreign_plate, l.manifest_no, l.submitted_by, l.seller,
        l.value_minor, l.currency, l.state AS lot_state,
        CASE WHEN c.order_id IS NULL THEN s.reasons ELSE ARRAY['CALLED_IN'] END AS reasons,
        CASE WHEN c.order_id IS NULL THEN s.through ELSE '[]' END AS through, c.grounds,
        (SELECT jsonb_object_agg(t.code, t.title) FROM v_rule_titles AS t
            WHERE t.code = ANY (s.reasons)) AS titles,
        f.author AS found_author, f.method AS found_method, f.results AS found_results,
        f.disposal AS found_disposal, f.found_kg, f.items AS found_items,
        f.remark AS found_remark, f.recorded_at, f.signer, f.agreed, f.signer_remark, f.signed_at
    FROM inspection_orders AS o
    JOIN v_lots AS l ON l.lot_id = o.lot_id
    JOIN v_screenings AS s ON s.lot_id = o.lot_id
    LEFT JOIN v_call_ins AS c ON c.order_id = o.order_id
    JOIN cases AS h ON h.case_id = o.order_id
    LEFT JOIN findings AS f ON f.order_id = o.order_id AND f.round = o.round
"""
_SEEN: Final = " AND (:sees_all OR :everywhere OR (:officer AND o.port = :port))"
_ORDER = text(f"{_ORDER_ROWS} WHERE o.order_id = :order_id {_SEEN}")
_CONCLUDED: Final = {
    None: "",
    True: "o.concluded_at IS NULL AND",
    False: "o.concluded_at IS NOT NULL AND",
}
"""Written out, so that the index of the open ones serves: their list costs as much as there are
open, however many were concluded."""
# Perishables first, then by the release clock: the order in which officers should take them.
_ORDERS = {
    only_open: text(
        f"""{_ORDER_ROWS}
    WHERE {concluded} (CAST(:state AS text) IS NULL OR o.state = :state)
        AND (CAST(:absent AS boolean) IS NULL OR ({_ABSENT} <> '{{}}') = :absent)
        AND (CAST(:officer_id AS text) IS NULL OR :officer_id = ANY (o.officers)) {_SEEN}
        AND (CAST(:after_id AS uuid) IS NULL OR
            (NOT o.perishable, coalesce(l.release_due_at, 'infinity'), o.order_id)
            > (CAST(:after_slow AS boolean),
                coalesce(CAST(:after_due AS timestamptz), 'infinity'), :after_id))
    ORDER BY NOT o.perishable, coalesce(l.release_due_at, 'infinity'), o.order_id
    LIMIT :rows
    """
    )
    for only_open, concluded in _CONCLUDED.items()
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
    *,
    state: str | None,
    only_open: bool | None,
    absent: bool | None,
    officer_id: str | None,
    after: tuple[bool, datetime | None, UUID] | None,
    rows: int,
) -> Sequence[Row]:
    """The queue of a port: perishables first, then by release clock.

    ``after`` is the last row of the page before: not perishable, due, id.
    """
    slow, due, last = after or (None, None, None)
    found = await tx.execute(
        _ORDERS[only_open],
        {
            "state": state,
            "absent": absent,
            "officer_id": officer_id,
            "after_slow": slow,
            "after_due": due,
            "after_id": last,
            "rows": rows,
            **_seen(actor),
        },
    )
    return found.all()
