"""What takes two of the registrar's office: proposed by one, confirmed by another.

A group, what an enterprise may process and how much of it, a seller's account, a payer's, a bank's
key, who signs for it, an officer's post and conflicts, and a mandate that the resident has not
given are filed by two; what of them, of an enterprise or a port is on file is changed by two. A
proposal is seen by everybody concerned for as long as the law says before a second person can
confirm it. Until then nobody is paid, debited, drawn, declared or confirmed for by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, show
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.refusals import DECIDED_BEFORE, NOT_FILED_YET
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.event_log import actor_of, locked_version_of
from services.platform.vault import Vault
from services.registry.commands.kinds import BY_NAME, KINDS, Kind
from services.registry.commands.proposal import Proposal
from services.registry.domain import events, refusals
from services.registry.domain.model import (
    SEALED_CHANGE,
    Record,
)
from services.registry.domain.proposed import Proposed
from services.registry.domain.rules.change import change_has_been_seen

# One open proposal a record: the second of two at once meets the first at the index.
_PROPOSE: Final = text("""
    INSERT INTO register_changes (change_id, kind, subject, sealed, proposed_at, confirm_from,
        state, filing, records, concerns)
    VALUES (:change_id, :kind, :subject, :sealed, :proposed_at, :confirm_from, :state, :filing,
        :records, :concerns)
    ON CONFLICT DO NOTHING RETURNING change_id
""")
_LOCK: Final = text(
    f"SELECT *, {locked_version_of('change_id')} FROM register_changes"
    " WHERE change_id = :change_id FOR UPDATE"
)
_DECIDE: Final = text(
    "UPDATE register_changes SET state = :state, decided_at = :at WHERE change_id = :change_id"
)


class _Undone(Exception):
    """What was filed for a trial is to leave nothing."""


async def filing_made(act: Act, rows: Sequence[Record], vault: Vault) -> dict[str, Any]:
    """File records, or propose the filing where one person alone may not make it.

    Of accounts, keys and posts that is so as soon as one of the records is not on file yet; of
    mandates, unless residents give their own; of conflicts and signatories always; of absences that
    leave too few of a pool. What it would be refused for it is refused for at once. Raises Refused
    what the filing refuses, CHANGE_OPEN, POLICY_MISSING.
    """
    kind = KINDS[type(rows[0])]
    if not await _takes_two(act, kind, rows):
        return await kind.file(act, rows, vault, None)
    try:
        async with act.savepoint():
            made = await kind.file(act, rows, vault, None)
            if kind.beyond is not None and not await kind.beyond(act, rows):
                return made
            raise _Undone
    except _Undone:
        pass
    kept = await kind.kept(act, rows, vault)
    change_id, subject = new_uuid(), kind.subject(kept[0])
    made = await _propose(
        act,
        kind,
        kept,
        vault,
        change_id=change_id,
        subject=show("imp", change_id) if subject is None or len(kept) > 1 else subject,
        filing=True,
        hours=await kind.first(act, kept),
    )
    return {
        "filing_id": show("imp", change_id),
        "kind": kind.name,
        "filed": 0,
        "proposed": len(kept),
        "confirm_from": made["confirm_from"],
    }


async def _takes_two(act: Act, kind: Kind, rows: Sequence[Record]) -> bool:
    if kind.beyond is not None:
        return True
    if kind.on_file is None:
        # Everybody gives the own mandate alone.
        return act.actor.party_kind != "resident"
    return len(await _on_file(act, kind, rows)) < len({kind.key(row) for row in rows})


async def _on_file(act: Act, kind: Kind, rows: Sequence[Record]) -> Sequence[Row]:
    """Which of these records are on file, by their subjects."""
    if kind.on_file is None:
        return ()
    found: Sequence[Row] = (
        await act.execute(kind.on_file, keys=sorted({kind.key(row) for row in rows}))
    ).all()
    return found


async def change_propose(act: Act, row: Record, vault: Vault) -> dict[str, Any]:
    """Propose a change of a record on file; nothing changes until another person confirms it.

    Raises Refused NOT_FILED_YET, STATE_CONFLICT (a change of it is open), POLICY_MISSING.
    """
    kind = KINDS[type(row)]
    (found,) = await _on_file(act, kind, [row]) or (None,)
    if found is None:
        raise Refused(NOT_FILED_YET.at(kind=kind.name))
    law = await act.law()
    return await _propose(
        act,
        kind,
        [row],
        vault,
        change_id=new_uuid(),
        subject=found.subject,
        filing=False,
        hours=law.integer(kind.cooling, on=business_day(act.at)),
    )


async def _propose(
    act: Act,
    kind: Kind,
    rows: Sequence[Record],
    vault: Vault,
    *,
    change_id: UUID,
    subject: str,
    filing: bool,
    hours: int,
) -> dict[str, Any]:
    concerned = await kind.concerned(act, rows)
    proposed = Proposed(kind.written(rows), concerned)
    sealed = vault.seal(proposed.written(), context=SEALED_CHANGE)
    case = show("imp", change_id)
    concerns = sorted({party for parties in concerned for party in parties})
    values = {
        "change_id": change_id,
        "kind": kind.name,
        "subject": subject,
        "confirm_from": act.at + timedelta(hours=hours),
        "state": "PROPOSED",
        "proposed_at": act.at,
        "filing": filing,
        "records": len(rows),
    }
    written = await act.execute(_PROPOSE, {**values, "sealed": sealed, "concerns": concerns})
    if written.first() is None:
        raise Refused(refusals.CHANGE_OPEN.at(subject=subject))
    said = events.ChangeProposed(
        kind=kind.name,
        subject=subject,
        confirm_from=values["confirm_from"],
        filing=filing,
        records=len(rows),
        content=sha256(sealed).hexdigest(),
        concerned=sha256("\n".join([case, *concerns]).encode()).hexdigest(),
    )
    act.record(case, said, step="propose")
    return {**values, "version": 1, "decided_at": None}


async def change_decide(
    act: Act, change_id: UUID, vault: Vault, *, confirm: bool
) -> dict[str, Any]:
    """Confirm a proposal, which files it, or turn it down; either is another person's.

    A proposer may withdraw the own proposal. Raises Refused NOT_FOUND, PRECONDITION_REQUIRED,
    VERSION_MISMATCH, STATE_CONFLICT (decided before), SAME_PERSON, COOLING_TIME, and what the
    filing refuses.
    """
    change = await act.found(_LOCK, change_id=change_id)
    case = show("imp", change_id)
    act.require_version(case, change.version)
    if change.state != "PROPOSED":
        raise Refused(DECIDED_BEFORE.at())
    if confirm:
        refuse_if_any(await _against(act, change, act.actor, at=act.at))
        kind = BY_NAME[change.kind]
        proposed = Proposed.read(vault.open(change.sealed, context=SEALED_CHANGE))
        rows = [kind.read(row) for row in proposed.rows]
        await kind.file(act, rows, vault, Proposal(case, replaces=not change.filing))
    state = "CONFIRMED" if confirm else "TURNED_DOWN"
    await act.execute(_DECIDE, change_id=change_id, state=state, at=act.at)
    named = {"kind": change.kind, "subject": change.subject}
    said = events.ChangeConfirmed if confirm else events.ChangeTurnedDown
    act.record(case, said(**named), step="decide")
    version = change.version + act.changes(case)
    return {**dict(change), "state": state, "version": version, "decided_at": act.at}


async def acts_on(tx: Statements, change: Row, actor: Actor, *, at: datetime) -> list[str]:
    """Which acts on a proposal are open to whoever reads it; the own one is withdrawn, and so is
    what has not been seen long enough."""
    if actor.role != "registrar" or change.state != "PROPOSED":
        return []
    against = await _against(tx, change, actor, at=at)
    return ["turn_down"] if against else ["confirm", "turn_down"]


async def _against(tx: Statements, change: Row, actor: Actor, *, at: datetime) -> list[Refusal]:
    """Why a proposal cannot be confirmed by this person, or not yet."""
    proposer = await actor_of(tx, show("imp", change.change_id), "propose")
    seen_from: datetime = change.confirm_from
    return [
        *asked(business_day(at), BY_NAME[change.kind].confirmed, proposer, actor),
        *asked(business_day(at), change_has_been_seen, seen_from, now=at),
    ]
