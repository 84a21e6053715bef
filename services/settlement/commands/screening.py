"""The screening list: entries are kept as hashes only."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import new_uuid, show
from services.kernel.refusal import Refused
from services.kernel.refusals import DUPLICATE_REFERENCE
from services.platform.act import Act
from services.settlement.domain import events

_ADD = text(
    """
    WITH added AS (
        INSERT INTO screening_entries (entry_id, list_name, reference, kind, match_hash, added_by,
            added_at)
        VALUES (:entry_id, :list_name, :reference, :kind, :match_hash, :by, :at)
        ON CONFLICT DO NOTHING RETURNING entry_id
    ), close AS (
        INSERT INTO screening_close_names (close_hash, entry_id)
        SELECT h.close_hash, added.entry_id
        FROM added CROSS JOIN unnest(CAST(:close_hashes AS bytea[])) AS h (close_hash)
    )
    SELECT entry_id FROM added
    """
)


async def entry_add(
    act: Act,
    *,
    list_name: str,
    reference: str,
    kind: str,
    match_hash: bytes,
    close_hashes: Sequence[bytes] = (),
) -> UUID:
    """Put a name or a resident on a list. Raises Refused DUPLICATE_REFERENCE if it is there."""
    entry_id = new_uuid()
    values = {
        "entry_id": entry_id,
        "list_name": list_name,
        "reference": reference,
        "kind": kind,
        "match_hash": match_hash,
        "close_hashes": list(close_hashes),
        "by": act.actor.subject,
        "at": act.at,
    }
    if (await act.execute(_ADD, **values)).one_or_none() is None:
        raise Refused(DUPLICATE_REFERENCE.at("/reference"))
    event = events.ScreeningEntryAdded(list_name=list_name, reference=reference, kind=kind)
    act.record(show("scn", entry_id), event, step="add")
    return entry_id
