"""Of which groups a resident is a member, and which of them may say yes by a mandate."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from services.kernel.identifiers import show
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.filtered import Filtered
from services.platform.visibility import sees_all

_PLACE: Final = "(m.group_code || ' ' || m.joined_on)"
_OF_RESIDENT: Final = Filtered(f"""
    SELECT {_PLACE} AS place, m.group_code, g.name, m.joined_on, m.left_on, m.mandated,
        m.mandated_from, m.mandated_to, m.mandate_to_come
    FROM v_memberships AS m JOIN groups AS g ON g.group_code = m.group_code
    WHERE m.resident_id = :resident_id AND {_PLACE} > :after
        AND ASKED(m.group_code = :group_code)
    ORDER BY {_PLACE} LIMIT :rows
""")


async def memberships_of(
    tx: Statements, resident_id: UUID, actor: Actor, *, after: str, rows: int
) -> list[Row]:
    """A resident's memberships, each with its mandate. Raises Refused NOT_FOUND.

    A resident reads the own ones, a clerk those in the own group, a registrar all.
    """
    group_code = actor.party_code if actor.party_kind == "group" else None
    is_own = actor.is_party("resident", show("res", resident_id))
    if not (is_own or group_code or actor.role == "registrar" or sees_all(actor)):
        raise Refused(NOT_FOUND.at())
    values = {"resident_id": resident_id, "group_code": group_code, "after": after, "rows": rows}
    found = (await tx.execute(_OF_RESIDENT, values)).all()
    if group_code and not found:
        raise Refused(NOT_FOUND.at())
    return found
