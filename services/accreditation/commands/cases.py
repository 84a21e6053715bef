"""Accreditation up to the examination: application, acceptance, clock, self-assessment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Update, bindparam, text, update

from services.accreditation.commands.grounds import grounds_keep
from services.accreditation.domain import refusals
from services.accreditation.domain.events import (
    AccreditationAccepted,
    AccreditationApplied,
    AccreditationClockExtended,
    AccreditationDecisionLapsed,
    AccreditationDeclined,
    AccreditationWithdrawn,
    ReexaminationFellDue,
    SelfAssessmentFiled,
)
from services.accreditation.domain.model import Accreditation
from services.accreditation.domain.rules import accreditation as law
from services.accreditation.domain.rules.score import Mark, marks_complete, score, scoring
from services.accreditation.domain.states import AEO, CLOCK_RUNS, AeoState
from services.accreditation.tables import accreditations
from services.kernel.canonical import reference_key
from services.kernel.clock import business_day, day_begins
from services.kernel.credit_level import CreditLevel
from services.kernel.header import Clock, Header
from services.kernel.identifiers import new_uuid, show, uuid_of
from services.kernel.messages import Actor
from services.kernel.refusal import Reason, Refusal, Refused, refuse_if_any
from services.kernel.refusals import NOT_FOUND
from services.kernel.rule import asked
from services.platform.act import Act
from services.platform.columns import reference_key_of
from services.platform.database import Row
from services.platform.event_log import LOCKED
from services.platform.officers import require_fit_officer
from services.platform.visibility import customs

# The decision that waits for a signature is read in a later statement, under this lock.
_LOCK = text(
    "SELECT a.*, header.version"
    f" FROM {LOCKED.format(lot='NULL', case='CAST(:aeo_id AS uuid)')}, accreditations AS a"
    " WHERE a.aeo_id = :aeo_id FOR UPDATE OF a"
)
# By which an enterprise names what it has read.
_TOLD = text("SELECT told_version FROM v_accreditations WHERE aeo_id = :aeo_id")
_APPLICANT = text(
    f"""
    SELECT e.port, e.filed_for_processing, earlier.*,
        coalesce(c.level, 'ORDINARY') AS credit_level, (
            SELECT max(effective_from) FROM credit_decisions
            WHERE party = :party AND grounds = 'REPAIRED' AND state IN ('IN_FORCE', 'REPLACED')
        ) AS repaired_on
    FROM (
        SELECT max(barred_until) AS barred_until,
            (array_agg(aeo_id) FILTER (WHERE ended_on IS NULL))[1] AS open_in, (
                array_agg(aeo_id) FILTER (WHERE {reference_key_of("reference")} = :reference_key)
            )[1] AS reference_of
        FROM accreditations WHERE enterprise_code = :code
    ) AS earlier
    LEFT JOIN v_enterprises AS e ON e.enterprise_code = :code
    LEFT JOIN credit_decisions AS c ON c.party = :party AND c.state = 'IN_FORCE'
    """
)
_FILED = text("SELECT filed_for_processing FROM v_enterprises WHERE enterprise_code = :code")
_UNSHOWN: Final = "CAST(NULL AS text) AS pending_kind, CAST(NULL AS text) AS report_author"
_APPLY = text(
    "INSERT INTO accreditations (aeo_id, enterprise_code, reference, port, level, trades, state,"
    " cycle, applied_at, draw_no, examiners) VALUES (:aeo_id, :code, :reference, :port, :level,"
    " :trades, 'APPLIED', 1, :at, 0, '{}')"
    f" RETURNING *, 1 AS version, 1 AS told_version, {_UNSHOWN}"
)
_UNSIGNED = text(
    "SELECT kind, author FROM accreditation_decisions WHERE decision_id = :decision_id"
)
_OF_ONE_CYCLE: Final = ("pending", "reporter", "concurring", "total", "passed")
_NO_CASE: Final = NOT_FOUND.at()


async def accreditation_apply(
    act: Act, *, level: CreditLevel, trades: tuple[str, ...], reference: str | None
) -> Row:
    """Open an enterprise's accreditation and its case; the row as it then is.

    Raises Refused LEVEL_UNKNOWN, TRADE_UNKNOWN, TRADE_MISSING, NOT_AN_ENTERPRISE,
    CREDIT_NOT_REPAIRED, REAPPLY_TOO_EARLY, ALREADY_OPEN, DUPLICATE_REFERENCE.
    """
    code, party, today = act.actor.party_code, act.actor.party, business_day(act.at)
    key = None if reference is None else reference_key(reference)
    known = (await act.execute(_APPLICANT, code=code, party=party, reference_key=key)).one()
    if known.port is None or act.actor.party_kind != "enterprise":
        raise Refused(refusals.NOT_AN_ENTERPRISE.at())
    book = await act.law()
    levels, years = (book.integer(key, on=today) for key in ("credit.levels", "aeo.reapply_years"))
    barred = law.barred_until(known.barred_until, known.repaired_on, years)
    found = [
        *law.application_refusals(level, trades, levels, on=today),
        *asked(today, law.trades_on_file_named, trades, _trades_on_file(known)),
        *asked(today, law.applicant_not_dishonest, CreditLevel(known.credit_level)),
        *asked(today, law.reapplication_waits, today, barred),
        *_taken(refusals.ALREADY_OPEN, known.open_in),
        *_taken(refusals.REFERENCE_APPLIED, known.reference_of, "/reference"),
    ]
    refuse_if_any(found)
    aeo_id = new_uuid()
    case = show("aeo", aeo_id)
    values = {"code": code, "reference": reference, "port": known.port, "trades": list(trades)}
    applied = await act.execute(_APPLY, aeo_id=aeo_id, level=level.value, at=act.at, **values)
    event = AccreditationApplied(enterprise_code=code, level=level, trades=trades)
    act.record(case, event, step="apply")
    act.open_case(case, CaseType="accreditation", Port=known.port, Party=party)
    readers = (party, customs(known.port))
    row: Row = applied.one()
    opening = Header(reference=reference, port=known.port, readers=readers)
    case_stand(act, row, AeoState.APPLIED, header=opening)
    return row


def _trades_on_file(enterprise: Row) -> tuple[str, ...]:
    """The trades that the register says an enterprise is in."""
    return ("PROCESSING",) if enterprise.filed_for_processing else ()


def _taken(reason: Reason, aeo_id: UUID | None, place: str = "") -> list[Refusal]:
    """The refusal that names the case in the way, where there is one."""
    return [] if aeo_id is None else [reason.at(place, case_id=show("aeo", aeo_id))]


async def case_lock(act: Act, aeo_id: str) -> Row:
    """The case with its version, locked until the act ends. Raises Refused NOT_FOUND."""
    return await act.found(_LOCK, aeo_id=uuid_of(aeo_id, "aeo"))


async def own_case(act: Act, aeo_id: str) -> Row:
    """The enterprise's own case, locked. Raises Refused NOT_FOUND, VERSION_MISMATCH."""
    row = await case_lock(act, aeo_id)
    if not act.actor.is_party("enterprise", row.enterprise_code):
        raise Refused(_NO_CASE)
    told = (await act.execute(_TOLD, aeo_id=row.aeo_id)).scalar_one()
    act.require_version(aeo_id, told)
    return row


async def desk_case(act: Act, aeo_id: str, *, skill: str | None = None) -> Row:
    """A case of the officer's port, locked; ``skill`` is what the act takes.

    Raises Refused NOT_FOUND, OFFICER_NOT_ON_FILE, OFFICER_NOT_ELIGIBLE, VERSION_MISMATCH.
    """
    row = await case_lock(act, aeo_id)
    if not is_of_its_port(row, act.actor):
        raise Refused(_NO_CASE)
    await require_fit_officer(act, party=party_of(row), skill=skill)
    act.require_version(aeo_id, row.version)
    return row


def is_of_its_port(row: Row, actor: Actor) -> bool:
    """Whether somebody is an officer of the port at which a case is decided."""
    return actor.party_kind == "officer" and bool(actor.port == row.port)


def party_of(row: Row) -> str:
    """The party that a case is about."""
    return f"enterprise:{row.enterprise_code}"


def case_of(row: Row) -> Accreditation:
    """The case as the rules see it."""
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
        concurring=row.concurring,
        round=row.round,
        passed=row.passed,
        trades=tuple(row.trades),
        certificate=row.certificate,
        suspended_on=row.suspended_on,
    )


async def case_change(act: Act, aeo_id: UUID, **changes: Any) -> None:
    """Write columns of a locked case."""
    await act.execute(_change(tuple(sorted(changes))), changed=aeo_id, **changes)


@lru_cache(maxsize=50)
def _change(columns: tuple[str, ...]) -> Update:
    """The statement that writes these columns, built once."""
    named = accreditations.c.aeo_id == bindparam("changed")
    return update(accreditations).where(named).values({c: bindparam(c) for c in columns})


def case_stand(
    act: Act,
    row: Row,
    state: AeoState,
    *,
    due_on: date | None = None,
    drawn: Sequence[str] | None = None,
    reporter: str | None = None,
    header: Header | None = None,
) -> None:
    """Keep where a case stands and whose desk it lies on, until the last day of its clock.

    ``drawn`` and ``reporter`` are given by an act that changes them.
    """
    examiners = row.examiners if drawn is None else drawn
    scored_by = row.reporter if reporter is None else reporter
    last = due_on or row.due_on
    runs = state in CLOCK_RUNS and row.cycle == 1 and last is not None
    desks = {
        "port": [customs(row.port)],
        "enterprise": [f"enterprise:{row.enterprise_code}"],
        "drawn": [f"officer:{examiner}" for examiner in examiners],
        "other": [f"officer:{examiner}" for examiner in examiners if examiner != scored_by],
    }
    due_at = day_begins(last + timedelta(days=1)) if runs else None
    case = show("aeo", row.aeo_id)
    act.headers.stand(case, AEO, state, desks=desks, due_at=due_at, header=header)


def _clock(started_on: date, due_on: date) -> Header:
    """The decision clock: it runs from the day of acceptance to the end of its last Beijing day."""
    after = day_begins(due_on + timedelta(days=1))
    return Header(clock=Clock("decision", day_begins(started_on), after, strictly=True))


async def accreditation_accept(act: Act, aeo_id: str, *, trades: tuple[str, ...] = ()) -> None:
    """Accept the application: the decision clock starts (W20).

    What the enterprise is to be examined in is settled here: to the trades it named come those that
    it is filed for by now, and those that customs adds. Raises Refused TRADE_UNKNOWN.
    """
    row = await desk_case(act, aeo_id)
    refuse_if_any(law.trades_known(trades))
    filed = (await act.execute(_FILED, code=row.enterprise_code)).one()
    named = tuple(dict.fromkeys((*row.trades, *_trades_on_file(filed), *trades)))
    state = AEO.move(AeoState(row.state), "accept")
    today = business_day(act.at)
    days = (await act.law()).integer("aeo.decide_days", on=today)
    due_on = law.decision_due(today, decide_days=days)
    days_of = {"accepted_on": today, "due_on": due_on}
    await case_change(act, row.aeo_id, state=state.value, trades=list(named), **days_of)
    act.record(aeo_id, AccreditationAccepted(**days_of, trades=named), step="accept")
    case_stand(act, row, state, due_on=due_on, header=_clock(today, due_on))
    act.tell(aeo_id)


async def accreditation_decline(act: Act, aeo_id: str, *, reason_code: str) -> None:
    """Do not accept the application; the enterprise may apply again at once."""
    row = await desk_case(act, aeo_id)
    state = AEO.move(AeoState(row.state), "decline")
    await case_change(act, row.aeo_id, state=state.value, ended_on=business_day(act.at))
    act.record(aeo_id, AccreditationDeclined(reason_code=reason_code), step="decline")
    case_stand(act, row, state)
    act.tell(aeo_id)


async def accreditation_withdraw(act: Act, aeo_id: str, *, grounds: str) -> None:
    """The enterprise gives up its application; one year's wait (GACC Order 251).

    Also while it is examined: what the examiners found stays on record, and a decision not yet
    signed falls. Raises Refused STATE_CONFLICT, also of a re-examination.
    """
    row = await own_case(act, aeo_id)
    state = AEO.move_from_outside(AeoState(row.state), "withdraw")
    today = business_day(act.at)
    refuse_if_any(asked(today, law.only_an_application_is_withdrawn, row.cycle))
    years = (await act.law()).integer("aeo.reapply_years", on=today)
    barred = law.years_after(today, years)
    if row.pending is not None:
        await _lapse(act, row)
    ended = {"ended_on": today, "barred_until": barred, "pending": None}
    await case_change(act, row.aeo_id, state=state.value, **ended)
    await grounds_keep(act, aeo_id, "withdraw", grounds)
    act.record(aeo_id, AccreditationWithdrawn(barred_until=barred), step="withdraw")
    case_stand(act, row, state, header=Header(clock_stopped_at=act.at))
    act.tell(aeo_id)


async def accreditation_extend(act: Act, aeo_id: str, *, grounds: str) -> None:
    """Extend the clock once. Raises Refused CLOCK_NOT_RUNNING, CLOCK_RAN_OUT, ALREADY_EXTENDED."""
    row = await desk_case(act, aeo_id)
    today = business_day(act.at)
    refuse_if_any(asked(today, law.extension_allowed, case_of(row), today))
    book, on = await act.law(), row.accepted_on
    due_on: date = law.decision_due(
        on,
        decide_days=book.integer("aeo.decide_days", on=on),
        extend_days=book.integer("aeo.extend_days", on=on),
    )
    await case_change(act, row.aeo_id, due_on=due_on, extended=True)
    await grounds_keep(act, aeo_id, "extend", grounds)
    act.record(aeo_id, AccreditationClockExtended(due_on=due_on), step="extend")
    extended = _clock(on, due_on)
    case_stand(act, row, AeoState(row.state), due_on=due_on, header=extended)
    act.tell(aeo_id)


async def accreditation_self_assess(act: Act, aeo_id: str, *, marks: Mapping[str, Mark]) -> None:
    """The enterprise marks itself; its case draws examiners. Raises Refused MARKS_INCOMPLETE."""
    row = await own_case(act, aeo_id)
    state = AEO.move_from_outside(AeoState(row.state), "self_assess")
    today = business_day(act.at)
    refuse_if_any(asked(today, marks_complete, marks, tuple(row.trades)))
    total = score(marks, scoring(await act.law(), on=today)).total
    await case_change(act, row.aeo_id, state=state.value, self_assessment=dict(marks))
    act.record(aeo_id, SelfAssessmentFiled(total=total), step="self_assess")
    case_stand(act, row, state)
    act.tell(aeo_id)


async def review_ask(act: Act, aeo_id: str, *, grounds: str) -> None:
    """An officer asks for the re-examination (复核) before its day; the case draws examiners."""
    row = await desk_case(act, aeo_id)
    await review_open(act, row, asked=True)
    await grounds_keep(act, aeo_id, f"review:{row.cycle + 1}", grounds)
    act.tell(aeo_id)


async def review_open(act: Act, row: Row, *, asked: bool) -> None:
    """Open the re-examination of a certified enterprise; a decision not yet signed falls with it.

    It was made of what is to be examined again. Raises Refused STATE_CONFLICT.
    """
    state, cycle = AEO.move(AeoState(row.state), "fall_due"), row.cycle + 1
    if row.pending is not None:
        await _lapse(act, row)
    changes = dict.fromkeys(_OF_ONE_CYCLE)
    await case_change(
        act, row.aeo_id, state=state.value, cycle=cycle, examiners=[], round=0, **changes
    )
    event = ReexaminationFellDue(cycle=cycle, asked=asked)
    act.record(show("aeo", row.aeo_id), event, step=f"review:{cycle}")
    case_stand(act, row, state)


async def _lapse(act: Act, row: Row) -> None:
    unsigned = (await act.execute(_UNSIGNED, decision_id=row.pending)).one()
    lapsed = AccreditationDecisionLapsed(
        cycle=row.cycle,
        kind=unsigned.kind,
        author=unsigned.author,
        decision_id=row.pending.hex,
    )
    act.record(show("aeo", row.aeo_id), lapsed, step=f"lapse:{row.pending.hex}")
    act.headers.brought(show("aeo", row.aeo_id), "SIGNATURE")
