"""Orders, accreditations, rules, controls and credit decisions as people look at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.platform.database import Row, Statements
from services.platform.visibility import sees_all

_ORDER_ROWS: Final = """
    SELECT o.*, h.version, l.release_due_at, l.hs_code, l.goods_name, l.net_kg, l.pieces, s.reasons,
        f.author AS found_author, f.method AS found_method, f.results AS found_results,
        f.disposal AS found_disposal, f.found_kg, f.items AS found_items,
        f.remark AS found_remark, f.recorded_at, f.signer, f.agreed, f.signer_remark, f.signed_at
    FROM inspection_orders AS o
    JOIN v_lots AS l ON l.lot_id = o.lot_id
    JOIN screenings AS s ON s.lot_id = o.lot_id
    JOIN cases AS h ON h.case_id = o.order_id
    LEFT JOIN findings AS f ON f.order_id = o.order_id AND f.round = o.round
"""
_SEEN: Final = " AND (:sees_all OR (:officer AND o.port = :port))"
_ORDER = text(f"{_ORDER_ROWS} WHERE o.order_id = :order_id {_SEEN}")
# Perishables first, then by the release clock: the order in which officers should take them.
_ORDERS = text(
    f"""{_ORDER_ROWS}
    WHERE (CAST(:state AS text) IS NULL OR o.state = :state)
        AND (CAST(:open AS boolean) IS NULL OR (o.concluded_at IS NULL) = :open)
        AND (CAST(:officer_id AS text) IS NULL OR :officer_id = ANY (o.officers)) {_SEEN}
        AND (CAST(:after_id AS uuid) IS NULL OR
            (NOT o.perishable, coalesce(l.release_due_at, 'infinity'), o.order_id)
            > (CAST(:after_slow AS boolean),
                coalesce(CAST(:after_due AS timestamptz), 'infinity'), :after_id))
    ORDER BY NOT o.perishable, coalesce(l.release_due_at, 'infinity'), o.order_id
    LIMIT :rows
    """
)
_AEO_ROWS: Final = """
    SELECT a.*, h.version, d.kind AS pending_kind, d.level AS pending_level,
        d.author AS pending_author, d.grounds AS pending_grounds
    FROM accreditations AS a
    JOIN cases AS h ON h.case_id = a.aeo_id
    LEFT JOIN accreditation_decisions AS d ON d.decision_id = a.pending
"""
_AEO_SEEN: Final = " AND (:sees_all OR (:officer AND a.port = :port) OR a.enterprise_code = :code)"
_AEO = text(f"{_AEO_ROWS} WHERE a.aeo_id = :aeo_id {_AEO_SEEN}")
_AEOS = text(
    f"""{_AEO_ROWS}
    WHERE (CAST(:after AS uuid) IS NULL OR a.aeo_id > :after)
        AND (CAST(:state AS text) IS NULL OR a.state = :state)
        AND (CAST(:reference AS text) IS NULL OR a.reference = :reference) {_AEO_SEEN}
    ORDER BY a.aeo_id LIMIT :rows
    """
)
_RULES = text(
    "SELECT * FROM risk_rules WHERE (CAST(:after AS uuid) IS NULL OR rule_id > :after)"
    " AND (CAST(:state AS text) IS NULL OR state = :state) ORDER BY rule_id LIMIT :rows"
)
_CONTROLS = text(
    "SELECT * FROM risk_controls WHERE (CAST(:after AS uuid) IS NULL OR control_id > :after)"
    " ORDER BY control_id LIMIT :rows"
)
_CREDITS = text(
    "SELECT * FROM credit_decisions WHERE (CAST(:after AS uuid) IS NULL OR credit_id > :after)"
    " AND (CAST(:party AS text) IS NULL OR party = :party)"
    " AND (:sees_all OR party = :own) ORDER BY credit_id LIMIT :rows"
)


def _seen(actor: Actor) -> dict[str, Any]:
    return {
        "sees_all": sees_all(actor),
        "officer": actor.party_kind == "officer",
        "port": actor.port,
    }


def _seen_accreditations(actor: Actor) -> dict[str, Any]:
    code = actor.party_code if actor.party_kind == "enterprise" else None
    return {**_seen(actor), "code": code}


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
    officer_id: str | None,
    after: tuple[bool, datetime | None, UUID] | None,
    rows: int,
) -> Sequence[Row]:
    """The queue of a port: perishables first, then by release clock.

    ``after`` is the last row of the page before: not perishable, due, id.
    """
    slow, due, last = after or (None, None, None)
    found = await tx.execute(
        _ORDERS,
        {
            "state": state,
            "open": only_open,
            "officer_id": officer_id,
            "after_slow": slow,
            "after_due": due,
            "after_id": last,
            "rows": rows,
            **_seen(actor),
        },
    )
    return found.all()


async def accreditation_get(tx: Statements, aeo_id: UUID, actor: Actor) -> Row | None:
    """One accreditation, None when there is none that the actor may see."""
    found = await tx.execute(_AEO, {"aeo_id": aeo_id, **_seen_accreditations(actor)})
    return found.one_or_none()


async def accreditation_list(
    tx: Statements,
    actor: Actor,
    *,
    state: str | None,
    reference: str | None,
    after: UUID | None,
    rows: int,
) -> Sequence[Row]:
    """Accreditations the actor may see, oldest first."""
    keys = {"state": state, "reference": reference, "after": after, "rows": rows}
    return (await tx.execute(_AEOS, {**keys, **_seen_accreditations(actor)})).all()


async def rule_list(
    tx: Statements, *, state: str | None, after: UUID | None, rows: int
) -> Sequence[Row]:
    """Risk rules, oldest first."""
    return (await tx.execute(_RULES, {"state": state, "after": after, "rows": rows})).all()


async def control_list(tx: Statements, *, after: UUID | None, rows: int) -> Sequence[Row]:
    """Controls, oldest first."""
    return (await tx.execute(_CONTROLS, {"after": after, "rows": rows})).all()


async def credit_list(
    tx: Statements, actor: Actor, *, party: str | None, after: UUID | None, rows: int
) -> Sequence[Row]:
    """Credit decisions with their history: customs and auditors see all, a party its own."""
    keys = {"party": party, "after": after, "rows": rows, "own": actor.party}
    everything = sees_all(actor) or actor.party_kind == "officer"
    return (await tx.execute(_CREDITS, {**keys, "sees_all": everything})).all()
