"""Risk rules and controls as risk officers look at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from services.kernel.identifiers import first_of, show
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.kernel.second_person import second_person
from services.platform.database import Row, Statements
from services.platform.event_log import actor_of, version_of
from services.platform.filtered import Filtered
from services.risk.domain.deciding import RuleStands, acts_open

_RULES = Filtered(
    f"SELECT *, {version_of('rule_id')} FROM risk_rules"
    " WHERE ASKED(rule_id > :after)"
    " AND ASKED(rule_id = :rule_id)"
    " AND ASKED(state = :state) ORDER BY rule_id LIMIT :rows"
)
# By the time that stands in the id, so that a rule which hits little does not read all years.
_HITS = Filtered(
    "SELECT screening_id, lot_id, port, lane, reasons, screened_at FROM screenings"
    " WHERE screening_id >= :since AND :code = ANY(reasons)"
    " AND ASKED(port = :port)"
    " AND ASKED(screening_id < :before)"
    " ORDER BY screening_id DESC LIMIT :rows"
)
_CONTROLS = Filtered(
    f"SELECT *, {version_of('control_id')} FROM risk_controls"
    " WHERE ASKED(control_id > :after)"
    " AND ASKED(control_id = :control_id)"
    " ORDER BY control_id LIMIT :rows"
)


async def rule_list(
    tx: Statements, *, state: str | None, after: UUID | None, rows: int
) -> Sequence[Row]:
    """Risk rules, oldest first."""
    values = {"state": state, "rule_id": None, "after": after, "rows": rows}
    return (await tx.execute(_RULES, values)).all()


async def rule_get(tx: Statements, rule_id: UUID) -> Row:
    """A risk rule. Raises Refused NOT_FOUND."""
    values = {"state": None, "rule_id": rule_id, "after": None, "rows": 1}
    return _one((await tx.execute(_RULES, values)).one_or_none())


def rule_stands(rule: Row) -> RuleStands:
    """How a rule of the book stands."""
    retired = rule.retired_by is not None
    return RuleStands(rule.state, rule.effective_to, rule.retires_on, retired)


async def acts_on(tx: Statements, rule: Row, actor: Actor, *, today: date) -> list[str]:
    """Which acts on a rule are open to whoever reads it."""
    if actor.role != "risk_officer":
        return []
    stands, waits = rule_stands(rule), None
    if stands.state == "PROPOSED":
        waits = "propose"
    elif stands.waits_for_its_end:
        waits = f"retire:{rule.retirement_no}"
    own = waits is not None and await _is_own(tx, rule, waits, actor)
    return acts_open(stands, today=today, own=own)


async def _is_own(tx: Statements, rule: Row, step: str, actor: Actor) -> bool:
    """Whether who took that step of a rule cannot be the second person of it too."""
    first = await actor_of(tx, show("rul", rule.rule_id), step)
    return second_person(first, actor) is not None


async def rule_hits(
    tx: Statements,
    rule_id: UUID,
    *,
    port: str | None,
    since: datetime,
    before: UUID | None,
    rows: int,
) -> Sequence[Row]:
    """Lots that a rule hit since an instant, at a port or at all, the newest first. Raises Refused
    NOT_FOUND."""
    rule = await rule_get(tx, rule_id)
    values = {"code": rule.code, "port": port, "since": first_of(since), "before": before}
    return (await tx.execute(_HITS, {**values, "rows": rows})).all()


async def control_list(tx: Statements, *, after: UUID | None, rows: int) -> Sequence[Row]:
    """Controls, oldest first."""
    values = {"control_id": None, "after": after, "rows": rows}
    return (await tx.execute(_CONTROLS, values)).all()


async def control_get(tx: Statements, control_id: UUID) -> Row:
    """A control. Raises Refused NOT_FOUND."""
    values = {"control_id": control_id, "after": None, "rows": 1}
    return _one((await tx.execute(_CONTROLS, values)).one_or_none())


def _one(row: Row | None) -> Row:
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row
