"""Reads of residents' passkeys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.event_log import version_of
from services.platform.filtered import Filtered

_COLUMNS: Final = f"""
    passkey_id, resident_id, state, opened_at, opens_until, credential_id, bound_at, used_at,
    ended_at, counts_from, {version_of("passkey_id")}
"""
_LIST = Filtered(f"""
    SELECT {_COLUMNS} FROM passkeys
    WHERE resident_id = :resident_id AND ASKED(passkey_id > :after)
    ORDER BY passkey_id LIMIT :rows
""")
_ONE = text(f"SELECT {_COLUMNS} FROM passkeys WHERE passkey_id = :passkey_id")


async def passkey_list(
    tx: Statements, resident_id: UUID, *, after: UUID | None, rows: int
) -> Sequence[Row]:
    """A resident's passkeys in the order in which they were opened, those that ended too."""
    values = {"resident_id": resident_id, "after": after, "rows": rows}
    found: Sequence[Row] = (await tx.execute(_LIST, values)).all()
    return found


async def passkey_get(tx: Statements, passkey_id: UUID) -> Row:
    """One passkey. Raises Refused NOT_FOUND."""
    found: Row | None = (await tx.execute(_ONE, {"passkey_id": passkey_id})).one_or_none()
    if found is None:
        raise Refused(NOT_FOUND.at())
    return found
