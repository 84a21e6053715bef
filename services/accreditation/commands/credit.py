"""Credit levels: proposed by one officer, in force with another's signature, history kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.accreditation.domain import refusals
from services.accreditation.domain.events import (
    CreditLevelDecided,
    CreditLevelProposed,
    CreditLevelRefused,
)
from services.accreditation.domain.rules.accreditation import level_label, level_refusals
from services.accreditation.domain.rules.credit import (
    Dishonesty,
    Grounds,
    Limits,
    Violations,
    decided_at_its_port,
    grounds_support_level,
    is_no_milder,
    level_signed_by_another,
    repair_waited_for,
)
from services.kernel.clock import business_day
from services.kernel.credit_level import CreditLevel
from services.kernel.identifiers import new_uuid, show
from services.kernel.messages import Actor
from services.kernel.money import Money
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.refusals import DECIDED_BEFORE
from services.kernel.rule import asked
from services.kernel.salted import salted_digest
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.event_log import THEN, actor_of, locked_version_of
from services.platform.officers import fitness, require_fit_officer
from services.platform.two_persons import require_another

# Whatever keeps a party's level from being decided here: a certificate, another proposal, a wait.
_OPEN = text(
    """
    WITH decided AS (
        SELECT credit_id, level, grounds, effective_from FROM credit_decisions
        WHERE party = :party AND state IN ('IN_FORCE', 'REPLACED')
    ), dishonest AS (
        SELECT credit_id, grounds, effective_from FROM decided
        WHERE level IN ('DISHONEST', 'SERIOUSLY_DISHONEST') AND effective_from >= coalesce(
            (SELECT max(effective_from) FROM decided WHERE level NOT LIKE '%DISHONEST'),
            '-infinity'
        )
    )
    SELECT (
        SELECT aeo_id FROM accreditations
        WHERE :party = 'enterprise:' || enterprise_code AND certificate IS NOT NULL
            AND ended_on IS NULL
    ) AS certified_in, ARRAY(
        SELECT d.grounds FROM dishonest AS d ORDER BY d.credit_id
    ) AS dishonest_for, ARRAY(
        SELECT d.effective_from FROM dishonest AS d ORDER BY d.credit_id
    ) AS dishonest_since, (
        SELECT credit_id FROM credit_decisions WHERE party = :party AND state = 'PROPOSED'
    ) AS pending, (
        SELECT level FROM credit_decisions WHERE party = :party AND state = 'IN_FORCE'
    ) AS in_force, f.party IS NOT NULL AS on_file, f.port
    FROM (VALUES (0)) AS one LEFT JOIN (
        SELECT 'enterprise:' || enterprise_code AS party, port FROM v_enterprises
        UNION ALL
        SELECT 'group:' || group_code, port FROM v_groups
        UNION ALL
        SELECT 'resident:res_' || replace(CAST(resident_id AS text), '-', ''), NULL
        FROM v_residents
    ) AS f ON f.party = :party
    """
)
_PROPOSE = text(
    "INSERT INTO credit_decisions (credit_id, party, level, label, grounds, facts, state, author,"
    " proposed_at) VALUES (:credit_id, :party, :level, :label, :grounds, CAST(:facts AS jsonb),"
    " 'PROPOSED', :author, :at) RETURNING *, 1 AS version"
)
_DECISION = text(
    f"SELECT *, {locked_version_of('credit_id')} FROM credit_decisions"
    " WHERE credit_id = :credit_id FOR UPDATE"
)
_REPLACE = text(
    "UPDATE credit_decisions SET state = 'REPLACED', effective_to = greatest(effective_from, :day)"
    " WHERE party = :party AND state = 'IN_FORCE'"
)
_DECIDE = text(
    "UPDATE credit_decisions SET state = :state, signer = :signer, decided_at = :at,"
    " effective_from = :day, label = :label WHERE credit_id = :credit_id"
    f" RETURNING *, {THEN}"
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


async def credit_propose(act: Act, proposal: CreditProposal) -> Row:
    """Propose a level. Raises Refused LEVEL_UNKNOWN, GROUNDS_INSUFFICIENT, CREDIT_PENDING,
    CERTIFICATE_IN_FORCE (a certified enterprise is downgraded in its accreditation),
    NOTHING_TO_REPAIR, REPAIR_TOO_EARLY, OFFICER_NOT_ON_FILE, OFFICER_NOT_ELIGIBLE, FORBIDDEN."""
    open_ = await _party_of(act, proposal.party)
    law, day = await act.law(), business_day(act.at)
    count = law.integer("credit.levels", on=day)
    refusals = [
        _no_certificate(open_.certified_in),
        _not_pending(open_.pending),
        None if open_.on_file else _NOBODY,
    ]
    refuse_if_any(
        [
            *level_refusals(proposal.level, count, on=day),
            *_unsupported(proposal, open_, law, day),
            *(r for r in refusals if r is not None),
        ]
    )
    credit_id = new_uuid()
    facts = _facts(proposal.violations)
    proposed = await act.execute(
        _PROPOSE,
        credit_id=credit_id,
        party=proposal.party,
        level=proposal.level.value,
        label=level_label(proposal.level, count),
        grounds=proposal.grounds.value,
        facts=json.dumps(facts),
        author=act.actor.subject,
        at=act.at,
    )
    event = CreditLevelProposed(
        party=proposal.party,
        level=proposal.level,
        grounds=proposal.grounds,
        author=act.actor.subject,
        facts=salted_digest(show("crd", credit_id), facts),
    )
    act.record(show("crd", credit_id), event, step="propose")
    row: Row = proposed.one()
    return row


async def credit_countersign(act: Act, credit_id: UUID, *, agree: bool) -> Row:
    """Sign a proposed level, which puts it in force for new screenings, or refuse it.

    Raises Refused NOT_FOUND, PRECONDITION_REQUIRED, VERSION_MISMATCH, STATE_CONFLICT, SAME_PERSON,
    LEVEL_UNKNOWN, GROUNDS_INSUFFICIENT (by what the law asks on the day of the signature, which may
    have changed since), CERTIFICATE_IN_FORCE, NOTHING_TO_REPAIR, REPAIR_TOO_EARLY,
    OFFICER_NOT_ON_FILE, OFFICER_NOT_ELIGIBLE, FORBIDDEN.
    """
    row = await act.found(_DECISION, credit_id=credit_id)
    open_ = await _party_of(act, row.party)
    case = show("crd", credit_id)
    act.require_version(case, row.version)
    if row.state != "PROPOSED":
        raise Refused(DECIDED_BEFORE.at(state=row.state))
    await require_another(act, case, "propose", level_signed_by_another)
    day = business_day(act.at)
    signed = {"credit_id": credit_id, "version": row.version, "signer": act.actor.subject}
    if not agree:
        act.record(case, CreditLevelRefused(party=row.party, level=row.level), step="decide")
        return await _decided(act, signed, state="REFUSED", day=None, label=row.label)
    law, level = await act.law(), CreditLevel(row.level)
    count = law.integer("credit.levels", on=day)
    refuse_if_any(_unsigned(_proposed(row), open_, law, day))
    await act.execute(_REPLACE, party=row.party, day=day)
    label = level_label(level, count)
    event = CreditLevelDecided(
        party=row.party,
        level=level,
        label=label,
        grounds=row.grounds,
        effective_from=day,
        rules=("CREDIT-GROUNDS", "CREDIT-SECOND"),
    )
    act.record(case, event, step="decide")
    return await _decided(act, signed, state="IN_FORCE", day=day, label=label)


async def _party_of(act: Act, party: str) -> Row:
    """What the record says of a party whose level the actor may decide on.

    Raises Refused OFFICER_NOT_ON_FILE, OFFICER_NOT_ELIGIBLE, FORBIDDEN.
    """
    await require_fit_officer(act, party=party)
    found: Row = (await act.execute(_OPEN, party=party)).one()
    refuse_if_any(asked(business_day(act.at), decided_at_its_port, found.port, act.actor.port))
    return found


async def _decided(act: Act, signed: dict[str, Any], **outcome: Any) -> Row:
    row: Row = (await act.execute(_DECIDE, at=act.at, **signed, **outcome)).one()
    return row


async def acts_on(
    tx: Statements, row: Row, actor: Actor, law: PolicyBook, *, today: date
) -> list[str]:
    """Which acts on a proposed level are open to whoever reads it, by what they are refused for."""
    if actor.role != "officer" or row.state != "PROPOSED":
        return []
    fit = await fitness(tx, actor, party=row.party)
    if not fit.on_file or fit.unfit is not None:
        return []
    open_ = (await tx.execute(_OPEN, {"party": row.party})).one()
    author = await actor_of(tx, show("crd", row.credit_id), "propose")
    barred = [
        *asked(today, decided_at_its_port, open_.port, actor.port),
        *asked(today, level_signed_by_another, author, actor),
    ]
    if barred:
        return []
    return ["refuse"] if _unsigned(_proposed(row), open_, law, today) else ["countersign", "refuse"]


async def credit_enforce(
    act: Act, *, aeo_id: str, step: str, party: str, level: CreditLevel, signed: Signed
) -> None:
    """Put a level in force that an accreditation's two officers signed."""
    day = business_day(act.at)
    label = level_label(level, (await act.law()).integer("credit.levels", on=day))
    await act.execute(_REPLACE, party=party, day=day)
    await act.execute(
        _ENFORCE,
        credit_id=new_uuid(),
        party=party,
        level=level.value,
        label=label,
        grounds=signed.grounds,
        aeo_id=UUID(hex=aeo_id[4:]),
        author=signed.author,
        signer=signed.signer,
        at=act.at,
        day=day,
    )
    event = CreditLevelDecided(
        party=party,
        level=level,
        label=label,
        grounds=signed.grounds,
        effective_from=day,
        rules=("AEO-SECOND",),
    )
    act.record(aeo_id, event, step=step)


_NOBODY: Final = refusals.PARTY_NOT_FILED.at("/party")


def _not_pending(credit_id: UUID | None) -> Refusal | None:
    if credit_id is None:
        return None
    return refusals.CREDIT_PENDING.at("/party", case_id=show("crd", credit_id))


def _no_certificate(certified_in: UUID | None) -> Refusal | None:
    if certified_in is None:
        return None
    case = show("aeo", certified_in)
    return refusals.CERTIFICATE_IN_FORCE.at("/party", case_id=case)


def _repair(grounds: str, open_: Row, book: PolicyBook, day: date) -> list[Refusal]:
    """Why a party's credit may not be repaired yet."""
    if grounds != Grounds.REPAIRED:
        return []
    months = book.get("credit.repair_months", on=day)
    dishonest = [
        Dishonesty(why, since)
        for why, since in zip(open_.dishonest_for, open_.dishonest_since, strict=True)
    ]
    return asked(day, repair_waited_for, day, dishonest, months)


def _unsupported(proposal: CreditProposal, open_: Row, law: PolicyBook, day: date) -> list[Refusal]:
    """Why the grounds do not bear out a level, by the law of a day."""
    level, grounds = proposal.level, proposal.grounds
    limits = _limits(proposal, law, day)
    stands = None if open_.in_force is None else CreditLevel(open_.in_force)
    return [
        *asked(day, grounds_support_level, level, grounds, proposal.violations, limits),
        *asked(day, is_no_milder, level, grounds, stands),
        *_repair(grounds, open_, law, day),
    ]


def _unsigned(proposal: CreditProposal, open_: Row, law: PolicyBook, day: date) -> list[Refusal]:
    """Why what was proposed may not be put in force on a day."""
    certified = _no_certificate(open_.certified_in)
    return [
        *level_refusals(proposal.level, law.integer("credit.levels", on=day), on=day),
        *_unsupported(proposal, open_, law, day),
        *(() if certified is None else (certified,)),
    ]


def _proposed(row: Row) -> CreditProposal:
    """What was proposed, as it stands on record."""
    year = None
    if row.facts:
        fines = Money.parse(row.facts["fines"], "CNY")
        year = Violations(
            row.facts["violations"], row.facts["documents"], fines, row.facts["is_broker"]
        )
    return CreditProposal(row.party, CreditLevel(row.level), Grounds(row.grounds), year)


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
