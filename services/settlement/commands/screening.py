"""The screening list: entries are kept as hashes only."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import new_uuid, show
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal, Refused
from services.platform import event_log
from services.platform.database import Tx
from services.settlement.domain import events

_ADD = text(
    "INSERT INTO screening_entries (entry_id, list_name, reference, kind, match_hash, added_by,"
    " added_at) VALUES (:entry_id, :list_name, :reference, :kind, :match_hash, :by, :at)"
    " ON CONFLICT DO NOTHING RETURNING entry_id"
)


async def entry_add(
    tx: Tx,
    *,
    list_name: str,
    reference: str,
    kind: str,
    match_hash: bytes,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Put a name or a resident on a list. Raises Refused DUPLICATE_REFERENCE if it is there."""
    entry_id = new_uuid()
    values = {
        "entry_id": entry_id,
        "list_name": list_name,
        "reference": reference,
        "kind": kind,
        "match_hash": match_hash,
        "by": actor.subject,
        "at": now,
    }
    if (await tx.execute(_ADD, values)).one_or_none() is None:
        raise Refused(
            Refusal("DUPLICATE_REFERENCE", "This entry is on the list already.", "/reference")
        )
    event = events.ScreeningEntryAdded(list_name=list_name, reference=reference, kind=kind)
    case = show("scn", entry_id)
    await event_log.append(tx, case=case, event=event, step="add", actor=actor, at=now)
    return entry_id
