"""Accreditation up to the decision: application, acceptance, clock, self-assessment, report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from services.inspection.commands.credit import credit_level
from services.inspection.commands.orders import (
    OFFICERS_TOO_FEW,
    append,
    draw_keep,
    officers_for,
    require_version,
)
from services.inspection.commands.seeds import SeedKeeper, seed_for_draw
from services.inspection.domain.events import (
    AccreditationAccepted,
    AccreditationApplied,
    AccreditationClockExtended,
    AccreditationClockRanOut,
    AccreditationDeclined,
    AccreditationWithdrawn,
    ExaminersDrawn,
    ExaminersUnavailable,
    OnSiteReported,
    ReexaminationFellDue,
    SelfAssessmentFiled,
)
from services.inspection.domain.model import Accreditation, CreditLevel, PendingDecision, Skill
from services.inspection.domain.rules import accreditation as law
from services.inspection.domain.rules.draw import OFFICERS_DRAWN, Purpose
from services.inspection.domain.rules.score import Mark, marks_complete, score
from services.inspection.domain.states import AEO, CLOCK_RUNS, AeoState
from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.messages import SYSTEM, Actor
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.platform import outbox
from services.platform.database import Row, Tx
from services.platform.officers import require_officer
from workflows.ports.inspection import ACCREDITATION, QUEUE, AccreditationCase

_CASE = text(
    "SELECT a.*, d.kind AS pending_kind, d.level AS pending_level, d.author AS pending_author,"
    " d.grounds AS pending_grounds FROM accreditations AS a"
    " LEFT JOIN accreditation_decisions AS d ON d.decision_id = a.pending"
    " WHERE a.aeo_id = :aeo_id FOR UPDATE OF a"
)
_ENTERPRISE = text("SELECT port FROM v_enterprises WHERE enterprise_code = :code")
_EARLIER = text(
    "SELECT max(barred_until) AS barred_until, bool_or(ended_on IS NULL) AS open,"
    " bool_or(reference = :reference) AS reference_taken"
    " FROM accreditations WHERE enterprise_code = :code"
)
_APPLY = text(
    "INSERT INTO accreditations (aeo_id, enterprise_code, reference, port, level, trades, state,"
    " version, cycle, applied_at, draw_no, examiners) VALUES (:aeo_id, :code, :reference, :port,"
    " :level, :trades, 'APPLIED', 1, 1, :at, 0, '{}')"
)
_KEEP_REPORT = text(
    "INSERT INTO on_site_reports (aeo_id, cycle, author, marks, total, passed, failures, opinion,"
    " reported_at) VALUES (:aeo_id, :cycle, :author, CAST(:marks AS jsonb), :total, :passed,"
    " :failures, :opinion, :at)"
)
_COLUMNS: Final = frozenset(
    {
        "state", "accepted_on", "due_on", "extended", "overdue_at", "self_assessment", "draw_no",
        "examiners", "unstaffed_reason", "reporter", "total", "passed", "pending", "certificate",
        "certified_on", "review_due_on", "ended_on", "barred_until", "cycle", "level",
    }
)  # fmt: skip


_OF_ONE_CYCLE: Final = ("pending", "reporter", "total", "passed")


async def accreditation_apply(
    tx: Tx,
    *,
    level: CreditLevel,
    trades: tuple[str, ...],
    reference: str | None,
    actor: Actor,
    book: PolicyBook,
    now: datetime,
) -> Row:
    """Open an enterprise's accreditation and its workflow.

    Raises Refused LEVEL_UNKNOWN, TRADE_UNKNOWN, NOT_AN_ENTERPRISE, CREDIT_NOT_REPAIRED,
    REAPPLY_TOO_EARLY, ALREADY_OPEN, DUPLICATE_REFERENCE.
    """
    code, today = actor.party_code, business_day(now)
    port = (await tx.execute(_ENTERPRISE, {"code": code})).scalar_one_or_none()
    if port is None or actor.party_kind != "enterprise":
        raise Refused(Refusal("NOT_AN_ENTERPRISE", "Only a registered enterprise may apply."))
    earlier = (await tx.execute(_EARLIER, {"code": code, "reference": reference})).one()
    current = await credit_level(tx, actor.party)
    refusals = [
        *law.application_refusals(level, trades, book.integer("credit.levels", on=today)),
        law.applicant_not_dishonest(current),
        law.reapplication_waits(today, earlier.barred_until),
        _taken("ALREADY_OPEN", "An accreditation of this enterprise is open.", earlier.open),
        _taken("DUPLICATE_REFERENCE", "You used this reference before.", earlier.reference_taken),
    ]
    refuse_if_any(r for r in refusals if r is not None)
    case = show("aeo", new_uuid())
    values = {"code": code, "reference": reference, "port": port, "trades": list(trades)}
    keys = {"aeo_id": uuid_of(case, "aeo")}
    await tx.execute(_APPLY, {**keys, **values, "level": level.value, "at": now})
    event = AccreditationApplied(enterprise_code=code, level=level, trades=trades)
    await append(tx, case, event, "apply", actor, now)
    attributes = {"CaseType": "accreditation", "Port": port, "Party": actor.party}
    await outbox.start_workflow(
        tx,
        workflow=ACCREDITATION,
        case=case,
        queue=QUEUE,
        message=AccreditationCase(aeo_id=case),
        attributes=attributes,
    )
    return await case_locked(tx, case)


async def case_locked(tx: Tx, aeo_id: str) -> Row:
    """The case with its pending decision, locked. Raises Refused NOT_FOUND."""
    row = (await tx.execute(_CASE, {"aeo_id": uuid_of(aeo_id, "aeo")})).one_or_none()
    if row is None:
        raise Refused(Refusal("NOT_FOUND", "There is no such accreditation."))
    return row


def case_of(row: Row) -> Accreditation:
    """The case as the rules see it."""
    pending = None
    if row.pending is not None:
        level = None if row.pending_level is None else CreditLevel(row.pending_level)
        pending = PendingDecision(
            show_decision(row.pending), row.pending_kind, row.pending_author, level,
            row.pending_grounds,
        )  # fmt: skip
    return Accreditation(
        aeo_id=show("aeo", row.aeo_id),
        enterprise_code=row.enterprise_code,
        port=row.port,
        level=CreditLevel(row.level),
        state=row.state,
        version=row.version,
        cycle=row.cycle,
        accepted_on=row.accepted_on,
        due_on=row.due_on,
        extended=row.extended,
        overdue=row.overdue_at is not None,
        examiners=tuple(row.examiners),
        reporter=row.reporter,
        passed=row.passed,
        pending=pending,
        trades=tuple(row.trades),
    )


def show_decision(decision_id: UUID) -> str:
    """A decision's own identifier; it is not a case and has no chain."""
    return decision_id.hex


async def case_change(tx: Tx, aeo_id: UUID, **changes: Any) -> None:
    """Write columns of a case and raise its version."""
    if not changes.keys() <= _COLUMNS:
        raise ValueError(f"no such columns: {sorted(changes.keys() - _COLUMNS)}")
    assignments = ", ".join(
        f"{name} = CAST(:{name} AS jsonb)" if name == "self_assessment" else f"{name} = :{name}"
        for name in sorted(changes)
    )
    # Names come from the list above, values are bound.
    statement = f"UPDATE accreditations SET {assignments}, version = version + 1"
    await tx.execute(text(f"{statement} WHERE aeo_id = :aeo_id"), {"aeo_id": aeo_id, **changes})


async def accept(tx: Tx, row: Row, *, actor: Actor, book: PolicyBook, now: datetime) -> None:
    """Accept the application: the decision clock starts (W20)."""
    state = AEO.move(AeoState(row.state), "accept")
    today = business_day(now)
    due_on = law.decision_due(today, decide_days=book.integer("aeo.decide_days", on=today))
    await case_change(tx, row.aeo_id, state=state.value, accepted_on=today, due_on=due_on)
    event = AccreditationAccepted(accepted_on=today, due_on=due_on)
    await append(tx, show("aeo", row.aeo_id), event, "accept", actor, now)


async def decline(tx: Tx, row: Row, *, reason_code: str, actor: Actor, now: datetime) -> None:
    """Do not accept the application; the enterprise may apply again at once."""
    state = AEO.move(AeoState(row.state), "decline")
    await case_change(tx, row.aeo_id, state=state.value, ended_on=business_day(now))
    event = AccreditationDeclined(reason_code=reason_code)
    await append(tx, show("aeo", row.aeo_id), event, "decline", actor, now)


async def withdraw(tx: Tx, row: Row, *, actor: Actor, book: PolicyBook, now: datetime) -> None:
    """The enterprise gives up its application; one year's wait (S27)."""
    state = AEO.move(AeoState(row.state), "withdraw")
    today = business_day(now)
    barred = law.years_after(today, book.integer("aeo.reapply_years", on=today))
    await case_change(tx, row.aeo_id, state=state.value, ended_on=today, barred_until=barred)
    event = AccreditationWithdrawn(barred_until=barred)
    await append(tx, show("aeo", row.aeo_id), event, "withdraw", actor, now)


async def extend(tx: Tx, row: Row, *, actor: Actor, book: PolicyBook, now: datetime) -> None:
    """Extend the clock once. Raises Refused CLOCK_NOT_RUNNING, CLOCK_RAN_OUT, ALREADY_EXTENDED."""
    refuse_if_any(r for r in (law.extension_allowed(case_of(row)),) if r is not None)
    on: date = row.accepted_on
    due_on = law.decision_due(
        on,
        decide_days=book.integer("aeo.decide_days", on=on),
        extend_days=book.integer("aeo.extend_days", on=on),
    )
    await case_change(tx, row.aeo_id, due_on=due_on, extended=True)
    event = AccreditationClockExtended(due_on=due_on)
    await append(tx, show("aeo", row.aeo_id), event, "extend", actor, now)


async def self_assess(
    tx: Tx,
    row: Row,
    *,
    marks: Mapping[str, Mark],
    actor: Actor,
    book: PolicyBook,
    now: datetime,
) -> None:
    """The enterprise marks itself. Raises Refused MARKS_INCOMPLETE."""
    state = AEO.move(AeoState(row.state), "self_assess")
    refuse_if_any(r for r in (marks_complete(marks, tuple(row.trades)),) if r is not None)
    pass_score = book.integer("aeo.pass_score", on=business_day(now))
    total = score(marks, pass_score=pass_score).total
    await case_change(tx, row.aeo_id, state=state.value, self_assessment=json.dumps(dict(marks)))
    event = SelfAssessmentFiled(total=total)
    await append(tx, show("aeo", row.aeo_id), event, "self_assess", actor, now)


async def report(
    tx: Tx,
    row: Row,
    *,
    marks: Mapping[str, Mark],
    opinion: str,
    actor: Actor,
    book: PolicyBook,
    now: datetime,
) -> None:
    """A drawn examiner's scored report (W19). Raises Refused NOT_DRAWN, MARKS_INCOMPLETE."""
    state = AEO.move(AeoState(row.state), "report")
    author = actor.party_code
    refusals = (
        law.examiner_only(case_of(row), author),
        marks_complete(marks, tuple(row.trades)),
    )
    refuse_if_any(r for r in refusals if r is not None)
    found = score(marks, pass_score=book.integer("aeo.pass_score", on=business_day(now)))
    values = {
        "aeo_id": row.aeo_id,
        "cycle": row.cycle,
        "author": author,
        "marks": json.dumps(dict(marks)),
        "total": found.total,
        "passed": found.passed,
        "failures": list(found.failures),
        "opinion": opinion,
        "at": now,
    }
    await tx.execute(_KEEP_REPORT, values)
    outcome = {"reporter": author, "total": found.total, "passed": found.passed}
    await case_change(tx, row.aeo_id, state=state.value, **outcome)
    event = OnSiteReported(
        cycle=row.cycle,
        author=author,
        total=found.total,
        passed=found.passed,
        failures=found.failures,
    )
    await append(tx, show("aeo", row.aeo_id), event, f"report:{row.cycle}", actor, now)


async def review_open(tx: Tx, aeo_id: str, *, asked: bool, actor: Actor, now: datetime) -> Row:
    """Open the re-examination (复核) of a certified enterprise; run again, it changes nothing."""
    row = await case_locked(tx, aeo_id)
    if not asked and not AEO.moves.get((AeoState(row.state), "fall_due")):
        return row
    state, cycle = AEO.move(AeoState(row.state), "fall_due"), row.cycle + 1
    changes: dict[str, Any] = {
        "examiners": [],
        "pending": None,
        "reporter": None,
        "total": None,
        "passed": None,
    }
    await case_change(tx, row.aeo_id, state=state.value, cycle=cycle, **changes)
    event = ReexaminationFellDue(cycle=cycle, asked=asked)
    await append(tx, aeo_id, event, f"review:{cycle}", actor, now)
    return await case_locked(tx, aeo_id)


async def examiners_draw(
    tx: Tx, aeo_id: str, *, attempt: int, keeper: SeedKeeper, now: datetime
) -> Row:
    """Draw two examiners, or leave the case visibly unstaffed. Raises SeedMissing."""
    row = await case_locked(tx, aeo_id)
    if not AEO.moves.get((AeoState(row.state), "draw")):
        return row
    parties = frozenset({f"enterprise:{row.enterprise_code}"})
    eligible = await officers_for(tx, port=row.port, skill=Skill.AEO, parties=parties)
    if len(eligible) < OFFICERS_DRAWN:
        await _leave_unstaffed(tx, row, len(eligible), attempt, now)
    else:
        await _draw(tx, row, eligible, keeper, now)
    return await case_locked(tx, aeo_id)


async def _leave_unstaffed(tx: Tx, row: Row, eligible: int, attempt: int, now: datetime) -> None:
    if row.unstaffed_reason == OFFICERS_TOO_FEW:
        return
    await case_change(tx, row.aeo_id, unstaffed_reason=OFFICERS_TOO_FEW)
    event = ExaminersUnavailable(cycle=row.cycle, eligible=eligible)
    step = f"unstaffed:{row.cycle}:{attempt}"
    await append(tx, show("aeo", row.aeo_id), event, step, SYSTEM, now)


async def _draw(
    tx: Tx, row: Row, eligible: tuple[str, ...], keeper: SeedKeeper, now: datetime
) -> None:
    case, draw_no = show("aeo", row.aeo_id), row.draw_no + 1
    seed = await seed_for_draw(tx, keeper, port=row.port, day=business_day(now))
    officers = await draw_keep(
        tx,
        case=case,
        draw_no=draw_no,
        purpose=Purpose.EXAMINERS,
        seed=seed,
        subject=f"{case}|{draw_no}",
        eligible=eligible,
        count=OFFICERS_DRAWN,
    )
    state = AEO.move(AeoState(row.state), "draw").value
    changes = {"draw_no": draw_no, "examiners": list(officers), "unstaffed_reason": None}
    await case_change(tx, row.aeo_id, state=state, **changes)
    event = ExaminersDrawn(
        cycle=row.cycle, officers=officers, seed_id=show("sed", seed.seed_id), attempt=draw_no
    )
    await append(tx, case, event, f"examiners:{draw_no}", SYSTEM, now)


async def clock_ran_out(tx: Tx, aeo_id: str, *, at: datetime) -> Row:
    """Say visibly that the clock ran out, once. Decides nothing."""
    row = await case_locked(tx, aeo_id)
    if row.overdue_at is not None or row.state not in CLOCK_RUNS or row.cycle > 1:
        return row
    await case_change(tx, row.aeo_id, overdue_at=at)
    event = AccreditationClockRanOut(due_on=row.due_on)
    await append(tx, aeo_id, event, f"overdue:{row.due_on}", SYSTEM, at)
    return await case_locked(tx, aeo_id)


async def case_for_decision(
    tx: Tx, aeo_id: str, *, actor: Actor, expected_version: int | None
) -> Row:
    """The locked case of a person's act.

    Raises Refused NOT_FOUND, OFFICER_NOT_ON_FILE, VERSION_MISMATCH.
    """
    row = await case_locked(tx, aeo_id)
    own = actor.is_party("enterprise", row.enterprise_code)
    if not own and not (actor.party_kind == "officer" and actor.port == row.port):
        raise Refused(Refusal("NOT_FOUND", "There is no such accreditation."))
    if not own:
        await require_officer(tx, actor)
    require_version(row.version, expected_version)
    return row


def _taken(code: str, detail: str, taken: bool | None) -> Refusal | None:
    return Refusal(code, detail) if taken else None
