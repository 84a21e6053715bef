"""Seals of the log, and where a case stands in the newest one that has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.platform.database import Row, Statements

_LIST: Final = text(
    """
    SELECT number, sealed_at, root, previous, public_key, signature FROM seals
    WHERE :before = 0 OR number < :before ORDER BY number DESC LIMIT :rows
    """
)
_NEWEST_OF: Final = text(
    """
    SELECT h.case_id, h.seq, h.salt, h.hash, s.number, s.sealed_at, s.root, s.previous,
        s.public_key, s.signature
    FROM sealed_heads AS h INNER JOIN seals AS s ON s.number = h.number
    WHERE h.case_id = :case_id ORDER BY h.number DESC LIMIT 1
    """
)
_LEAVES: Final = text(
    "SELECT case_id, seq, salt, hash FROM sealed_heads WHERE number = :number ORDER BY case_id"
)


async def seal_list(tx: Statements, *, before: int, rows: int) -> Sequence[Row]:
    """Seals, the newest first; those before a number, of 0 from the newest on."""
    return (await tx.execute(_LIST, {"before": before, "rows": rows})).all()


async def newest_seal_of(tx: Statements, case_id: UUID) -> Row | None:
    """The newest seal that has a case, with the case's leaf; None when none has it yet."""
    return (await tx.execute(_NEWEST_OF, {"case_id": case_id})).one_or_none()


async def leaves_of(tx: Statements, number: int) -> Sequence[Row]:
    """The leaves of a seal in the order of its tree; a seal has few thousand."""
    return (await tx.execute(_LEAVES, {"number": number})).all()
