"""Firm quotes: who is to pay in another currency locks the price first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.kernel.fields import YesNoAsked
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.money import Money
from services.platform.act import Act
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.settlement.api.services import SettlementServices
from services.settlement.commands.firm_quotes import firm_quote_lock as locked
from services.settlement.queries.firm_quotes import firm_quote, page_rows
from services.settlement.schemas import firm_quotes, requests

router = APIRouter(prefix="/settlement/v1", tags=["firm quotes"])


@router.post("/firm-quotes", status_code=201, response_model=firm_quotes.FirmQuoteAnswer)
async def firm_quote_lock(
    body: requests.FirmQuoteRequest,
    call: Annotated[Call[SettlementServices], allow("settlement:firm_quote:create")],
) -> Response:
    """Lock the price for one sum. Confirm it with an instruction before it expires."""
    gives = Money.parse(body.amount, body.currency)

    async def work(act: Act) -> Answer:
        quote = await locked(act, gives, body.pay_currency)
        return Answer(status=201, body=firm_quotes.firm_quote_answer(quote))

    return await call.act(work)


@router.get("/firm-quotes", response_model=Page[firm_quotes.FirmQuoteAnswer])
async def firm_quote_list(
    call: Annotated[Call[SettlementServices], allow("settlement:firm_quote:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
    usable: Annotated[
        YesNoAsked | None,
        Query(description="only those that a payment can still be made at, or cannot"),
    ] = None,
) -> dict[str, Any]:
    """Firm quotes of your own party, the newest first."""
    filters = {"usable": usable, "now": call.now, "after": decode_cursor(cursor)}
    async with call.services.database.reading() as tx:
        rows = await page_rows(tx, party=call.actor.party, limit=limit + 1, **filters)
    return page(
        rows,
        limit=limit,
        key=lambda row: row.quote_id,
        show=lambda row: firm_quotes.firm_quote_answer(dict(row)),
    )


@router.get("/firm-quotes/{quote_id}", response_model=firm_quotes.FirmQuoteAnswer)
async def firm_quote_get(
    quote_id: str,
    call: Annotated[Call[SettlementServices], allow("settlement:firm_quote:read")],
) -> dict[str, Any]:
    """A firm quote of your own party."""
    async with call.services.database.reading() as tx:
        row = await firm_quote(tx, uuid_of(quote_id, "qte"), party=call.actor.party)
    return firm_quotes.firm_quote_answer(dict(row))
