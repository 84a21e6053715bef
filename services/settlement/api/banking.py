"""The banks' own door: what waits for them, and their word on it. Every request is signed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.kernel.fields import YesNoAsked
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refusal, Refused
from services.kernel.refusals import UNSUPPORTED_MEDIA_TYPE
from services.platform import problem
from services.platform.act import Act, refuse_comparison
from services.platform.bank_signatures import verified
from services.platform.http import Call, allow
from services.platform.intake import LOT
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.waiting import PATIENTLY, Waits, answer_when
from services.settlement.api.services import SettlementServices
from services.settlement.commands import keeping, receiving, taking
from services.settlement.commands.keeping import KeptReport
from services.settlement.commands.receiving import Received, ReceivedReport
from services.settlement.domain import refusals
from services.settlement.domain.messages.business_header import under_header
from services.settlement.domain.messages.rejection import rejection
from services.settlement.domain.states import Disposition
from services.settlement.queries import banking
from services.settlement.schemas import answers

router = APIRouter(prefix="/settlement/v1/bank", tags=["bank"])
XML: Final = "application/xml"
_FOR_BANKS: Final = frozenset({"FundsReserved", "BankAskedAgain", "SettlementHeld"})
"""Events with which there is something to do for a bank; what is held it does not see here, but it
is asked at once, as a message would be taken at once."""
_XML_KINDS: Final = (XML, "text/xml")
_REFUSED: Final = 400
_XML_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {XML: {"schema": {"type": "string", "description": "pacs.002"}}},
    }
}
_XML_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {XML: {"schema": {"type": "string"}}}, "description": "pacs.008.001.08"}
}

_NOT_CARRIED_OUT: Final = {
    Disposition.AMOUNT_DIFFERS: refusals.AMOUNT_DIFFERS,
    Disposition.CONTRADICTORY: refusals.CONTRADICTORY,
    Disposition.PAID_AGAIN: refusals.PAID_AGAIN,
    Disposition.VALUED_BEFORE: refusals.VALUED_BEFORE,
    Disposition.REASON_UNKNOWN: refusals.REASON_UNKNOWN,
    Disposition.NOT_BOOKED: refusals.NOT_BOOKED,
    Disposition.UNKNOWN_REFERENCE: refusals.UNKNOWN_REFERENCE,
}


@router.get("/messages", response_model=Page[answers.WaitingMessage], responses=PATIENTLY)
async def message_list(
    call: Annotated[Call[SettlementServices], allow("settlement:bank:read")],
    wish: Waits,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """What waits for your bank, oldest first; ``reminders`` says how often you were asked.

    With ``Prefer: wait=N`` as soon as anything waits; with ``If-None-Match`` as soon as the list is
    another than the one whose ETag you send: something new, or a reminder.
    """
    bic = await verified(call)

    async def read() -> Answer:
        services = call.services
        async with services.database.reading() as tx:
            found = await banking.waiting(
                tx, bic, limit=limit, after=decode_cursor(cursor), now=datetime.now(UTC)
            )
        for held in found.kept_back:
            acting = call.acting_by_reading()
            await taking.held_as_taken(services.database, services.policy, held, acting)
        shown = page(
            found.rows, limit=limit, key=lambda r: r.message_id, show=answers.waiting_answer
        )
        return Answer(status=200, body=shown)

    return await answer_when(
        call, wish, None, read, decided=lambda shown: bool(shown["items"]), types=_FOR_BANKS
    )


@router.get("/messages/{message_id}", response_class=Response, responses=_XML_ANSWER)
async def message_get(
    message_id: Annotated[str, Path(max_length=40, description="msg_…")],
    call: Annotated[Call[SettlementServices], allow("settlement:bank:read")],
    header: Annotated[YesNoAsked, Query(description="under a business application header")] = False,
) -> Response:
    """The message itself: a pacs.008.001.08 credit transfer; with ``header`` under its business
    application header (head.001.001.02), both in a ``BizMsgEnvlp``."""
    bic = await verified(call)
    message, services = uuid_of(message_id, "msg"), call.services
    xml = await taking.message_fetch(
        services.database, services.policy, services.vault, message, call.acting_by_reading()
    )
    return Response(under_header(xml, bic) if header else xml, media_type=XML)


@router.post(
    "/statuses",
    status_code=202,
    response_model=answers.StatusReportAnswer,
    openapi_extra=_XML_BODY,
)
async def status_post(
    call: Annotated[Call[SettlementServices], allow("settlement:bank:answer", room=LOT)],
) -> Response:
    """Your word on payments offered to you: a pacs.002 status report of any version from .03 on,
    bare, under a business application header or in an envelope.

    202 when a payment goes on by it, 200 when it changes nothing (the same word again, a value date
    ahead), 404 for references that do not all name one payment offered to you, 409 for what cannot
    be booked: another amount, against how the payment ended, paid and rejected in one report, paid
    twice, a reason that no list knows. The report is kept in every one of these cases.

    With ``Accept: application/xml`` every refusal of the report is an admi.002.001.01 of ours: in
    ``RltdRef`` your message's reference, in ``RjctgPtyRsn`` the code, in ``RsnDesc`` what is wrong.
    """
    await verified(call)
    given = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in _XML_KINDS:
        raise Refused(UNSUPPORTED_MEDIA_TYPE.at(kind=XML))
    kept = await _kept(call)
    if isinstance(kept, Answer):
        return call.respond(kept)

    async def work(act: Act) -> Answer:
        if isinstance(kept, Refused):
            raise kept
        return _answer(await receiving.report_carry_out(act, kept, call.services.vault), call)

    return await _in_its_language(call, await call.act(work))


async def _in_its_language(call: Call[SettlementServices], answer: Response) -> Response:
    """What is answered: to a bank that asks for XML, a refusal as an admi.002 of the window."""
    if answer.status_code < _REFUSED or not _asks_for_xml(call.request.headers.get("accept", "")):
        return answer
    said = json.loads(bytes(answer.body))
    found = [(error["pointer"], error["detail"]) for error in said["errors"]]
    xml = rejection(await call.request.body(), said["code"], found, at=call.now)
    said_in = {"Content-Language": call.language}
    return Response(xml, status_code=answer.status_code, headers=said_in, media_type=XML)


def _asks_for_xml(accept: str) -> bool:
    """Whether XML is named, and not after JSON."""
    kinds = [kind.partition(";")[0].strip().lower() for kind in accept.split(",")]
    named = [kind for kind in kinds if kind in _XML_KINDS or kind.endswith("json")]
    return bool(named) and named[0] in _XML_KINDS


async def _kept(call: Call[SettlementServices]) -> KeptReport | Answer | Refused:
    """The report, on record before anything follows from it; or why it is none.

    What the act would be refused for as a request keeps nothing: a report that is on record is
    carried out, by this act or without it.
    """
    acting, services = await call.acting(), call.services
    refuse_comparison(acting.expected_version)
    xml = await call.request.body()
    try:
        return await keeping.report_keep(
            services.database, xml, acting=acting, official=services.official
        )
    except Refused as refused:
        return refused


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
            found.append(refusals.ENDED_OTHERWISE.at(pointer))
        elif status.differing:
            differ = ", ".join(status.differing)
            found.append(refusals.REFERENCES_DIFFER.at(pointer, differing=differ))
        elif status.disputed or status.disposition is Disposition.UNKNOWN_REFERENCE:
            found.append(_NOT_CARRIED_OUT[status.disposition].at(pointer))
    return found
