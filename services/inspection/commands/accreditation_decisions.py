"""Decisions on accreditations: proposed by one officer, in effect with another's signature."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import text

from services.inspection.commands.accreditation import case_change, case_of
from services.inspection.commands.authors import author_of
from services.inspection.commands.credit import Signed, credit_enforce
from services.inspection.commands.orders import append
from services.inspection.domain.events import (
    AccreditationDecisionProposed,
    AccreditationDecisionSentBack,
    AccreditationFailed,
    CertificateReinstated,
    CertificateRevoked,
    CertificateSuspended,
    EnterpriseCertified,
)
from services.inspection.domain.model import Accreditation, CreditLevel, PendingDecision
from services.inspection.domain.rules import accreditation as law
from services.inspection.domain.rules.four_eyes import other_person
from services.inspection.domain.states import AEO, AeoState
from services.kernel.clock import business_day
from services.kernel.events import Event
from services.kernel.identifiers import new_uuid
from services.kernel.messages import Actor
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.platform.database import Row, Tx

_PROPOSE = text(
    "INSERT INTO accreditation_decisions (decision_id, aeo_id, cycle, kind, level, grounds,"
    " author, proposed_at) VALUES (:decision_id, :aeo_id, :cycle, :kind, :level, :grounds,"
    " :author, :at)"
)
_SIGN = text(
    "UPDATE accreditation_decisions SET signer = :signer, agreed = :agreed,"
    " signer_remark = :remark, signed_at = :at WHERE decision_id = :decision_id"
)
_LOST_LEVELS: Final = (
    CreditLevel.ORDINARY,
    CreditLevel.DISHONEST,
    CreditLevel.SERIOUSLY_DISHONEST,
)


def act_of(case: Accreditation, kind: str) -> str:
    """The act of the state table that a decision of this kind is."""
    if kind == "FAIL" and case.cycle > 1:
        return "fail_review"
    return kind.lower()


async def decision_propose(
    tx: Tx,
    row: Row,
    *,
    kind: str,
    level: CreditLevel | None,
    grounds: str,
    actor: Actor,
    book: PolicyBook,
    now: datetime,
) -> None:
    """Propose a decision for the second signature.

    Raises Refused STATE_CONFLICT, DECISION_PENDING, OWN_REPORT, SCORE_NOT_PASSED, LEVEL_UNKNOWN.
    """
    case = case_of(row)
    AEO.move(AeoState(row.state), act_of(case, kind))
    refusals = (
        _none_pending(case),
        law.not_the_reporter(case, actor.party_code),
        law.decision_follows_score(case, kind),
        _level_fits(kind, level, book.integer("credit.levels", on=business_day(now))),
    )
    refuse_if_any(r for r in refusals if r is not None)
    await _another_than_the_reporter(tx, case, actor)
    decision_id = new_uuid()
    values = {
        "decision_id": decision_id,
        "aeo_id": row.aeo_id,
        "cycle": row.cycle,
        "kind": kind,
        "level": None if level is None else level.value,
        "grounds": grounds,
        "author": actor.party_code,
        "at": now,
    }
    await tx.execute(_PROPOSE, values)
    await case_change(tx, row.aeo_id, pending=decision_id)
    event = AccreditationDecisionProposed(cycle=row.cycle, kind=kind, author=actor.party_code)
    await append(tx, case.aeo_id, event, f"propose:{decision_id.hex}", actor, now)


async def decision_countersign(
    tx: Tx,
    row: Row,
    *,
    agree: bool,
    remark: str,
    actor: Actor,
    book: PolicyBook,
    now: datetime,
) -> None:
    """Sign a pending decision, which carries it out, or send it back.

    Raises Refused NOTHING_TO_SIGN, OWN_DECISION, OWN_REPORT, STATE_CONFLICT.
    """
    case = case_of(row)
    pending = case.pending
    if pending is None:
        raise Refused(Refusal("NOTHING_TO_SIGN", "No decision waits for a signature."))
    signer = actor.party_code
    refusals = (law.signed_by_another(case, signer), law.not_the_reporter(case, signer))
    refuse_if_any(r for r in refusals if r is not None)
    author = await author_of(tx, case.aeo_id, f"propose:{pending.decision_id}")
    if not other_person(author, actor):
        raise Refused(Refusal("OWN_DECISION", "This is your own decision; another officer signs."))
    await _another_than_the_reporter(tx, case, actor)
    signed = {"signer": signer, "agreed": agree, "remark": remark, "at": now}
    await tx.execute(_SIGN, {"decision_id": row.pending, **signed})
    if agree:
        await _carry_out(tx, row, case, pending, author=author, actor=actor, book=book, now=now)
        return
    await case_change(tx, row.aeo_id, pending=None)
    event = AccreditationDecisionSentBack(cycle=row.cycle, kind=pending.kind, signer=signer)
    await append(tx, case.aeo_id, event, f"sign:{pending.decision_id}", actor, now)


async def _carry_out(
    tx: Tx,
    row: Row,
    case: Accreditation,
    pending: PendingDecision,
    *,
    author: Actor,
    actor: Actor,
    book: PolicyBook,
    now: datetime,
) -> None:
    act = act_of(case, pending.kind)
    state = AEO.move(AeoState(row.state), act)
    changes, event, level = _effect(row, case, pending, actor, book, now)
    await case_change(tx, row.aeo_id, state=state.value, pending=None, **changes)
    await append(tx, case.aeo_id, event, f"sign:{pending.decision_id}", actor, now)
    if level is None:
        return
    await credit_enforce(
        tx,
        aeo_id=case.aeo_id,
        step=f"level:{pending.decision_id}",
        party=f"enterprise:{case.enterprise_code}",
        level=level,
        signed=Signed(author.subject, actor.subject, pending.kind),
        actor=actor,
        book=book,
        now=now,
    )


_Effect = tuple[dict[str, Any], Event, CreditLevel | None]


def _effect(
    row: Row,
    case: Accreditation,
    pending: PendingDecision,
    actor: Actor,
    book: PolicyBook,
    now: datetime,
) -> _Effect:
    """What a signed decision writes, tells, and makes of the credit level."""
    certificate = law.certificate_code(case.enterprise_code)
    today = business_day(now)
    match pending.kind:
        case "CERTIFY":
            return _certified(case, pending, actor, book, now)
        case "SUSPEND":
            suspended = CertificateSuspended(certificate=certificate, grounds=pending.grounds)
            return {}, suspended, CreditLevel.ORDINARY
        case "REINSTATE":
            return {}, CertificateReinstated(certificate=certificate), case.level
    barred = law.years_after(today, book.integer("aeo.reapply_years", on=today))
    ended = {"ended_on": today, "barred_until": barred}
    if row.certificate is None:
        failed = AccreditationFailed(
            barred_until=barred, author=pending.author, signer=actor.party_code
        )
        return ended, failed, None
    revoked = CertificateRevoked(
        certificate=certificate, grounds=pending.grounds, barred_until=barred
    )
    return ended, revoked, pending.level or CreditLevel.ORDINARY


def _certified(
    case: Accreditation, pending: PendingDecision, actor: Actor, book: PolicyBook, now: datetime
) -> _Effect:
    today = business_day(now)
    count = book.integer("credit.levels", on=today)
    refuse_if_any(r for r in (law.level_exists(case.level, count),) if r is not None)
    review_due = law.years_after(today, book.integer("aeo.review_years", on=today))
    certificate = law.certificate_code(case.enterprise_code)
    changes = {"certificate": certificate, "certified_on": today, "review_due_on": review_due}
    event = EnterpriseCertified(
        certificate=certificate,
        level=case.level,
        label=law.level_label(case.level, count),
        issued_on=today,
        review_due_on=review_due,
        author=pending.author,
        signer=actor.party_code,
    )
    return changes, event, case.level


async def _another_than_the_reporter(tx: Tx, case: Accreditation, actor: Actor) -> None:
    if case.reporter is None:
        return
    if not other_person(await author_of(tx, case.aeo_id, f"report:{case.cycle}"), actor):
        raise Refused(Refusal("OWN_REPORT", "You wrote the on-site report; another decides."))


def _none_pending(case: Accreditation) -> Refusal | None:
    if case.pending is None:
        return None
    return Refusal("DECISION_PENDING", f"{case.pending.kind} waits for a signature already.")


def _level_fits(kind: str, level: CreditLevel | None, count: int) -> Refusal | None:
    """Only a downgrade names a level, and one below the accredited ones."""
    if kind != "DOWNGRADE":
        return None if level is None else Refusal("LEVEL_UNKNOWN", "Name no level.", "/level")
    if level is None or level not in _LOST_LEVELS:
        names = ", ".join(_LOST_LEVELS)
        return Refusal("LEVEL_UNKNOWN", f"A downgrade names one of {names}.", "/level")
    return law.level_exists(level, count, "/level")
