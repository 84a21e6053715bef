"""Changes of what is on file that money or a draw follows: proposed by one, confirmed by another.

A seller's account, a payer's, and an officer's name, port, team, skills and service, are filed
once; afterwards one person alone changes none of them. A proposal is seen by everybody concerned
for as long as the law says before a second person of the registrar's office can confirm it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text

from services.kernel.canonical import number_key, party_key
from services.kernel.clock import business_day
from services.kernel.events import canonical_json
from services.kernel.identifiers import new_uuid, show
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.refusals import DECIDED_BEFORE, NOT_FILED_YET, NOT_FOUND
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import actor_of, locked_version_of
from services.platform.filing import plain
from services.platform.vault import Vault
from services.registry.commands import parties, payer_accounts
from services.registry.domain import events, refusals
from services.registry.domain.model import SEALED_CHANGE, Officer, PayerAccountRecord, Seller
from services.registry.domain.rules.change import change_has_been_seen, two_change_the_register

Changed = Seller | Officer | PayerAccountRecord


@dataclass(frozen=True, slots=True)
class Kind:
    """A register whose rows are changed by two: how a row is found, compared, read and filed."""

    name: str
    on_file: TextClause
    cooling: str
    """The legal parameter of how many hours a proposal is seen before it is confirmed."""
    subject: Callable[[Any], str]
    read: Callable[[dict[str, Any]], Changed]
    file: Callable[[Act, Sequence[Any], Vault], Awaitable[dict[str, Any]]]


async def _sellers(act: Act, rows: Sequence[Seller], vault: Vault) -> dict[str, Any]:
    return await parties.sellers_file(act, rows, confirmed=True)


async def _officers(act: Act, rows: Sequence[Officer], vault: Vault) -> dict[str, Any]:
    return await parties.officers_file(act, rows, vault, confirmed=True)


async def _payer_accounts(
    act: Act, rows: Sequence[PayerAccountRecord], vault: Vault
) -> dict[str, Any]:
    return await payer_accounts.payer_accounts_file(act, rows, vault, confirmed=True)


KINDS: Final = {
    Seller: Kind(
        "sellers",
        text("SELECT seller_code AS subject FROM sellers WHERE code_key = :key"),
        "registry.account_cooling_h",
        lambda row: number_key(row.seller_code),
        Seller.model_validate,
        _sellers,
    ),
    Officer: Kind(
        "officers",
        text("SELECT badge_no AS subject FROM officers WHERE badge_no = :key"),
        "registry.officer_cooling_h",
        lambda row: str(row.badge_no),
        Officer.model_validate,
        _officers,
    ),
    PayerAccountRecord: Kind(
        "payer_accounts",
        text("""
            SELECT party || ' ' || bank_bic AS subject FROM payer_accounts
            WHERE party_key = split_part(:key, ' ', 1) AND bank_bic = split_part(:key, ' ', 2)
        """),
        "registry.account_cooling_h",
        lambda row: f"{party_key(row.party)} {row.bank_bic}",
        PayerAccountRecord.model_validate,
        _payer_accounts,
    ),
}
_BY_NAME: Final = {kind.name: kind for kind in KINDS.values()}
# One open proposal a record: the second of two at once meets the first at the index.
_PROPOSE: Final = text("""
    INSERT INTO register_changes (change_id, kind, subject, sealed, proposed_at, confirm_from,
        state)
    VALUES (:change_id, :kind, :subject, :sealed, :at, :confirm_from, 'PROPOSED')
    ON CONFLICT DO NOTHING RETURNING change_id
""")
_LOCK: Final = text(
    f"SELECT *, {locked_version_of('change_id')} FROM register_changes"
    " WHERE change_id = :change_id FOR UPDATE"
)
_DECIDE: Final = text(
    "UPDATE register_changes SET state = :state, decided_at = :at WHERE change_id = :change_id"
)


async def change_propose(act: Act, row: Changed, vault: Vault) -> dict[str, Any]:
    """Propose a change of a record on file; nothing changes until another person confirms it.

    Raises Refused NOT_FILED_YET, STATE_CONFLICT (a change of it is open), POLICY_MISSING.
    """
    kind = KINDS[type(row)]
    found = (await act.execute(kind.on_file, key=kind.subject(row))).one_or_none()
    if found is None:
        raise Refused(NOT_FILED_YET.at(kind=kind.name))
    law = await act.law()
    hours = law.integer(kind.cooling, on=business_day(act.at))
    change_id = new_uuid()
    values = {
        "change_id": change_id,
        "kind": kind.name,
        "subject": found.subject,
        "confirm_from": act.at + timedelta(hours=hours),
    }
    (as_json,) = plain([row])
    sealed = vault.seal(canonical_json(as_json).encode(), context=SEALED_CHANGE)
    written = await act.execute(_PROPOSE, {**values, "sealed": sealed, "at": act.at})
    if written.first() is None:
        raise Refused(refusals.CHANGE_OPEN.at(subject=found.subject))
    said = events.ChangeProposed(
        kind=kind.name, subject=found.subject, confirm_from=values["confirm_from"]
    )
    act.record(show("imp", change_id), said, step="propose")
    standing = {"state": "PROPOSED", "version": 1, "proposed_at": act.at, "decided_at": None}
    return {**values, **standing}


async def change_decide(
    act: Act, change_id: UUID, vault: Vault, *, confirm: bool
) -> dict[str, Any]:
    """Confirm a proposal, which files it, or turn it down; either is another person's.

    A proposer may withdraw the own proposal. Raises Refused NOT_FOUND, PRECONDITION_REQUIRED,
    VERSION_MISMATCH, STATE_CONFLICT (decided before), SAME_PERSON, COOLING_TIME, and what the
    filing refuses.
    """
    change = (await act.execute(_LOCK, change_id=change_id)).one_or_none()
    if change is None:
        raise Refused(NOT_FOUND.at())
    case = show("imp", change_id)
    act.require_version(case, change.version)
    if change.state != "PROPOSED":
        raise Refused(DECIDED_BEFORE.at())
    if confirm:
        refuse_if_any(await _against(act, case, change))
        kind = _BY_NAME[change.kind]
        row = json.loads(vault.open(change.sealed, context=SEALED_CHANGE))
        await kind.file(act, [kind.read(row)], vault)
    state = "CONFIRMED" if confirm else "TURNED_DOWN"
    await act.execute(_DECIDE, change_id=change_id, state=state, at=act.at)
    named = {"kind": change.kind, "subject": change.subject}
    said = events.ChangeConfirmed if confirm else events.ChangeTurnedDown
    act.record(case, said(**named), step="decide")
    decided = {"state": state, "version": change.version + 1, "decided_at": act.at}
    return {**dict(change), **decided}


async def _against(act: Act, case: str, change: Row) -> list[Refusal]:
    """Why a proposal cannot be confirmed by this person, or not yet."""
    proposer, today = await actor_of(act, case, "propose"), business_day(act.at)
    seen_from: datetime = change.confirm_from
    return [
        *asked(today, two_change_the_register, proposer, act.actor),
        *asked(today, change_has_been_seen, seen_from, now=act.at),
    ]
