"""Quotes in, prices out, the rota, and firm quotes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.kernel.clock import business_day
from services.kernel.fields import Day
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.money import Money
from services.kernel.refusal import Refused
from services.platform.act import Act
from services.platform.http import Call, allow
from services.settlement.api.services import SettlementServices
from services.settlement.api.signatures import verified
from services.settlement.commands import market as commands
from services.settlement.domain import refusals
from services.settlement.domain.rules.pricing import pair_named
from services.settlement.queries import market
from services.settlement.schemas import prices, requests

router = APIRouter(prefix="/settlement/v1", tags=["market"])


@router.post("/quotes", status_code=201, response_model=prices.QuoteAnswer)
async def quote_post(
    body: requests.QuoteRequest,
    call: Annotated[Call[SettlementServices], allow("settlement:quote:post")],
) -> Response:
    """Post your bank's quote. Signed. The pooled price that follows is published at once."""
    await verified(call)
    quote = requests.quote(body, call.now)

    async def work(act: Act) -> Answer:
        published = await commands.quote_post(act, quote)
        return Answer(status=201, body=prices.quote_answer(published))

    return await call.act(work)


@router.get("/prices/current", response_model=prices.PriceAnswer)
async def price_current(
    call: Annotated[Call[SettlementServices], allow("settlement:price:read")],
    pair: Annotated[str, Query(max_length=7)] = "CNY/VND",
) -> dict[str, Any]:
    """The pooled price (抱团定价) in force for a pair."""
    named = pair_named(pair, "/query/pair")
    async with call.services.database.reading() as tx:
        row = await market.current_price(tx, named, call.now)
    if row is None:
        raise Refused(refusals.QUOTE_UNAVAILABLE.at())
    return prices.price_answer(row)


@router.get("/prices/{price_id}", response_model=prices.PriceAnswer)
async def price_get(
    price_id: str, call: Annotated[Call[SettlementServices], allow("settlement:price:read")]
) -> dict[str, Any]:
    """A published price by its id, whether still in force or not."""
    async with call.services.database.reading() as tx:
        return prices.price_answer(await market.price(tx, uuid_of(price_id, "prc")))


@router.get("/rota", response_model=prices.DutyAnswer)
async def rota_get(
    call: Annotated[Call[SettlementServices], allow("settlement:rota:read")],
    day: Annotated[Day | None, Query(description="default: today in Beijing")] = None,
    currency: Annotated[str | None, Query(pattern=r"^[A-Z]{3}$")] = None,
) -> dict[str, Any]:
    """The bank on duty (轮值) on a day, and whose turn it is if another stands in."""
    asked = day or business_day(call.now)
    async with call.services.database.reading() as tx:
        book = await call.services.policy.book(tx)
        return prices.duty_answer(asked, await market.duty(tx, book, asked, currency=currency))


@router.post("/rota/absences", status_code=201, response_model=prices.DutyAnswer)
async def absence_announce(
    body: requests.AbsenceRequest,
    call: Annotated[Call[SettlementServices], allow("settlement:rota:absent")],
) -> Response:
    """Say that your bank is absent on a day. Signed. Answers with who is on duty then."""
    await verified(call)

    async def work(act: Act) -> Answer:
        await commands.absence_announce(act, body.absent_on)
        duty = await market.duty(act, await act.law(), body.absent_on)
        return Answer(status=201, body=prices.duty_answer(body.absent_on, duty))

    return await call.act(work)


@router.post("/firm-quotes", status_code=201, response_model=prices.FirmQuoteAnswer)
async def firm_quote_lock(
    body: requests.FirmQuoteRequest,
    call: Annotated[Call[SettlementServices], allow("settlement:firm_quote:create")],
) -> Response:
    """Lock the price for one sum. Confirm it with an instruction before it expires."""
    gives = Money.parse(body.amount, body.currency)

    async def work(act: Act) -> Answer:
        quote = await commands.firm_quote_lock(act, gives, body.pay_currency)
        return Answer(status=201, body=prices.firm_quote_answer(quote))

    return await call.act(work)


@router.get("/firm-quotes/{quote_id}", response_model=prices.FirmQuoteAnswer)
async def firm_quote_get(
    quote_id: str,
    call: Annotated[Call[SettlementServices], allow("settlement:firm_quote:read")],
) -> dict[str, Any]:
    """A firm quote of your own party."""
    async with call.services.database.reading() as tx:
        row = await market.firm_quote(tx, uuid_of(quote_id, "qte"), party=call.actor.party)
    return prices.firm_quote_answer(dict(row))
