"""That a use of the own name was not oneself: said by its bearer, found out by two registrars.

Each act takes the lot's turn, which the gate takes too: what is being found out about does not
leave meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import text

from services.declaration.commands.lots import lot_lock
from services.declaration.commands.names import name_kept_frozen
from services.declaration.domain import events, refusals
from services.declaration.domain.reports import NAME_REPORT, ReportState
from services.declaration.domain.rules.own_name import two_find_whose_name_it_was
from services.declaration.domain.states import GIVES_BACK, LotState
from services.kernel.clock import business_day
from services.kernel.identifiers import new_uuid, show
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import actor_to_keep, locked_version_of
from services.platform.two_persons import require_another

_TIME: Final = "hushi.name_report_h"
_HAS_A_SHARE: Final = text(
    "SELECT EXISTS (SELECT FROM tickets WHERE lot_id = :lot_id AND resident_id = :resident_id)"
)
# Said twice at once, the second meets the first at the index.
_REPORT: Final = text(
    "INSERT INTO name_reports (report_id, lot_id, resident_id, state, reported_at, due_at)"
    " VALUES (:report_id, :lot_id, :resident_id, 'REPORTED', :at, :due_at)"
    " ON CONFLICT DO NOTHING RETURNING report_id"
)
_LOT_OF: Final = text("SELECT lot_id FROM name_reports WHERE report_id = :report_id")
_LOCK: Final = text(
    f"SELECT *, {locked_version_of('report_id')} FROM name_reports"
    " WHERE report_id = :report_id FOR UPDATE"
)
_FIND: Final = text(
    "UPDATE name_reports SET state = :state, found = :found, found_at = :at"
    " WHERE report_id = :report_id"
)
_DECIDE: Final = text(
    "UPDATE name_reports SET state = :state, decided_at = :at, quota_back = :quota_back"
    " WHERE report_id = :report_id"
)
# As a lot that goes back gives back (``lots.py``), of one resident; the goods' weight stays.
_QUOTA_BACK: Final = text(
    """
    WITH share AS (
        SELECT sum(value_minor) AS minor, count(*) AS tickets FROM tickets
        WHERE lot_id = :lot_id AND resident_id = :resident_id
    ), day AS (
        UPDATE quota_days AS q SET tickets = q.tickets - s.tickets,
            reserved_minor = q.reserved_minor - CASE WHEN :used_up THEN 0 ELSE s.minor END,
            consumed_minor = q.consumed_minor - CASE WHEN :used_up THEN s.minor ELSE 0 END
        FROM share AS s
        WHERE q.resident_id = :resident_id AND q.business_on = :business_on
    )
    UPDATE port_tickets AS p SET tickets = p.tickets - s.tickets FROM share AS s
    WHERE p.resident_id = :resident_id AND p.business_on = :business_on AND p.port = :port
    """
)
_CALL_IN: Final = text(
    "SELECT lot_call_in_for_name(:call_in_id, :order_id, :report_id, CAST(:grounds AS text),"
    " CAST(:called_by AS text), CAST(:actor AS text), CAST(:at AS timestamptz))"
)
KEEPS_QUOTA: Final = GIVES_BACK | {LotState.SEIZED}
"""Of what the lot has given back nothing is given again, and of what was seized nothing."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A report in its lot's turn, with the lot."""

    report: Row
    lot: Row
    case: str


async def name_report(act: Act, lot_id: str, resident_id: UUID) -> UUID:
    """Say that the own name in a lot was not oneself, once all shares have been answered.

    From now on the lot does not leave the gate, and the name is frozen, until two registrars have
    found out. Raises Refused NOT_FOUND, VERSION_MISMATCH, STATE_CONFLICT, POLICY_MISSING.
    """
    lot = await lot_lock(act, lot_id)
    act.require_version(lot_id, lot.version)
    own = {"lot_id": lot.lot_id, "resident_id": resident_id}
    if not (await act.execute(_HAS_A_SHARE, own)).scalar_one():
        raise Refused(NOT_FOUND.at())
    if lot.state == LotState.SUBMITTED:
        raise Refused(refusals.SHARE_STILL_ASKED.at())
    hours = (await act.law()).integer(_TIME, on=business_day(act.at), scope=lot.port)
    report_id, due_at = new_uuid(), act.at + timedelta(hours=hours)
    written = await act.execute(_REPORT, own, report_id=report_id, at=act.at, due_at=due_at)
    if written.first() is None:
        raise Refused(refusals.REPORTED_ALREADY.at())
    said = events.NameReported(
        resident_id=show("res", resident_id), lot_id=show("lot", lot.lot_id), due_at=due_at
    )
    act.record(show("nmr", report_id), said, step="report")
    await name_kept_frozen(act, resident_id)
    return report_id


async def name_report_find(act: Act, report_id: UUID, found: str) -> None:
    """Write what was found; another registrar decides upon it. Who finds anew replaces it.

    Raises Refused NOT_FOUND, PRECONDITION_REQUIRED, VERSION_MISMATCH, STATE_CONFLICT.
    """
    taken = await _taken(act, report_id)
    state = NAME_REPORT.move(ReportState(taken.report.state), "find")
    await act.execute(_FIND, report_id=report_id, state=state.value, found=found, at=act.at)
    digest = sha256(f"{taken.case}\n{found}".encode()).hexdigest()
    step = _finding(taken.report.version + 1)
    act.record(taken.case, events.NameReportFound(found=digest), step=step)


async def name_report_decide(act: Act, report_id: UUID, *, uphold: bool) -> None:
    """Decide as another registrar than the one who found: it was not the resident, or it was.

    Upheld, the use no longer counts against the resident's quota, unless the lot has given it back
    or was seized, and a lot that is still inside is called in. Raises Refused NOT_FOUND,
    PRECONDITION_REQUIRED, VERSION_MISMATCH, STATE_CONFLICT, SAME_PERSON.
    """
    taken = await _taken(act, report_id)
    report, lot = taken.report, taken.lot
    state = NAME_REPORT.move(ReportState(report.state), "uphold" if uphold else "dismiss")
    step = _finding(report.version)
    await require_another(act, taken.case, step, two_find_whose_name_it_was)
    quota_back = uphold and LotState(lot.state) not in KEEPS_QUOTA
    decided = {"report_id": report_id, "state": state.value, "quota_back": quota_back}
    await act.execute(_DECIDE, decided, at=act.at)
    whose = {"resident_id": show("res", report.resident_id), "lot_id": show("lot", lot.lot_id)}
    if not uphold:
        act.record(taken.case, events.NameReportDismissed(**whose), step="decide")
        return
    if quota_back:
        await _quota_back(act, report, lot)
    called_in = await _called_in(act, report)
    upheld = events.NameReportUpheld(**whose, quota_back=quota_back, called_in=called_in)
    act.record(taken.case, upheld, step="decide")
    if called_in:
        act.recorded_beside(told=True)
        act.tell(whose["lot_id"])


async def _quota_back(act: Act, report: Row, lot: Row) -> None:
    await act.execute(
        _QUOTA_BACK,
        lot_id=lot.lot_id,
        resident_id=report.resident_id,
        business_on=lot.business_on,
        port=lot.port,
        used_up=lot.released_at is not None,
    )


async def _called_in(act: Act, report: Row) -> bool:
    """Whether the lot was still inside, and customs is to look at it."""
    called = await act.execute(
        _CALL_IN,
        call_in_id=new_uuid(),
        order_id=new_uuid(),
        report_id=report.report_id,
        grounds=report.found,
        called_by=act.actor.party_code,
        actor=actor_to_keep(act.actor, act.receipt),
        at=act.at,
    )
    return bool(called.scalar_one())


async def _taken(act: Act, report_id: UUID) -> _Taken:
    """A report under lock, in its lot's turn. Raises Refused NOT_FOUND, VERSION_MISMATCH."""
    found = await act.found(_LOT_OF, report_id=report_id)
    lot = await lot_lock(act, show("lot", found.lot_id))
    report: Row = (await act.execute(_LOCK, report_id=report_id)).one()
    case = show("nmr", report_id)
    act.require_version(case, report.version)
    return _Taken(report, lot, case)


def _finding(version: int) -> str:
    """The step of the finding by which a report came to a version."""
    return f"find:{version}"
