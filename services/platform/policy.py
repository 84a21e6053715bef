"""The policy book of a process: read once, exact by version number."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import text

from services.kernel.policy import PolicyBook, PolicyRow
from services.platform.database import Statements

_VERSION = text("SELECT version FROM v_policy_version")
_ROWS = text(
    "SELECT key, scope, value::text AS value, authority, effective_from, effective_to,"
    " (SELECT version FROM v_policy_version) AS version FROM v_policy_rows"
)


class PolicyCache:
    """Keeps the book that belongs to the newest version; a change is seen by the next request."""

    def __init__(self) -> None:
        self._book = PolicyBook((), version=-1)

    async def book(self, tx: Statements) -> PolicyBook:
        """The book in force now: one small statement, two after a change."""
        version = (await tx.execute(_VERSION)).scalar_one()
        return await self.at_version(tx, version)

    async def at_version(self, tx: Statements, version: int) -> PolicyBook:
        """The book of a version that the caller read together with its other facts."""
        if self._book.version != version:
            self._book = await _load(tx)
        return self._book


async def _load(tx: Statements) -> PolicyBook:
    rows = (await tx.execute(_ROWS)).all()
    version = rows[0].version if rows else 0
    return PolicyBook((_row(r.key, r.scope, r.value, r) for r in rows), version=version)


def _row(key: str, scope: str, value: str, row: object) -> PolicyRow:
    effective_from: date = row.effective_from  # type: ignore[attr-defined]
    effective_to: date | None = row.effective_to  # type: ignore[attr-defined]
    authority: str = row.authority  # type: ignore[attr-defined]
    return PolicyRow(key, scope, json.loads(value), authority, effective_from, effective_to)
