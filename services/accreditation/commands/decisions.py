"""Decisions on accreditations: proposed by one officer, in effect with another's signature."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import text

from services.accreditation.commands.cases import case_change, case_of, case_stand, desk_case
from services.accreditation.commands.credit import Signed, credit_enforce
from services.accreditation.commands.examining import examined_by
from services.accreditation.domain import refusals
from services.accreditation.domain.events import (
    AccreditationDecisionProposed,
    AccreditationDecisionSentBack,
    AccreditationFailed,
    CertificateReinstated,
    CertificateRevoked,
    CertificateSuspended,
    EnterpriseCertified,
)
from services.accreditation.domain.model import EXAMINER, Accreditation, PendingDecision
from services.accreditation.domain.rules import accreditation as law
from services.accreditation.domain.states import AEO, AeoState
from services.kernel.clock import business_day
from services.kernel.credit_level import CreditLevel
from services.kernel.events import Event
from services.kernel.header import Header
from services.kernel.identifiers import new_uuid, show
from services.kernel.messages import Actor
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.rule import asked
from services.kernel.salted import salted_digest
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.event_log import actor_of
from services.platform.visibility import customs

_PROPOSE = text(
    "INSERT INTO accreditation_decisions (decision_id, aeo_id, cycle, kind, level, grounds,"
    " author, proposed_at) VALUES (:decision_id, :aeo_id, :cycle, :kind, :level, :grounds,"
    " :author, :at)"
)
_SIGN = text(
    "UPDATE accreditation_decisions SET signer = :signer, agreed = :agreed,"
    " signer_remark = :remark, signed_at = :at WHERE decision_id = :decision_id"
)
_PENDING = text(
    "SELECT kind, level, author, grounds FROM accreditation_decisions"
    " WHERE decision_id = :decision_id"
)
_LEVEL = text("SELECT level FROM credit_decisions WHERE party = :party AND state = 'IN_FORCE'")
_LOST_LEVELS: Final = (
    CreditLevel.ORDINARY,
    CreditLevel.DISHONEST,
    CreditLevel.SERIOUSLY_DISHONEST,
)


async def decision_propose(
    act: Act, aeo_id: str, *, kind: str, level: CreditLevel | None, grounds: str
) -> None:
    """Propose a decision for the second signature.

    Raises Refused STATE_CONFLICT, DECISION_PENDING, SAME_PERSON (who examined does not decide),
    OFFICER_NOT_ELIGIBLE, NO_CERTIFICATE, ALREADY_SUSPENDED, SCORE_NOT_PASSED, LEVEL_UNKNOWN,
    CREDIT_NOT_REPAIRED.
    """
    row = await desk_case(act, aeo_id, skill=EXAMINER)
    case = case_of(row)
    AEO.move(AeoState(row.state), law.move_of(case, kind))
    today = business_day(act.at)
    levels = (await act.law()).integer("credit.levels", on=today)
    refuse_if_any(
        [
            *(() if row.pending is None else (_PENDING_ALREADY,)),
            *await no_examiner(act, case, act.actor, today=today),
            *asked(today, law.certificate_stands, case, kind),
            *asked(today, law.decision_follows_score, case, kind),
            *_level_fits(kind, level, levels, on=today),
            *await dishonest(act, case, kind, today=today),
        ]
    )
    decision_id = new_uuid()
    await act.execute(
        _PROPOSE,
        decision_id=decision_id,
        aeo_id=row.aeo_id,
        cycle=row.cycle,
        kind=kind,
        level=None if level is None else level.value,
        grounds=grounds,
        author=act.actor.party_code,
        at=act.at,
    )
    await case_change(act, row.aeo_id, pending=decision_id)
    event = AccreditationDecisionProposed(
        cycle=row.cycle,
        kind=kind,
        author=act.actor.party_code,
        decision_id=decision_id.hex,
        decision=salted_digest(aeo_id, level and level.value, grounds),
    )
    act.record(aeo_id, event, step=f"propose:{decision_id.hex}")
    act.headers.wait(aeo_id, "SIGNATURE", [customs(row.port)])


async def decision_countersign(act: Act, aeo_id: str, *, agree: bool, remark: str) -> None:
    """Sign a pending decision, which carries it out, or send it back.

    Raises Refused NOTHING_TO_SIGN, SAME_PERSON (as the decision's author, or an examiner),
    OFFICER_NOT_ELIGIBLE, STATE_CONFLICT, CREDIT_NOT_REPAIRED.
    """
    row = await desk_case(act, aeo_id, skill=EXAMINER)
    case = case_of(row)
    if row.pending is None:
        raise Refused(refusals.NOTHING_TO_SIGN.at())
    pending = await _pending(act, row)
    author = await decision_author(act, row)
    today = business_day(act.at)
    refuse_if_any(await not_the_signer(act, case, author, act.actor, today=today))
    signer = act.actor.party_code
    signed = {"signer": signer, "agreed": agree, "remark": remark, "at": act.at}
    await act.execute(_SIGN, decision_id=row.pending, **signed)
    if agree:
        refuse_if_any(await dishonest(act, case, pending.kind, today=today))
        await _carry_out(act, row, pending, author)
        act.tell(aeo_id)
        return
    await case_change(act, row.aeo_id, pending=None)
    event = AccreditationDecisionSentBack(
        cycle=row.cycle, kind=pending.kind, signer=signer, decision_id=row.pending.hex
    )
    act.record(aeo_id, event, step=f"sign:{row.pending.hex}")
    act.headers.brought(aeo_id, "SIGNATURE")


async def _pending(act: Act, row: Row) -> PendingDecision:
    found = (await act.execute(_PENDING, decision_id=row.pending)).one()
    level = None if found.level is None else CreditLevel(found.level)
    return PendingDecision(found.kind, found.author, level, found.grounds)


async def decision_author(tx: Statements, row: Row) -> Actor:
    """Who proposed the decision that waits for its second signature."""
    return await actor_of(tx, show("aeo", row.aeo_id), f"propose:{row.pending.hex}")


async def not_the_signer(
    tx: Statements, case: Accreditation, author: Actor, actor: Actor, *, today: date
) -> list[Refusal]:
    """Why somebody does not sign the decision that waits: its author, or who examined."""
    own = asked(today, law.signed_by_another, author, actor)
    return own or await no_examiner(tx, case, actor, today=today)


async def dishonest(
    tx: Statements, case: Accreditation, kind: str, *, today: date
) -> list[Refusal]:
    """Why an enterprise is not certified that became dishonest since it applied."""
    if kind != "CERTIFY":
        return []
    party = f"enterprise:{case.enterprise_code}"
    level = (await tx.execute(_LEVEL, {"party": party})).scalar_one_or_none()
    now = CreditLevel.ORDINARY if level is None else CreditLevel(level)
    return asked(today, law.applicant_not_dishonest, now)


async def no_examiner(
    tx: Statements, case: Accreditation, actor: Actor, *, today: date
) -> list[Refusal]:
    """Why who examined does not decide as well: one reason, whichever of the two it was."""
    found = [
        refusal
        for examiner in await examined_by(tx, case)
        for refusal in asked(today, law.not_the_reporter, examiner, actor)
    ]
    return found[:1]


async def _carry_out(act: Act, row: Row, pending: PendingDecision, author: Actor) -> None:
    case = case_of(row)
    state = AEO.move(AeoState(row.state), law.move_of(case, pending.kind))
    changes, event, level = _effect(act, row, pending, await act.law())
    await case_change(act, row.aeo_id, state=state.value, pending=None, **changes)
    act.record(case.aeo_id, event, step=f"sign:{row.pending.hex}")
    case_stand(act, row, state, header=Header(clock_stopped_at=act.at))
    act.headers.brought(case.aeo_id, "SIGNATURE")
    if level is None:
        return
    await credit_enforce(
        act,
        aeo_id=case.aeo_id,
        step=f"level:{row.pending.hex}",
        party=f"enterprise:{case.enterprise_code}",
        level=level,
        signed=Signed(author.subject, act.actor.subject, pending.kind),
    )


_Effect = tuple[dict[str, Any], Event, CreditLevel | None]


def _effect(act: Act, row: Row, pending: PendingDecision, book: PolicyBook) -> _Effect:
    """What a signed decision writes, tells, and makes of the credit level."""
    case = case_of(row)
    today = business_day(act.at)
    signed: dict[str, Any] = {"signer": act.actor.party_code, "decision_id": row.pending.hex}
    certified = {"certificate": law.certificate_code(case.enterprise_code), **signed}
    match pending.kind:
        case "CERTIFY":
            return _certified(act, case, pending, book, signed)
        case "SUSPEND":
            suspended = CertificateSuspended(grounds=pending.grounds, **certified)
            return {"suspended_on": today}, suspended, CreditLevel.ORDINARY
        case "REINSTATE":
            return {"suspended_on": None}, CertificateReinstated(**certified), case.level
    barred = law.years_after(today, book.integer("aeo.reapply_years", on=today))
    ended = {"ended_on": today, "barred_until": barred}
    if row.certificate is None:
        failed = AccreditationFailed(barred_until=barred, author=pending.author, **signed)
        return ended, failed, None
    revoked = CertificateRevoked(grounds=pending.grounds, barred_until=barred, **certified)
    return ended, revoked, pending.level or CreditLevel.ORDINARY


def _certified(
    act: Act,
    case: Accreditation,
    pending: PendingDecision,
    book: PolicyBook,
    signed: Mapping[str, Any],
) -> _Effect:
    today = business_day(act.at)
    count = book.integer("credit.levels", on=today)
    refuse_if_any(law.level_refusals(case.level, count, on=today))
    review_due = law.years_after(today, book.integer("aeo.review_years", on=today))
    certificate = law.certificate_code(case.enterprise_code)
    changes = {
        "certificate": certificate,
        "certified_on": today,
        "review_due_on": review_due,
        "suspended_on": None,
    }
    event = EnterpriseCertified(
        certificate=certificate,
        level=case.level,
        label=law.level_label(case.level, count),
        issued_on=today,
        review_due_on=review_due,
        author=pending.author,
        **signed,
    )
    return changes, event, case.level


_PENDING_ALREADY: Final = refusals.DECISION_PENDING.at()


def _level_fits(kind: str, level: CreditLevel | None, count: int, *, on: date) -> list[Refusal]:
    """Only a downgrade names a level, and one below the accredited ones."""
    if kind != "DOWNGRADE":
        return [] if level is None else [refusals.LEVEL_NOT_ASKED.at("/level")]
    if level is None or level not in _LOST_LEVELS:
        return [refusals.LEVEL_NOT_ONE_OF.at("/level", levels=_LOST_LEVELS)]
    return law.level_refusals(level, count, on=on)
