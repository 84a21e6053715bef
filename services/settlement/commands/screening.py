"""A bank's screening list: entries are kept as hashes only, and end by two persons' word."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from services.kernel.identifiers import new_uuid, show
from services.kernel.refusal import Refused
from services.kernel.refusals import DECIDED_BEFORE, DUPLICATE_REFERENCE
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import locked_version_of
from services.platform.two_persons import require_another
from services.settlement.commands.signatories import COMPLIANCE, signatory_required
from services.settlement.domain import events
from services.settlement.domain.listed import listed_digest
from services.settlement.domain.rules.screening import two_end_an_entry
from services.settlement.queries import screening

_ADD = text(
    """
    WITH added AS (
        INSERT INTO screening_entries (entry_id, list_name, reference, kind, match_hash, added_by,
            added_at, bank_bic)
        VALUES (:entry_id, :list_name, :reference, :kind, :match_hash, :by, :at, :bank_bic)
        ON CONFLICT DO NOTHING RETURNING entry_id
    ), close AS (
        INSERT INTO screening_close_names (close_hash, entry_id)
        SELECT h.close_hash, added.entry_id
        FROM added CROSS JOIN unnest(CAST(:close_hashes AS bytea[])) AS h (close_hash)
    )
    SELECT entry_id FROM added
    """
)

_STANDING = text("""
    SELECT entry_id FROM screening_entries
    WHERE bank_bic = :bank_bic AND list_name = :list_name AND reference = :reference
        AND match_hash = :match_hash AND ended_at IS NULL
""")
_LOCK = text(
    f"SELECT *, {locked_version_of('entry_id')} FROM screening_entries"
    " WHERE entry_id = :entry_id AND bank_bic = :bank_bic FOR UPDATE"
)
_PROPOSE = text("""
    UPDATE screening_entries SET ending_by = :by, ending_at = :at, ending_remark = :remark
    WHERE entry_id = :entry_id
""")
_END = text(
    "UPDATE screening_entries SET ended_by = :by, ended_at = :at WHERE entry_id = :entry_id"
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
    """Put a name or a resident on the bank's list; it holds that bank's payments from now on.

    Raises Refused DUPLICATE_REFERENCE, with the entry, if it is there.
    """
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
        "bank_bic": act.actor.party_code,
    }
    if (await act.execute(_ADD, **values)).one_or_none() is None:
        # It may have ended since: then there is none to look up, and the next try adds it.
        standing = (await act.execute(_STANDING, **values)).scalar_one_or_none()
        known = {} if standing is None else {"entry_id": show("scn", standing)}
        raise Refused(DUPLICATE_REFERENCE.at("/reference", **known))
    event = events.ScreeningEntryAdded(
        list_name=list_name,
        reference=reference,
        kind=kind,
        bank_bic=act.actor.party_code,
        listed=listed_digest(entry_id, match_hash, close_hashes),
    )
    act.record(show("scn", entry_id), event, step="add")
    return entry_id


async def entry_end(act: Act, entry_id: UUID, remark: str) -> Row:
    """One person's word that an entry of the own bank's list ends; another person's ends it.

    Raises Refused NOT_FOUND (another bank's, or every bank's), PRECONDITION_REQUIRED,
    VERSION_MISMATCH, STATE_CONFLICT (ended before), SIGNATORY_NOT_ON_FILE, SAME_PERSON.
    """
    named = {"entry_id": entry_id}
    entry = await act.found(_LOCK, **named, bank_bic=act.actor.party_code)
    case = show("scn", entry_id)
    act.require_version(case, entry.version)
    if entry.ended_at is not None:
        raise Refused(DECIDED_BEFORE.at())
    await signatory_required(act, COMPLIANCE)
    signed = {**named, "by": act.actor.subject, "at": act.at}
    if entry.ending_by is None:
        await act.execute(_PROPOSE, **signed, remark=remark)
        act.record(case, events.ScreeningEntryEnding(reference=entry.reference), step="ending")
    else:
        await require_another(act, case, "ending", two_end_an_entry)
        await act.execute(_END, **signed)
        act.record(case, events.ScreeningEntryEnded(reference=entry.reference), step="ended")
    return await screening.entry(act, entry_id)
