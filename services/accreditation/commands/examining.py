"""The examination on site: two examiners drawn, and drawn again; what both say of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import text

from services.accreditation.commands.cases import (
    case_change,
    case_of,
    case_stand,
    desk_case,
    party_of,
)
from services.accreditation.commands.grounds import grounds_keep
from services.accreditation.domain.events import (
    ExaminersDrawn,
    ExaminersUnavailable,
    OnSiteConcurred,
    OnSiteReported,
    OnSiteSentBack,
)
from services.accreditation.domain.model import EXAMINER, Accreditation
from services.accreditation.domain.rules import accreditation as law
from services.accreditation.domain.rules.score import Mark, marks_complete, score, scoring
from services.accreditation.domain.states import AEO, AeoState
from services.kernel.clock import business_day
from services.kernel.identifiers import case_uuid, show
from services.kernel.messages import Actor
from services.kernel.refusal import Refusal, Refused, refuse_if_any
from services.kernel.refusals import OFFICERS_STILL_ELIGIBLE
from services.kernel.rule import asked
from services.kernel.rules.draw import OFFICERS_DRAWN, Purpose
from services.kernel.salted import salted_digest
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.draws.ballots import (
    OFFICERS_TOO_FEW,
    SEED_MISSING,
    Ballot,
    Pool,
    draws_keep,
    officers_for,
)
from services.platform.draws.seeds import SeedKeeper, SeedMissing, seed_for_draw
from services.platform.event_log import actor_as_kept, actor_of

_KEEP_REPORT = text(
    "INSERT INTO on_site_reports (aeo_id, cycle, round, author, marks, total, passed, failures,"
    " opinion, reported_at) VALUES (:aeo_id, :cycle, :round, :author, CAST(:marks AS jsonb),"
    " :total, :passed, :failures, :opinion, :at)"
)
_SIGN_REPORT = text(
    "UPDATE on_site_reports SET signer = :signer, agreed = :agreed, signer_remark = :remark,"
    " signed_at = :at WHERE aeo_id = :aeo_id AND cycle = :cycle AND round = :round"
)
# A report that was sent back counts as well: whoever wrote it or spoke to it has seen the matter.
_EXAMINED = text(
    """
    SELECT actor FROM events WHERE case_id = :case_id AND (
        step = 'report:' || :cycle OR step LIKE 'report:' || :cycle || ':%'
        OR step LIKE 'concur:' || :cycle || ':%'
    ) ORDER BY seq
    """
)
# Too few may be said several times of one draw, and move no version: they are counted.
_SAID = text(
    "SELECT count(*) FROM events WHERE case_id = :case_id AND type = 'ExaminersUnavailable'"
)
_UNSCORED: Final = dict.fromkeys(("reporter", "total", "passed"))


def is_short(row: Row) -> bool:
    """Whether examiners are to be drawn: at first, or because one of them is here no more."""
    state = AeoState(row.state)
    if AEO.moves.get((state, "draw")):
        return True
    return bool(AEO.moves.get((state, "redraw"))) and len(row.examiners) < OFFICERS_DRAWN


async def examiners_pool(tx: Statements, row: Row) -> Pool:
    """Who may examine an enterprise."""
    parties = frozenset({party_of(row)})
    return await officers_for(tx, port=row.port, skill=EXAMINER, parties=parties)


def both_stay(row: Row, pool: Pool) -> bool:
    """Whether two are drawn, and both of them may still examine: nobody is drawn for them."""
    return len(row.examiners) == OFFICERS_DRAWN and set(row.examiners) <= set(pool.eligible)


async def examiners_draw(act: Act, row: Row, pool: Pool, keeper: SeedKeeper) -> None:
    """Draw whoever is short of two; those still eligible stay. Too few are said once, visibly.

    Raises SeedMissing.
    """
    if len(pool.eligible) >= OFFICERS_DRAWN:
        await _draw(act, row, pool, keeper)
    elif row.unstaffed_reason != OFFICERS_TOO_FEW:
        await _unavailable(act, row, pool, OFFICERS_TOO_FEW)


async def _draw(act: Act, row: Row, pool: Pool, keeper: SeedKeeper) -> str:
    """Draw beside whoever stays; the step of it. Raises SeedMissing."""
    aeo_id, draw_no, staying = show("aeo", row.aeo_id), row.draw_no + 1, _staying(row, pool)
    first = AEO.moves.get((AeoState(row.state), "draw"))
    # Drawn on the day that it is, whatever the engine's clock says: no day is begun ahead.
    today = business_day(min(act.at, datetime.now(UTC)))
    seed = await seed_for_draw(act, keeper, port=row.port, day=today)
    candidates = pool.beside(staying)
    ballot = Ballot(Purpose.EXAMINERS, candidates, OFFICERS_DRAWN - len(staying))
    (drawn,) = await draws_keep(
        act, [ballot], case=aeo_id, draw_no=draw_no, seed=seed, subject=f"{aeo_id}|{draw_no}"
    )
    state = AEO.move(AeoState(row.state), "draw" if first else "redraw")
    examiners = (*staying, *drawn)
    changes = {"draw_no": draw_no, "examiners": list(examiners), "unstaffed_reason": None}
    await case_change(act, row.aeo_id, state=state.value, **changes)
    event = ExaminersDrawn(
        cycle=row.cycle,
        officers=examiners,
        seed_id=show("sed", seed.seed_id),
        attempt=draw_no,
        staying=staying,
        eligible=candidates,
        others=dict(pool.others),
    )
    step = f"examiners:{draw_no}"
    act.record(aeo_id, event, step=step)
    case_stand(act, row, state, drawn=examiners)
    return step


def _staying(row: Row, pool: Pool) -> tuple[str, ...]:
    return tuple(examiner for examiner in row.examiners if examiner in pool.eligible)


async def _unavailable(act: Act, row: Row, pool: Pool, reason: str) -> str:
    """Nobody could be drawn: it is on record why, and whoever may examine stays; the step of it."""
    changes = {"unstaffed_reason": reason, "examiners": list(_staying(row, pool))}
    await case_change(act, row.aeo_id, **changes)
    event = ExaminersUnavailable(cycle=row.cycle, eligible=len(pool.eligible))
    said = (await act.execute(_SAID, case_id=row.aeo_id)).scalar_one()
    step = f"unavailable:{said + 1}"
    act.record(show("aeo", row.aeo_id), event, step=step)
    return step


async def examiners_redraw(act: Act, aeo_id: str, *, grounds: str, keeper: SeedKeeper) -> None:
    """Draw anew for an examiner who may decide no more; who may, stays, and so does his report.

    An act opens no draw day: where it finds no seed, or too few, that is said as often as somebody
    asks, and the case is told and draws.
    Raises Refused STATE_CONFLICT, OFFICERS_STILL_ELIGIBLE.
    """
    row = await desk_case(act, aeo_id)
    AEO.move(AeoState(row.state), "redraw")
    pool = await examiners_pool(act, row)
    if both_stay(row, pool):
        raise Refused(OFFICERS_STILL_ELIGIBLE.at())
    await grounds_keep(act, aeo_id, await _drawn_or_said(act, row, pool, keeper), grounds)
    act.tell(aeo_id)


async def _drawn_or_said(act: Act, row: Row, pool: Pool, keeper: SeedKeeper) -> str:
    """Draw whoever is short, or say why not; the step of it."""
    if len(pool.eligible) < OFFICERS_DRAWN:
        return await _unavailable(act, row, pool, OFFICERS_TOO_FEW)
    try:
        return await _draw(act, row, pool, keeper)
    except SeedMissing:
        return await _unavailable(act, row, pool, SEED_MISSING)


async def accreditation_report(
    act: Act, aeo_id: str, *, marks: Mapping[str, Mark], opinion: str
) -> None:
    """A drawn examiner's scored report (W19), which waits for the other one's word.

    It is scored by the law of this day, and stays what it is. Raises Refused NOT_DRAWN,
    MARKS_INCOMPLETE, OFFICER_NOT_ELIGIBLE, POLICY_MISSING.
    """
    row = await desk_case(act, aeo_id, skill=EXAMINER)
    state = AEO.move(AeoState(row.state), "report")
    author, today = act.actor.party_code, business_day(act.at)
    checks = (
        *asked(today, law.examiner_only, case_of(row), author),
        *asked(today, marks_complete, marks, tuple(row.trades)),
    )
    refuse_if_any(checks)
    found = score(marks, scoring(await act.law(), on=today))
    round_ = row.round + 1
    await act.execute(
        _KEEP_REPORT,
        aeo_id=row.aeo_id,
        cycle=row.cycle,
        round=round_,
        author=author,
        marks=json.dumps(dict(marks)),
        total=found.total,
        passed=found.passed,
        failures=list(found.failures),
        opinion=opinion,
        at=act.at,
    )
    outcome = {"reporter": author, "total": found.total, "passed": found.passed, "round": round_}
    await case_change(act, row.aeo_id, state=state.value, **outcome)
    event = OnSiteReported(
        cycle=row.cycle,
        author=author,
        total=found.total,
        passed=found.passed,
        failures=found.failures,
        round=round_,
        report=salted_digest(aeo_id, dict(marks), opinion),
    )
    act.record(aeo_id, event, step=report_step(row.cycle, round_))
    case_stand(act, row, state, reporter=author)


async def report_concur(act: Act, aeo_id: str, *, agree: bool, remark: str) -> None:
    """The other examiner agrees to the score, which is to be decided on then, or sends it back.

    Raises Refused STATE_CONFLICT, NOT_DRAWN, SAME_PERSON, OFFICER_NOT_ELIGIBLE.
    """
    row = await desk_case(act, aeo_id, skill=EXAMINER)
    state = AEO.move(AeoState(row.state), "concur" if agree else "send_back")
    refuse_if_any(await not_the_other(act, row, act.actor, today=business_day(act.at)))
    signer = act.actor.party_code
    await act.execute(
        _SIGN_REPORT,
        aeo_id=row.aeo_id,
        cycle=row.cycle,
        round=row.round,
        signer=signer,
        agreed=agree,
        remark=remark,
        at=act.at,
    )
    changes = {"concurring": signer} if agree else _UNSCORED
    await case_change(act, row.aeo_id, state=state.value, **changes)
    kind = OnSiteConcurred if agree else OnSiteSentBack
    event = kind(cycle=row.cycle, round=row.round, author=row.reporter, signer=signer)
    act.record(aeo_id, event, step=concur_step(row.cycle, row.round))
    case_stand(act, row, state)


async def not_the_other(tx: Statements, row: Row, actor: Actor, *, today: date) -> list[Refusal]:
    """Why somebody does not speak to the score that waits for the other examiner."""
    author = await actor_of(tx, show("aeo", row.aeo_id), report_step(row.cycle, row.round))
    return asked(today, law.concurs_as_the_other, case_of(row), author, actor)


async def examined_by(tx: Statements, case: Accreditation) -> list[Actor]:
    """Who examined in this cycle, in whichever round, as they stood when they did."""
    values = {"case_id": case_uuid(case.aeo_id), "cycle": str(case.cycle)}
    found = await tx.execute(_EXAMINED, values)
    return [actor_as_kept(row.actor) for row in found]


def report_step(cycle: int, round_: int) -> str:
    """The step of a report in its case; a first one is named as before there were rounds."""
    return f"report:{cycle}" if round_ <= 1 else f"report:{cycle}:{round_}"


def concur_step(cycle: int, round_: int) -> str:
    """The step by which the other examiner spoke to a report."""
    return f"concur:{cycle}:{round_}"
