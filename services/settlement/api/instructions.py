"""Instructions: a party has a released lot paid; compliance signs what is held."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.kernel.clock import business_day
from services.kernel.identifiers import show, uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refusal
from services.platform import problem
from services.platform.act import Act
from services.platform.database import Row
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.waiting import PATIENTLY, Waits, answer_when
from services.settlement.api.services import InstructionId, SettlementServices
from services.settlement.commands import cancelling, releasing
from services.settlement.commands.firm_quotes import firm_quote_lock
from services.settlement.commands.holding_anew import SCREENED_ANEW
from services.settlement.commands.instructing import (
    Instruction,
    QuoteExpired,
    instruction_create,
)
from services.settlement.commands.releasing import HeldAnew, Signature
from services.settlement.domain import refusals
from services.settlement.domain.states import OPEN_STATES, InstructionState, acts_open
from services.settlement.queries import instructions, released_value
from services.settlement.schemas import answers, requests
from services.settlement.schemas.firm_quotes import firm_quote_answer

router = APIRouter(prefix="/settlement/v1", tags=["instructions"])


@router.post("/instructions", status_code=201, response_model=answers.InstructionAnswer)
async def instruction_post(
    body: requests.InstructionRequest,
    call: Annotated[Call[SettlementServices], allow("settlement:instruction:create")],
) -> Response:
    """Have a released lot's seller paid. One payment per lot; an amount that differs is held.

    An expired firm quote answers 409 QUOTE_EXPIRED and names a new one in its facts.
    """
    wish = requests.instruction(body)

    async def work(act: Act) -> Answer:
        try:
            row = await instruction_create(act, wish, call.services.writer)
        except QuoteExpired:
            return await _new_quote(act, wish)
        inside = instructions.reads_inside(call.actor, row)
        version = act.changes(show("stl", row.instruction_id))
        shown = answers.instruction_answer(row, version=version, inside=inside, now=call.now)
        return Answer(status=201, body=shown)

    return await call.act(work)


async def _new_quote(act: Act, wish: Instruction) -> Answer:
    """Lock a new quote for the same sum and offer it; never re-price silently (W27)."""
    offered = await firm_quote_lock(act, wish.amount, wish.pay_currency)
    shown = firm_quote_answer(offered)
    expired: Refusal = refusals.QUOTE_EXPIRED.at(
        "/firm_quote_id",
        new_quote_id=show("qte", offered["quote_id"]),
        rate=shown["rate"],
        gets=shown["gets"],
        expires_at=shown["expires_at"],
    )
    return problem.answer((expired,), at=act.at)


@router.get("/lots/{lot_id}/payable", response_model=answers.PayableAnswer)
async def payable_get(
    lot_id: Annotated[str, Path(max_length=40, description="lot_…")],
    call: Annotated[Call[SettlementServices], allow("settlement:instruction:create")],
) -> answers.PayableAnswer:
    """What may be paid now of a lot that you may pay: how much, for what, in which currencies."""
    async with call.services.database.reading() as tx:
        found = await released_value.payable_get(
            tx, uuid_of(lot_id, "lot"), call.actor, business_day(call.now)
        )
    return answers.payable_answer(found)


@router.get("/instructions", response_model=Page[answers.InstructionAnswer])
async def instruction_list(
    call: Annotated[Call[SettlementServices], allow("settlement:instruction:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
    client_reference: Annotated[str | None, Query(max_length=64)] = None,
    lot_id: Annotated[str | None, Query(max_length=40)] = None,
    state: InstructionState | None = None,
) -> dict[str, Any]:
    """Your instructions, newest first; by your own reference, by lot or by state."""
    async with call.services.database.reading() as tx:
        rows = await instructions.page_rows(
            tx,
            call.actor,
            limit=limit,
            after=decode_cursor(cursor),
            reference=client_reference,
            lot_id=None if lot_id is None else uuid_of(lot_id, "lot"),
            state=None if state is None else state.value,
            now=call.now,
        )

    def show_row(row: Row) -> dict[str, Any]:
        inside = instructions.reads_inside(call.actor, row)
        return answers.instruction_answer(row, version=row.version, inside=inside, now=call.now)

    return page(rows, limit=limit, key=lambda r: r.instruction_id, show=show_row)


@router.get(
    "/instructions/{instruction_id}",
    response_model=answers.InstructionAnswer,
    responses=PATIENTLY,
)
async def instruction_get(
    instruction_id: InstructionId,
    call: Annotated[Call[SettlementServices], allow("settlement:instruction:read")],
    wish: Waits,
) -> Response:
    """One instruction with its reports and advices; signatures and hits for its bank, auditors.

    With ``Prefer: wait=N`` as soon as its version is another than in ``If-None-Match``; without
    that, as soon as it is settled, rejected or refused.
    """
    key = uuid_of(instruction_id, "stl")

    async def read() -> Answer:
        async with call.services.database.reading() as tx:
            row = await instructions.visible(tx, key, call.actor)
            details = await instructions.details(tx, row.instruction_id)
        inside = instructions.reads_inside(call.actor, row)
        shown = answers.instruction_answer(
            row, details, version=row.version, inside=inside, now=call.now
        )
        acts = acts_open(InstructionState(shown["state"]), call.actor.role)
        return Answer(status=200, body={**shown, "acts": acts})

    return await answer_when(call, wish, key, read, decided=_has_ended)


def _has_ended(instruction: dict[str, Any]) -> bool:
    return InstructionState(instruction["state"]) not in OPEN_STATES


@router.post("/instructions/{instruction_id}/compliance", response_model=answers.InstructionAnswer)
async def compliance_sign(
    instruction_id: InstructionId,
    body: requests.ComplianceRequest,
    call: Annotated[Call[SettlementServices], allow("settlement:hold:release", upon_reading=True)],
) -> Response:
    """Sign a held instruction: two different persons release it (四眼原则), one refuses it.

    It is screened anew: when a list has a name of it that nobody has seen, it answers 409
    HELD_ANEW, is held for that too, and two must sign anew.
    """
    signature = Signature(body.act, body.remark)

    async def work(act: Act) -> Answer:
        try:
            row, version = await releasing.compliance_sign(
                act, instruction_id, signature, call.services.writer
            )
        except HeldAnew:
            return problem.answer((refusals.HELD_ANEW.at().by(SCREENED_ANEW),), at=act.at)
        details = await instructions.details(act, row.instruction_id)
        shown = answers.instruction_answer(row, details, version=version, inside=True, now=call.now)
        return Answer(status=200, body=shown)

    return await call.act(work)


@router.post(
    "/instructions/{instruction_id}/cancellation", response_model=answers.InstructionAnswer
)
async def instruction_cancel(
    instruction_id: InstructionId,
    call: Annotated[Call[SettlementServices], allow("settlement:instruction:cancel")],
) -> Response:
    """Take your instruction back, as long as its bank has not taken the message.

    Afterwards 409 WITH_THE_BANK: the bank alone says what became of it.
    """

    async def work(act: Act) -> Answer:
        row, version = await cancelling.payment_cancel(act, instruction_id)
        details = await instructions.details(act, row.instruction_id)
        inside = instructions.reads_inside(call.actor, row)
        shown = answers.instruction_answer(
            row, details, version=version, inside=inside, now=call.now
        )
        return Answer(status=200, body=shown)

    return await call.act(work)
