"""Instructions: a party has a released lot paid; compliance signs what is held."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.kernel.identifiers import show, uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refusal
from services.platform import problem
from services.platform.database import Row, Tx
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, decode_cursor, page
from services.settlement.api.services import InstructionId, SettlementServices
from services.settlement.commands import market as market_commands
from services.settlement.commands import screening as screening_commands
from services.settlement.commands.instructing import (
    Instruction,
    QuoteExpired,
    instruction_create,
)
from services.settlement.domain.refusals import refusal
from services.settlement.domain.rules.screening import name_hash
from services.settlement.domain.states import InstructionState
from services.settlement.queries import instructions
from services.settlement.schemas import answers, prices, requests
from workflows.ports.settlement import QUEUE, RMB_SETTLEMENT

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

    async def work(tx: Tx) -> Answer:
        book = await call.services.policy.book(tx)
        try:
            instruction_id = await instruction_create(
                tx, wish, actor=call.actor, book=book, now=call.now
            )
        except QuoteExpired:
            return await _new_quote(tx, wish, call)
        row = await instructions.visible(tx, instruction_id, call.actor)
        inside = instructions.reads_inside(call.actor, row)
        return Answer(status=201, body=answers.instruction_answer(row, inside=inside))

    return await call.once(work)


async def _new_quote(tx: Tx, wish: Instruction, call: Call[SettlementServices]) -> Answer:
    """Lock a new quote for the same sum and offer it; never re-price silently (W27)."""
    book = await call.services.policy.book(tx)
    offered = await market_commands.firm_quote_lock(
        tx, wish.amount, wish.pay_currency, actor=call.actor, book=book, now=call.now
    )
    shown = prices.firm_quote_answer(offered)
    expired: Refusal = refusal(
        "QUOTE_EXPIRED",
        "/firm_quote_id",
        new_quote_id=show("qte", offered["quote_id"]),
        rate=shown["rate"],
        gets=f"{shown['gets']['amount']} {shown['gets']['currency']}",
        expires_at=shown["expires_at"],
    )
    return problem.answer((expired,), at=call.now)


@router.get("/instructions", response_model=answers.InstructionPage)
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
        )

    def show_row(row: Row) -> dict[str, Any]:
        return answers.instruction_answer(row, inside=instructions.reads_inside(call.actor, row))

    return page(rows, limit=limit, key=lambda r: r.instruction_id, show=show_row)


@router.get("/instructions/{instruction_id}", response_model=answers.InstructionAnswer)
async def instruction_get(
    instruction_id: InstructionId,
    call: Annotated[Call[SettlementServices], allow("settlement:instruction:read")],
) -> Response:
    """One instruction with its reports and advices; signatures and hits for its bank, auditors."""
    async with call.services.database.reading() as tx:
        row = await instructions.visible(tx, uuid_of(instruction_id, "stl"), call.actor)
        details = await instructions.details(tx, row.instruction_id)
    inside = instructions.reads_inside(call.actor, row)
    shown = answers.instruction_answer(row, details, inside=inside)
    return call.respond(Answer(status=200, body=shown))


@router.post("/instructions/{instruction_id}/compliance", response_model=answers.InstructionAnswer)
async def compliance_sign(
    instruction_id: InstructionId,
    body: requests.ComplianceRequest,
    call: Annotated[Call[SettlementServices], allow("settlement:hold:release")],
) -> Response:
    """Sign a held instruction: two different persons release it (四眼原则), one refuses it."""
    async with call.services.database.reading() as tx:
        await instructions.visible(tx, uuid_of(instruction_id, "stl"), call.actor)
    return await call.decide(
        workflow=RMB_SETTLEMENT,
        queue=QUEUE,
        case=instruction_id,
        update="decide_hold",
        body=body,
    )


@router.post("/screening-entries", status_code=201, response_model=answers.ScreeningEntryAnswer)
async def screening_entry_add(
    body: requests.ScreeningEntryRequest,
    call: Annotated[Call[SettlementServices], allow("settlement:screening:write")],
) -> Response:
    """Put a name, or a resident by number, on a screening list. Only its hash is kept."""
    if body.kind == "NAME":
        match_hash = name_hash(body.value)
    else:
        match_hash = call.services.vault.keyed_hash(body.value.upper())

    async def work(tx: Tx) -> Answer:
        entry_id = await screening_commands.entry_add(
            tx,
            list_name=body.list_name,
            reference=body.reference,
            kind=body.kind,
            match_hash=match_hash,
            actor=call.actor,
            now=call.now,
        )
        shown = {
            "entry_id": show("scn", entry_id),
            "list_name": body.list_name,
            "reference": body.reference,
            "kind": body.kind,
        }
        return Answer(status=201, body=shown)

    return await call.once(work)
