"""Risk rules and controls as risk officers look at them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from services.platform.database import Row, Statements

_RULES = text(
    "SELECT * FROM risk_rules WHERE (CAST(:after AS uuid) IS NULL OR rule_id > :after)"
    " AND (CAST(:state AS text) IS NULL OR state = :state) ORDER BY rule_id LIMIT :rows"
)
_CONTROLS = text(
    "SELECT * FROM risk_controls WHERE (CAST(:after AS uuid) IS NULL OR control_id > :after)"
    " ORDER BY control_id LIMIT :rows"
)


async def rule_list(
    tx: Statements, *, state: str | None, after: UUID | None, rows: int
) -> Sequence[Row]:
    """Risk rules, oldest first."""
    return (await tx.execute(_RULES, {"state": state, "after": after, "rows": rows})).all()


async def control_list(tx: Statements, *, after: UUID | None, rows: int) -> Sequence[Row]:
    """Controls, oldest first."""
    return (await tx.execute(_CONTROLS, {"after": after, "rows": rows})).all()
