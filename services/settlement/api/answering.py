"""The desk of a bank whose system cannot answer: two of its persons do, by form or by file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import BANKS_ONLY
from services.platform import problem
from services.platform.act import Act
from services.platform.database import Row
from services.platform.http import Call, allow
from services.platform.intake import LOT
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.settlement.api.services import InstructionId, SettlementServices
from services.settlement.commands import answering, taking
from services.settlement.commands.answering import HeldAtTaking
from services.settlement.domain.rules.screening import withheld
from services.settlement.domain.states import AnswerState
from services.settlement.queries import hand_answers
from services.settlement.schemas.hand_answers import (
    HandAnswer,
    HandAnswerRequest,
    hand_answer,
    word,
)

router = APIRouter(prefix="/settlement/v1", tags=["answers by hand"])
XML: Final = "application/xml"
_FILE: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_MESSAGE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {XML: {"schema": {"type": "string"}}}, "description": "pacs.008.001.08"}
}
AnswerId = Annotated[str, Path(max_length=40, description="ans_…")]
Enters = Annotated[Call[SettlementServices], allow("settlement:answer:enter")]


@router.get("/instructions/{instruction_id}/message", response_class=Response, responses=_MESSAGE)
async def message_taken(
    instruction_id: InstructionId,
    call: Annotated[Call[SettlementServices], allow("settlement:answer:enter")],
) -> Response:
    """The payment's message (pacs.008), for a signatory who carries it out by hand.

    It counts as taken from then on: its payer takes it back no more.
    """
    if call.actor.party_kind != "bank":
        raise Refused(BANKS_ONLY.at())
    payment, services = uuid_of(instruction_id, "stl"), call.services
    xml = await taking.message_take(
        services.database, services.policy, services.vault, payment, call.acting_by_reading()
    )
    return Response(xml, media_type=XML)


@router.post("/answers", status_code=201, response_model=HandAnswer)
async def answer_enter(body: HandAnswerRequest, call: Enters) -> Response:
    """Say by hand what became of one payment. It counts when another signatory confirms it."""
    said = word(body)
    return await _entered(call, lambda act: answering.word_enter(act, said, call.services.writer))


@router.post("/answers/files", status_code=201, response_model=HandAnswer, openapi_extra=_FILE)
async def answer_file_enter(
    call: Annotated[Call[SettlementServices], allow("settlement:answer:enter", room=LOT)],
) -> Response:
    """Hand in your bank's own pacs.002 as a file. It counts when another signatory confirms it.

    Every status in it names a payment that waits for your bank. What would become of each is
    answered; what cannot be booked becomes a dispute, as if your system had sent it.
    """
    xml = await call.request.body()
    return await _entered(call, lambda act: answering.file_enter(act, xml, call.services.writer))


async def _entered(
    call: Call[SettlementServices], enter: Callable[[Act], Awaitable[Row]]
) -> Response:
    async def work(act: Act) -> Answer:
        try:
            row = await enter(act)
        except HeldAtTaking as held:
            return problem.answer((withheld(held.doubts),), at=act.at)
        return Answer(status=201, body=hand_answer(row, now=act.at))

    return await call.act(work)


@router.get("/answers", response_model=Page[HandAnswer])
async def answer_list(
    call: Annotated[Call[SettlementServices], allow("settlement:answer:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
    state: AnswerState | None = None,
    instruction_id: Annotated[str | None, Query(max_length=40)] = None,
) -> dict[str, Any]:
    """Your bank's answers by hand, oldest first; auditors read all banks'."""
    async with call.services.database.reading() as tx:
        rows = await hand_answers.page_rows(
            tx,
            call.actor,
            limit=limit + 1,
            after=decode_cursor(cursor),
            state=None if state is None else state.value,
            instruction=None if instruction_id is None else uuid_of(instruction_id, "stl"),
        )

    def shown(row: Row) -> dict[str, Any]:
        return hand_answer(row, now=call.now)

    return page(rows, limit=limit, key=lambda row: row.answer_id, show=shown)


@router.get("/answers/{answer_id}", response_model=HandAnswer)
async def answer_get(
    answer_id: AnswerId,
    call: Annotated[Call[SettlementServices], allow("settlement:answer:read")],
) -> Response:
    """One answer by hand, as whoever confirms it reads it."""
    async with call.services.database.reading() as tx:
        row = await hand_answers.visible(tx, uuid_of(answer_id, "ans"), call.actor)
    return call.shown(HandAnswer, hand_answer(row, now=call.now))


@router.post("/answers/{answer_id}/confirmation", response_model=HandAnswer)
async def answer_confirm(
    answer_id: AnswerId,
    call: Annotated[
        Call[SettlementServices], allow("settlement:answer:confirm", upon_reading=True)
    ],
) -> Response:
    """Confirm what another signatory of your bank entered (四眼原则): it is your bank's report now.

    It is carried out as one that your system signs: ``statuses`` says what became of each.
    """

    async def work(act: Act) -> Answer:
        row = await answering.answer_confirm(act, uuid_of(answer_id, "ans"), call.services.vault)
        return Answer(status=200, body=hand_answer(row, now=act.at))

    return await call.act(work)


@router.post("/answers/{answer_id}/withdrawal", response_model=HandAnswer)
async def answer_withdraw(answer_id: AnswerId, call: Enters) -> Response:
    """Take back what was entered and is not confirmed yet; nothing is made of it."""

    async def work(act: Act) -> Answer:
        row = await answering.answer_withdraw(act, uuid_of(answer_id, "ans"))
        return Answer(status=200, body=hand_answer(row, now=act.at))

    return await call.act(work)
