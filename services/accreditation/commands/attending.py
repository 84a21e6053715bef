"""The step of an accreditation's case: everything that a day or a draw brings of itself.

=========================================  =======================================================
what the record says                       what becomes of the case
=========================================  =======================================================
SELF_ASSESSED or UNDER_REVIEW              ON_SITE with two examiners drawn; with too few the same,
                                           said visibly once, and drawn again in an hour
CERTIFIED or SUSPENDED, its day has come   UNDER_REVIEW, and examiners are drawn
undecided, the last day is over            the same; said visibly, once. A person still decides
anything else                              the same
=========================================  =======================================================
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from services.accreditation.commands.cases import (
    case_change,
    case_lock,
    case_stand,
    review_open,
)
from services.accreditation.domain.events import (
    AccreditationClockRanOut,
    ExaminersDrawn,
    ExaminersUnavailable,
)
from services.accreditation.domain.model import EXAMINER
from services.accreditation.domain.states import AEO, CLOCK_RUNS, AeoState
from services.kernel.clock import business_day, day_begins
from services.kernel.header import Header
from services.kernel.identifiers import show
from services.kernel.messages import Case, Standing
from services.kernel.refusal import Refused
from services.kernel.rules.draw import OFFICERS_DRAWN, Purpose
from services.platform.act import Act
from services.platform.database import Row
from services.platform.draws.ballots import OFFICERS_TOO_FEW, Ballot, draws_keep, officers_for
from services.platform.draws.seeds import SeedKeeper, seed_for_draw

DRAW_AGAIN: Final = timedelta(hours=1)


async def accreditation_attend(act: Act, case: Case, *, keeper: SeedKeeper) -> Standing:
    """Take every step that is due; run again, it finds nothing to do. Raises SeedMissing."""
    try:
        row = await case_lock(act, case.case_id)
    except Refused:
        return Standing(state="UNKNOWN", ended=True)
    if AEO.is_final(AeoState(row.state)):
        return Standing(state=row.state, ended=True)
    if _review_day(row) is not None and business_day(act.at) >= row.review_due_on:
        await review_open(act, row, asked=False)
        row = await case_lock(act, case.case_id)
    if AEO.moves.get((AeoState(row.state), "draw")):
        row = await _examiners_draw(act, row, keeper)
    if _last_day(row) is not None and business_day(act.at) > row.due_on:
        await case_change(act, row.aeo_id, overdue_at=act.at)
        ran_out = AccreditationClockRanOut(due_on=row.due_on)
        act.record(case.case_id, ran_out, step=f"overdue:{row.due_on}")
        act.headers.note(case.case_id, Header(escalated_at=act.at))
        row = await case_lock(act, case.case_id)
    return _standing(act, row)


def _last_day(row: Row) -> date | None:
    """The last day for the decision of a first examination, while its clock runs unsaid."""
    runs = row.state in CLOCK_RUNS and row.cycle == 1 and row.overdue_at is None
    return row.due_on if runs else None


def _review_day(row: Row) -> date | None:
    """The day of the next re-examination, while there is a certificate that may fall due."""
    falls_due = AEO.moves.get((AeoState(row.state), "fall_due"))
    return row.review_due_on if falls_due else None


async def _examiners_draw(act: Act, row: Row, keeper: SeedKeeper) -> Row:
    """Draw two examiners, or leave the case visibly unstaffed; the case as it then is."""
    aeo_id = show("aeo", row.aeo_id)
    parties = frozenset({f"enterprise:{row.enterprise_code}"})
    eligible = await officers_for(act, port=row.port, skill=EXAMINER, parties=parties)
    if len(eligible) >= OFFICERS_DRAWN:
        await _draw(act, row, eligible, keeper)
    elif row.unstaffed_reason is None:
        await case_change(act, row.aeo_id, unstaffed_reason=OFFICERS_TOO_FEW)
        event = ExaminersUnavailable(cycle=row.cycle, eligible=len(eligible))
        act.record(aeo_id, event, step=f"unstaffed:{row.cycle}")
    return await case_lock(act, aeo_id)


async def _draw(act: Act, row: Row, eligible: tuple[str, ...], keeper: SeedKeeper) -> None:
    aeo_id, draw_no = show("aeo", row.aeo_id), row.draw_no + 1
    seed = await seed_for_draw(act, keeper, port=row.port, day=business_day(act.at))
    ballot = Ballot(Purpose.EXAMINERS, eligible, OFFICERS_DRAWN)
    (officers,) = await draws_keep(
        act, [ballot], case=aeo_id, draw_no=draw_no, seed=seed, subject=f"{aeo_id}|{draw_no}"
    )
    state = AEO.move(AeoState(row.state), "draw")
    changes = {"draw_no": draw_no, "examiners": list(officers), "unstaffed_reason": None}
    await case_change(act, row.aeo_id, state=state.value, **changes)
    event = ExaminersDrawn(
        cycle=row.cycle, officers=officers, seed_id=show("sed", seed.seed_id), attempt=draw_no
    )
    act.record(aeo_id, event, step=f"examiners:{draw_no}")
    case_stand(act, row, state, drawn=officers)


def _standing(act: Act, row: Row) -> Standing:
    """Where the case stands, and the next moment that something is due of itself."""
    last, review = _last_day(row), _review_day(row)
    moments = [
        None if last is None else day_begins(last + timedelta(days=1)),
        None if review is None else day_begins(review),
        act.at + DRAW_AGAIN if AEO.moves.get((AeoState(row.state), "draw")) else None,
    ]
    known = [moment for moment in moments if moment is not None]
    return Standing(state=row.state, look_at=min(known) if known else None)
