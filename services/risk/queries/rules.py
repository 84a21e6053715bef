"""Risk rules and controls as risk officers look at them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.event_log import version_of

_RULES = text(
    f"SELECT *, {version_of('rule_id')} FROM risk_rules"
    " WHERE (CAST(:after AS uuid) IS NULL OR rule_id > :after)"
    " AND (CAST(:rule_id AS uuid) IS NULL OR rule_id = :rule_id)"
    " AND (CAST(:state AS text) IS NULL OR state = :state) ORDER BY rule_id LIMIT :rows"
)
_CONTROLS = text(
    f"SELECT *, {version_of('control_id')} FROM risk_controls"
    " WHERE (CAST(:after AS uuid) IS NULL OR control_id > :after)"
    " AND (CAST(:control_id AS uuid) IS NULL OR control_id = :control_id)"
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
