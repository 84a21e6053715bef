"""Credit levels: proposed by one officer, in force with another's signature, history kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.inspection.commands.authors import author_of
from services.inspection.domain.events import (
    CreditLevelDecided,
    CreditLevelProposed,
    CreditLevelRefused,
)
from services.inspection.domain.model import CreditLevel
from services.inspection.domain.rules.accreditation import level_exists, level_label
from services.inspection.domain.rules.credit import (
    Grounds,
    Limits,
    Violations,
    grounds_support_level,
)
from services.inspection.domain.rules.four_eyes import other_person
from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, show
from services.kernel.messages import Actor
from services.kernel.money import Money
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.platform import event_log
from services.platform.database import Row, Tx
from services.platform.officers import require_officer

_CURRENT = text("SELECT level FROM credit_decisions WHERE party = :party AND state = 'IN_FORCE'")
_CERTIFIED = text(
    "SELECT aeo_id FROM accreditations WHERE enterprise_code = :code"
    " AND state IN ('CERTIFIED', 'SUSPENDED', 'UNDER_REVIEW', 'ON_SITE', 'REPORTED')"
    " AND certificate IS NOT NULL"
)
_PENDING = text("SELECT 1 FROM credit_decisions WHERE party = :party AND state = 'PROPOSED'")
_PROPOSE = text(
    "INSERT INTO credit_decisions (credit_id, party, level, label, grounds, facts, state, author,"
    " proposed_at) VALUES (:credit_id, :party, :level, :label, :grounds, CAST(:facts AS jsonb),"
    " 'PROPOSED', :author, :at) RETURNING *"
)
_DECISION = text("SELECT * FROM credit_decisions WHERE credit_id = :credit_id FOR UPDATE")
_REPLACE = text(
    "UPDATE credit_decisions SET state = 'REPLACED', effective_to = greatest(effective_from, :day)"
    " WHERE party = :party AND state = 'IN_FORCE'"
)
_DECIDE = text(
    "UPDATE credit_decisions SET state = :state, signer = :signer, decided_at = :at,"
    " effective_from = :day, label = :label WHERE credit_id = :credit_id RETURNING *"
)
_ENFORCE = text(
    "INSERT INTO credit_decisions (credit_id, party, level, label, grounds, facts, aeo_id, state,"
    " author, signer, proposed_at, decided_at, effective_from) VALUES (:credit_id, :party, :level,"
    " :label, :grounds, '{}', :aeo_id, 'IN_FORCE', :author, :signer, :at, :at, :day)"
)


@dataclass(frozen=True, slots=True)
class CreditProposal:
    """A level that an officer proposes for a party, outside an accreditation."""

    party: str
    level: CreditLevel
    grounds: Grounds
    violations: Violations | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """The subjects who decided and who signed a level that an accreditation gives or takes."""

    author: str
    signer: str
    grounds: str


async def credit_level(tx: Tx, party: str) -> CreditLevel:
    """The level that holds for a party now; ORDINARY when nothing was decided."""
    found = (await tx.execute(_CURRENT, {"party": party})).scalar_one_or_none()
    return CreditLevel.ORDINARY if found is None else CreditLevel(found)


async def credit_propose(
    tx: Tx, proposal: CreditProposal, *, actor: Actor, book: PolicyBook, now: datetime
) -> Row:
    """Propose a level. Raises Refused LEVEL_UNKNOWN, GROUNDS_INSUFFICIENT, CREDIT_PENDING,
    CERTIFICATE_IN_FORCE (a certified enterprise is downgraded in its accreditation),
    OFFICER_NOT_ON_FILE."""
    await require_officer(tx, actor)
    day = business_day(now)
    count = book.integer("credit.levels", on=day)
    refusals = [
        level_exists(proposal.level, count),
        grounds_support_level(
            proposal.level, proposal.grounds, proposal.violations, _limits(proposal, book, day)
        ),
        await _no_certificate(tx, proposal.party),
        await _none_pending(tx, proposal.party),
    ]
    refuse_if_any(r for r in refusals if r is not None)
    credit_id = new_uuid()
    values = {
        "credit_id": credit_id,
        "party": proposal.party,
        "level": proposal.level.value,
        "label": level_label(proposal.level, count),
        "grounds": proposal.grounds.value,
        "facts": json.dumps(_facts(proposal.violations)),
        "author": actor.subject,
        "at": now,
    }
    row = (await tx.execute(_PROPOSE, values)).one()
    event = CreditLevelProposed(
        party=proposal.party, level=proposal.level, grounds=proposal.grounds, author=actor.subject
    )
    case = show("crd", credit_id)
    await event_log.append(tx, case=case, event=event, step="propose", actor=actor, at=now)
    return row


async def credit_countersign(
    tx: Tx, credit_id: UUID, *, agree: bool, actor: Actor, book: PolicyBook, now: datetime
) -> Row:
    """Sign a proposed level, which puts it in force for new screenings, or refuse it.

    Raises Refused NOT_FOUND, STATE_CONFLICT, OWN_DECISION, LEVEL_UNKNOWN, CERTIFICATE_IN_FORCE,
    OFFICER_NOT_ON_FILE.
    """
    row = (await tx.execute(_DECISION, {"credit_id": credit_id})).one_or_none()
    if row is None:
        raise Refused(Refusal("NOT_FOUND", "There is no such credit decision."))
    await require_officer(tx, actor)
    if row.state != "PROPOSED":
        facts = {"state": str(row.state)}
        raise Refused(Refusal("STATE_CONFLICT", f"The decision is {row.state}.", facts=facts))
    case, day = show("crd", credit_id), business_day(now)
    if not other_person(await author_of(tx, case, "propose"), actor):
        raise Refused(Refusal("OWN_DECISION", "Another officer signs your proposal."))
    values: dict[str, Any] = {"credit_id": credit_id, "signer": actor.subject, "at": now}
    if not agree:
        refused = CreditLevelRefused(party=row.party, level=row.level)
        await event_log.append(tx, case=case, event=refused, step="decide", actor=actor, at=now)
        values |= {"state": "REFUSED", "day": None, "label": row.label}
        return (await tx.execute(_DECIDE, values)).one()
    count, level = book.integer("credit.levels", on=day), CreditLevel(row.level)
    refusals = (level_exists(level, count), await _no_certificate(tx, row.party))
    refuse_if_any(r for r in refusals if r is not None)
    await tx.execute(_REPLACE, {"party": row.party, "day": day})
    label = level_label(level, count)
    event = CreditLevelDecided(
        party=row.party, level=level, label=label, grounds=row.grounds, effective_from=day
    )
    await event_log.append(tx, case=case, event=event, step="decide", actor=actor, at=now)
    values |= {"state": "IN_FORCE", "day": day, "label": label}
    return (await tx.execute(_DECIDE, values)).one()


async def credit_enforce(
    tx: Tx,
    *,
    aeo_id: str,
    step: str,
    party: str,
    level: CreditLevel,
    signed: Signed,
    actor: Actor,
    book: PolicyBook,
    now: datetime,
) -> None:
    """Put a level in force that an accreditation's two officers signed."""
    day = business_day(now)
    label = level_label(level, book.integer("credit.levels", on=day))
    await tx.execute(_REPLACE, {"party": party, "day": day})
    values = {
        "credit_id": new_uuid(),
        "party": party,
        "level": level.value,
        "label": label,
        "grounds": signed.grounds,
        "aeo_id": UUID(hex=aeo_id[4:]),
        "author": signed.author,
        "signer": signed.signer,
        "at": now,
        "day": day,
    }
    await tx.execute(_ENFORCE, values)
    event = CreditLevelDecided(
        party=party, level=level, label=label, grounds=signed.grounds, effective_from=day
    )
    await event_log.append(tx, case=aeo_id, event=event, step=step, actor=actor, at=now)


async def _no_certificate(tx: Tx, party: str) -> Refusal | None:
    kind, _, code = party.partition(":")
    if kind != "enterprise":
        return None
    found = (await tx.execute(_CERTIFIED, {"code": code})).scalar_one_or_none()
    if found is None:
        return None
    case = show("aeo", found)
    return Refusal(
        "CERTIFICATE_IN_FORCE", f"The enterprise is certified; downgrade it in {case}.", "/party"
    )


async def _none_pending(tx: Tx, party: str) -> Refusal | None:
    if (await tx.execute(_PENDING, {"party": party})).first() is None:
        return None
    return Refusal("CREDIT_PENDING", "Another decision about this party waits for a signature.")


def _limits(proposal: CreditProposal, book: PolicyBook, day: date) -> Limits | None:
    if proposal.violations is None:
        return None
    kind = "broker" if proposal.violations.is_broker else "nonbroker"
    limits = book.get(f"credit.dishonest.{kind}", on=day)
    return Limits(Decimal(limits["rate"]), Money.parse(limits["fines_cny"], "CNY"))


def _facts(year: Violations | None) -> dict[str, Any]:
    if year is None:
        return {}
    return {
        "violations": year.count,
        "documents": year.documents,
        "fines": year.fines.amount,
        "is_broker": year.is_broker,
    }
