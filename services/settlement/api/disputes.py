"""The desk of disputes: what banks said that cannot be booked, money that was paid for goods which
never come, and who finds out what is true."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.kernel.fields import YesNoAsked
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.database import Row
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.settlement.api.services import SettlementServices
from services.settlement.commands import disputing
from services.settlement.domain.rules.disputing import Found
from services.settlement.queries import disputes
from services.settlement.schemas.disputes import DisputeAnswer, DisputeRequest, dispute_answer

router = APIRouter(prefix="/settlement/v1/disputes", tags=["disputes"])
XML: Final = "application/xml"
_REPORT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {XML: {"schema": {"type": "string"}}}, "description": "pacs.002, as it came"}
}
DisputeId = Annotated[str, Path(max_length=40, description="dsp_…")]


@router.get("", response_model=Page[DisputeAnswer])
async def dispute_list(
    call: Annotated[Call[SettlementServices], allow("settlement:dispute:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
    is_open: Annotated[YesNoAsked | None, Query(alias="open")] = None,
    overdue: Annotated[YesNoAsked, Query(description="only what is past its due time")] = False,
    instruction_id: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    """Your bank's disputes, oldest first; auditors read all banks'."""
    async with call.services.database.reading() as tx:
        rows = await disputes.page_rows(
            tx,
            call.actor,
            limit=limit + 1,
            after=decode_cursor(cursor),
            open=is_open,
            late_at=call.now if overdue else None,
            instruction=None if instruction_id is None else uuid_of(instruction_id, "stl"),
        )

    def shown(row: Row) -> dict[str, Any]:
        return dispute_answer(row, now=call.now)

    return page(rows, limit=limit, key=lambda row: row.dispute_id, show=shown)


@router.get("/{dispute_id}", response_model=DisputeAnswer)
async def dispute_get(
    dispute_id: DisputeId,
    call: Annotated[Call[SettlementServices], allow("settlement:dispute:read")],
) -> Response:
    """One dispute, with what the bank said, or what was paid for goods that never come."""
    async with call.services.database.reading() as tx:
        row = await disputes.visible(tx, uuid_of(dispute_id, "dsp"), call.actor)
    return call.shown(DisputeAnswer, dispute_answer(row, now=call.now))


@router.get("/{dispute_id}/report", response_class=Response, responses=_REPORT)
async def dispute_report(
    dispute_id: DisputeId,
    call: Annotated[Call[SettlementServices], allow("settlement:dispute:read")],
) -> Response:
    """The bank's report, word for word as it is kept; of goods that never come there is none."""
    async with call.services.database.reading() as tx:
        xml = await disputes.report_get(tx, uuid_of(dispute_id, "dsp"), call.actor)
    return Response(xml, media_type=XML)


@router.post("/{dispute_id}/resolution", response_model=DisputeAnswer)
async def dispute_resolve(
    dispute_id: DisputeId,
    body: DisputeRequest,
    call: Annotated[
        Call[SettlementServices], allow("settlement:dispute:resolve", upon_reading=True)
    ],
) -> Response:
    """Say what is true: two different persons of the bank's compliance end a dispute (四眼原则).

    Who signed first may sign anew with another finding. PAID_OUTSIDE: the bank paid against the
    record, and the lot is held whenever it is to be paid again. Of money that was paid for goods
    which never come (GOODS_GONE) is found RETURNED, with the value date of the return, or KEPT, for
    the grounds in ``remark``; RECORD_STANDS once the bank has refused it after all. RETURNED books
    the sums back and gives back what was drawn of the lot's value; no other finding books anything.
    """

    async def work(act: Act) -> Answer:
        said = Found(body.finding, body.returned_on)
        row, version = await disputing.dispute_sign(
            act, uuid_of(dispute_id, "dsp"), said, body.remark
        )
        shown = {**dispute_answer(row, now=act.at), "version": version}
        return Answer(status=200, body=shown)

    return await call.act(work)
