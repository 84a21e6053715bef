"""The step of an accreditation's case: everything that a day or a draw brings of itself.

=========================================  =======================================================
what the record says                       what becomes of the case
=========================================  =======================================================
SELF_ASSESSED or UNDER_REVIEW              ON_SITE with two examiners drawn; with too few the same,
                                           said visibly once, and drawn again in an hour
short of an examiner who left              the same with another one drawn; with too few as before
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
    review_open,
)
from services.accreditation.commands.examining import examiners_draw, examiners_pool, is_short
from services.accreditation.domain.events import AccreditationClockRanOut
from services.accreditation.domain.states import AEO, CLOCK_RUNS, AeoState
from services.kernel.clock import business_day, day_begins
from services.kernel.header import Header
from services.kernel.messages import Case, Standing
from services.kernel.refusal import Refused
from services.platform.act import Act
from services.platform.database import Row
from services.platform.draws.seeds import SeedKeeper

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
    if is_short(row):
        await examiners_draw(act, row, await examiners_pool(act, row), keeper)
        row = await case_lock(act, case.case_id)
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


def _standing(act: Act, row: Row) -> Standing:
    """Where the case stands, and the next moment that something is due of itself."""
    last, review = _last_day(row), _review_day(row)
    moments = [
        None if last is None else day_begins(last + timedelta(days=1)),
        None if review is None else day_begins(review),
        act.at + DRAW_AGAIN if is_short(row) else None,
    ]
    known = [moment for moment in moments if moment is not None]
    return Standing(state=row.state, look_at=min(known) if known else None)
