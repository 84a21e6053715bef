"""What is proposed, for those whom it concerns."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.event_log import version_of
from services.platform.vault import Vault
from services.registry.domain.model import SEALED_CHANGE
from services.registry.domain.proposed import Proposed, reads_all

_CHANGE_SHOWN: Final = f"""
    change_id, kind, subject, state, proposed_at, confirm_from, decided_at, filing, records,
    {version_of("change_id")}
"""
# Who is not of the registrar's office or an auditor reads of what concerns them, and who deals with
# sellers, of these.
_CHANGE_SEEN: Final = """
    (:of_all OR (:deals AND kind = 'sellers') OR concerns @> ARRAY[CAST(:party AS text)])
"""
_CHANGES = text(f"""
    SELECT {_CHANGE_SHOWN} FROM register_changes
    WHERE (CAST(:state AS text) IS NULL OR state = :state)
        AND (CAST(:after AS uuid) IS NULL OR change_id > :after) AND {_CHANGE_SEEN}
    ORDER BY change_id LIMIT :rows
""")
_CHANGE = text(f"""
    SELECT {_CHANGE_SHOWN}, sealed FROM register_changes WHERE change_id = :id AND {_CHANGE_SEEN}
""")


def _reader(actor: Actor) -> dict[str, Any]:
    deals = actor.party_kind in ("resident", "group")
    return {"of_all": reads_all(actor), "deals": deals, "party": actor.party}


async def change_list(
    tx: Statements, actor: Actor, *, state: str | None, after: UUID | None, rows: int
) -> list[Row]:
    """Proposals that concern the actor, oldest first."""
    values = {"state": state, "after": after, "rows": rows, **_reader(actor)}
    return (await tx.execute(_CHANGES, values)).all()


async def change_get(
    tx: Statements, change_id: UUID, vault: Vault, actor: Actor
) -> tuple[Row, list[dict[str, Any]]]:
    """A proposal and, of its records, those that the actor may read. Raises Refused NOT_FOUND."""
    found = (await tx.execute(_CHANGE, {"id": change_id, **_reader(actor)})).one_or_none()
    if found is None:
        raise Refused(NOT_FOUND.at())
    proposed = Proposed.read(vault.open(found.sealed, context=SEALED_CHANGE))
    return found, proposed.told(found.kind, actor)
