"""This was not me (非本人操作): said by a resident, found out by two of the registrar's office."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.declaration import queries
from services.declaration.commands import name_reports
from services.declaration.queries import name_reports as reading
from services.declaration.schemas.name_reports import (
    NameDecisionRequest,
    NameFindingRequest,
    NameReportAnswer,
    NameReportRequest,
    name_report_answer,
)
from services.kernel.fields import YesNoAsked
from services.kernel.identifiers import show, uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.database import Row
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.services import Services

router = APIRouter(prefix="/declaration/v1", tags=["own name"])
LotId = Annotated[str, Path(max_length=40, description="lot_…")]
ReportId = Annotated[str, Path(max_length=40, description="nmr_…")]


@router.post("/lots/{lot_id}/name-reports", status_code=201, response_model=NameReportAnswer)
async def name_report(
    lot_id: LotId,
    body: NameReportRequest,
    call: Annotated[Call[Services], allow("declaration:name_report:make")],
) -> Response:
    """Say that your name in a lot was not you, once all shares have been answered. The lot does not
    leave the gate, and your name is frozen, until two registrars have found out."""

    async def work(act: Act) -> Answer:
        resident = queries.own_resident(call.actor)
        lot = await queries.lot_get(act, uuid_of(lot_id, "lot"), call.actor, resident)
        if lot is None or resident is None:
            raise Refused(NOT_FOUND.at())
        report_id = await name_reports.name_report(act, lot_id, resident)
        return await _as_it_is_then(act, report_id, call, status=201)

    return await call.act(work)


@router.get("/name-reports", response_model=Page[NameReportAnswer])
async def name_report_list(
    call: Annotated[Call[Services], allow("declaration:name_report:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
    is_open: Annotated[YesNoAsked | None, Query(alias="open")] = None,
    overdue: Annotated[YesNoAsked, Query(description="only what is past its due time")] = False,
    lot_id: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    """Uses of a name that are said not to be its bearer's, oldest first: a resident's own, and the
    list of the registrar's office."""
    async with call.services.database.reading() as tx:
        rows = await reading.name_report_list(
            tx,
            call.actor,
            rows=limit + 1,
            after=decode_cursor(cursor),
            open=is_open,
            late_at=call.now if overdue else None,
            lot=None if lot_id is None else uuid_of(lot_id, "lot"),
        )

    def shown(row: Row) -> dict[str, Any]:
        return name_report_answer(row, call.actor, now=call.now)

    return page(rows, limit=limit, key=lambda row: row.report_id, show=shown)


@router.get("/name-reports/{report_id}", response_model=NameReportAnswer)
async def name_report_get(
    report_id: ReportId,
    call: Annotated[Call[Services], allow("declaration:name_report:read")],
) -> Response:
    """One report, with what was found."""
    async with call.services.database.reading() as tx:
        row = await reading.name_report_get(tx, uuid_of(report_id, "nmr"), call.actor)
    return call.shown(NameReportAnswer, name_report_answer(row, call.actor, now=call.now))


@router.post("/name-reports/{report_id}/findings", response_model=NameReportAnswer)
async def name_report_find(
    report_id: ReportId,
    body: NameFindingRequest,
    call: Annotated[Call[Services], allow("declaration:name_report:find", upon_reading=True)],
) -> Response:
    """Write what you found, as one registrar. Whoever finds anew replaces it."""

    async def work(act: Act) -> Answer:
        report = uuid_of(report_id, "nmr")
        await name_reports.name_report_find(act, report, body.found)
        return await _as_it_is_then(act, report, call, status=200)

    return await call.act(work)


@router.post("/name-reports/{report_id}/decision", response_model=NameReportAnswer)
async def name_report_decide(
    report_id: ReportId,
    body: NameDecisionRequest,
    call: Annotated[Call[Services], allow("declaration:name_report:decide", upon_reading=True)],
) -> Response:
    """Decide upon another registrar's finding. Upheld: the use counts no more against the
    resident's quota, and a lot that is still inside goes to customs. Dismissed: the lot goes on."""

    async def work(act: Act) -> Answer:
        report = uuid_of(report_id, "nmr")
        await name_reports.name_report_decide(act, report, uphold=body.uphold)
        return await _as_it_is_then(act, report, call, status=200)

    return await call.act(work)


async def _as_it_is_then(act: Act, report_id: UUID, call: Call[Services], *, status: int) -> Answer:
    """The report as the act leaves it."""
    row = await reading.name_report(act, report_id)
    version = row.version + act.changes(show("nmr", report_id))
    shown = name_report_answer(row, call.actor, now=act.at)
    return Answer(status=status, body={**shown, "version": version})
