"""The banks' own door: what waits for them, and their word on it. Every request is signed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from fastapi.responses import Response

from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refusal, Refused
from services.platform import problem
from services.platform.database import Tx
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, decode_cursor, page
from services.settlement.api.services import SettlementServices
from services.settlement.api.signatures import verified
from services.settlement.commands import receiving
from services.settlement.commands.receiving import Received, ReceivedReport
from services.settlement.domain.refusals import refusal
from services.settlement.domain.states import Disposition
from services.settlement.queries import banking
from services.settlement.schemas import answers

router = APIRouter(prefix="/settlement/v1/bank", tags=["bank"])
XML: Final = "application/xml"
_XML_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {XML: {"schema": {"type": "string", "description": "pacs.002.001.10"}}},
    }
}
_XML_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {XML: {"schema": {"type": "string"}}}, "description": "pacs.008.001.08"}
}


@router.get("/messages", response_model=answers.WaitingPage)
async def message_list(
    call: Annotated[Call[SettlementServices], allow("settlement:bank:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What waits for your bank, oldest first; ``reminders`` says how often you were asked."""
    bic = await verified(call)
    async with call.services.database.reading() as tx:
        rows = await banking.waiting(tx, bic, limit=limit, after=decode_cursor(cursor))
    return page(rows, limit=limit, key=lambda r: r.message_id, show=answers.waiting_answer)


@router.get("/messages/{message_id}", response_class=Response, responses=_XML_ANSWER)
async def message_get(
    message_id: Annotated[str, Path(max_length=40, description="msg_…")],
    call: Annotated[Call[SettlementServices], allow("settlement:bank:read")],
) -> Response:
    """The message itself: a pacs.008.001.08 credit transfer."""
    bic = await verified(call)
    async with call.services.database.transaction() as tx:
        xml = await receiving.message_fetch(tx, uuid_of(message_id, "msg"), bic, now=call.now)
    return Response(xml, media_type=XML)


@router.post(
    "/statuses",
    status_code=202,
    response_model=answers.StatusReportAnswer,
    openapi_extra=_XML_BODY,
)
async def status_post(
    call: Annotated[Call[SettlementServices], allow("settlement:bank:answer")],
) -> Response:
    """Your word on payments offered to you: a pacs.002.001.10 status report.

    202 when a case goes on by it, 200 when it changes nothing (the same word again), 404 for an
    unknown reference, 409 for another amount or against how the case ended. The report is kept
    in every one of these cases.
    """
    await verified(call)
    given = call.request.headers.get("content-type", "").partition(";")[0].strip()
    if given not in (XML, "text/xml"):
        raise Refused(Refusal("UNSUPPORTED_MEDIA_TYPE", f"Send the report as {XML}."))
    xml = await call.request.body()

    async def work(tx: Tx) -> Answer:
        report = await receiving.report_receive(
            tx, xml, actor=call.actor, official=call.services.official, now=call.now
        )
        return _answer(report, call)

    return await call.once(work)


def _answer(report: ReceivedReport, call: Call[SettlementServices]) -> Answer:
    body = answers.report_answer(report)
    if any(s.disposition is Disposition.RECORDED for s in report.statuses):
        return Answer(status=202, body=body)
    refused = _refusals(report.statuses)
    if len(refused) < len(report.statuses):
        return Answer(status=200, body=body)
    answer = problem.answer(refused, at=call.now)
    return Answer(status=answer.status, body={**answer.body, **body})


def _refusals(statuses: Sequence[Received]) -> list[Refusal]:
    found = []
    for number, status in enumerate(statuses):
        pointer = f"/statuses/{number}"
        if status.contradicts:
            found.append(
                Refusal(
                    "STATE_CONFLICT",
                    "The case has ended otherwise on your earlier word; the difference is"
                    " recorded for a person, nothing is booked.",
                    pointer,
                )
            )
        elif status.disposition in (Disposition.AMOUNT_DIFFERS, Disposition.UNKNOWN_REFERENCE):
            found.append(refusal(status.disposition.value, pointer))
    return found
