"""The market over HTTP: quotes in, prices out, the rota."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.kernel.clock import business_day
from services.kernel.fields import Day
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.pairs import PAIRS, pair_named
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refused
from services.kernel.refusals import QUOTE_UNAVAILABLE
from services.kernel.rules.rota import Duty
from services.market import queries, schemas
from services.market.commands import absences, quoting
from services.market.commands.absences import acts_open
from services.market.domain.rules import pricing
from services.platform.act import Act
from services.platform.bank_signatures import verified
from services.platform.database import Row
from services.platform.http import Call, allow
from services.platform.openapi import PUBLIC
from services.platform.publishing import published
from services.platform.rota import banks_on_rota, duty, duty_of
from services.platform.services import Services

MarketCall = Call[Services]
router = APIRouter(prefix="/market/v1", tags=["market"])
ROUTERS = (router,)


@router.post("/quotes", status_code=201, response_model=schemas.QuoteAnswer)
async def quote_post(
    body: schemas.QuoteRequest,
    call: Annotated[MarketCall, allow("market:quote:post")],
) -> Response:
    """Post your bank's quote. Signed. The pooled price that follows is published at once."""
    await verified(call)
    quote = schemas.quote(body, call.now)

    async def work(act: Act) -> Answer:
        published = await quoting.quote_post(act, quote)
        return Answer(status=201, body=schemas.quote_answer(published))

    return await call.act(work)


@router.post("/quotes/{quote_id}/withdrawal", response_model=schemas.QuoteAnswer)
async def quote_withdraw(
    quote_id: str,
    call: Annotated[MarketCall, allow("market:quote:post")],
) -> Response:
    """Take your bank's quote back. Signed. The price is made anew of what still stands, or ends."""
    await verified(call)

    async def work(act: Act) -> Answer:
        published = await quoting.quote_withdraw(act, quote_id)
        return Answer(status=200, body=schemas.quote_answer(published))

    return await call.act(work)


@router.post("/quotes/by-hand", status_code=201, response_model=schemas.QuoteAnswer)
async def quote_enter(
    body: schemas.QuoteRequest,
    call: Annotated[MarketCall, allow("market:quote:enter")],
) -> Response:
    """Post your bank's quote by hand, as a signatory of your bank whom it has on file for that."""
    quote = schemas.quote(body, call.now)

    async def work(act: Act) -> Answer:
        published = await quoting.quote_post(act, quote, by_hand=True)
        return Answer(status=201, body=schemas.quote_answer(published))

    return await call.act(work)


@router.post("/quotes/{quote_id}/withdrawal-by-hand", response_model=schemas.QuoteAnswer)
async def quote_withdraw_by_hand(
    quote_id: str,
    call: Annotated[MarketCall, allow("market:quote:enter")],
) -> Response:
    """Take your bank's quote back by hand, whoever of your bank posted it, as such a signatory."""

    async def work(act: Act) -> Answer:
        published = await quoting.quote_withdraw(act, quote_id, by_hand=True)
        return Answer(status=200, body=schemas.quote_answer(published))

    return await call.act(work)


@router.get("/prices/current", response_model=schemas.PriceAnswer)
async def price_current(
    call: Annotated[MarketCall, allow("market:price:read")],
    pair: Annotated[str, Query(max_length=7)] = "CNY/VND",
) -> dict[str, Any]:
    """The pooled price (抱团定价) in force for a pair."""
    named = pair_named(pair, "/query/pair")
    async with call.services.database.reading() as tx:
        row = await queries.current_price(tx, named, call.now)
    if row is None:
        raise Refused(QUOTE_UNAVAILABLE.at())
    return schemas.price_answer(row)


@router.get("/prices/course", response_model=schemas.CourseAnswer)
async def price_course(
    call: Annotated[MarketCall, allow("market:price:read")],
    pair: Annotated[str, Query(max_length=7)] = "CNY/VND",
    day: Annotated[Day | None, Query(description="default: today in Beijing")] = None,
) -> dict[str, Any]:
    """A day's course of a pair's pooled price: of every five minutes the price that stood last."""
    named, asked = pair_named(pair, "/query/pair"), day or business_day(call.now)
    async with call.services.database.reading() as tx:
        rows = await queries.course(tx, named, asked)
    return schemas.course_answer(named, asked, rows)


@router.get("/quotes/standing", response_model=schemas.StandingAnswer)
async def quote_standing(
    call: Annotated[MarketCall, allow("market:quote:read")],
    pair: Annotated[str, Query(max_length=7)] = "CNY/VND",
) -> dict[str, Any]:
    """Who is in a pair's price now, and who is not and why: too far from the median of all that
    count, ended, withdrawn. To the banks that make the price, and to auditors."""
    named, day = pair_named(pair, "/query/pair"), business_day(call.now)
    async with call.services.database.reading() as tx:
        law = await call.services.policy.book(tx)
        latest = await queries.latest_quotes(tx, named, day)
    outlier = law.decimal("fx.outlier", on=day)
    found = pricing.standings(latest, at=call.now, outlier=outlier)
    own = call.actor.party_code if call.actor.party_kind == "bank" else None
    return schemas.standing_answer(named, outlier, found, own=own)


@router.get("/prices/{price_id}", response_model=schemas.PriceAnswer)
async def price_get(
    price_id: str, call: Annotated[MarketCall, allow("market:price:read")]
) -> dict[str, Any]:
    """A published price by its id, whether still in force or not."""
    async with call.services.database.reading() as tx:
        return schemas.price_answer(await queries.price(tx, uuid_of(price_id, "prc")))


@router.get("/rota", response_model=schemas.DutyAnswer)
async def rota_get(
    call: Annotated[MarketCall, allow("market:rota:read")],
    day: Annotated[Day | None, Query(description="default: today in Beijing")] = None,
    currency: Annotated[str | None, Query(pattern=r"^[A-Z]{3}$")] = None,
) -> dict[str, Any]:
    """The bank on duty (轮值) on a day, and whose turn it is if another stands in."""
    asked = day or business_day(call.now)
    async with call.services.database.reading() as tx:
        law = await call.services.policy.book(tx)
        return schemas.duty_answer(asked, await duty(tx, law, asked, currency=currency))


@router.get("/board", response_model=schemas.BoardAnswer)
async def board_get(call: Annotated[MarketCall, allow(PUBLIC)]) -> Response:
    """The joint price (抱团定价) of each pair and the bank on duty (轮值) for its currency, to
    anyone and without a token."""
    day = business_day(call.now)
    async with call.services.database.reading() as tx:
        law = await call.services.policy.book(tx)
        banks = await banks_on_rota(tx, day)
        prices = [await queries.current_price(tx, pair, call.now) for pair in PAIRS.values()]
    items = [
        schemas.board_pair(pair, price, day, _on_duty(banks, law, day, pair.quoted))
        for pair, price in zip(PAIRS.values(), prices, strict=True)
    ]
    return published(call, schemas.BoardAnswer, {"day": day.isoformat(), "items": items})


def _on_duty(banks: Sequence[Row], law: PolicyBook, day: date, currency: str) -> Duty | None:
    """The bank on duty for a currency; None where none deals in it, or the law says no calendar."""
    try:
        return duty_of(banks, law, day, currency=currency)
    except Refused:
        return None


@router.get("/rota/absences", response_model=schemas.AbsencesAnswer)
async def absence_list(
    call: Annotated[MarketCall, allow("market:rota:enter")],
) -> dict[str, Any]:
    """The days from today on of which your own bank has said that it does no duty, and which of
    them wait for a second signatory."""
    async with call.services.database.reading() as tx:
        today = business_day(call.now)
        rows = await queries.absences(tx, call.actor.party_code, since=today)
    return {"items": [schemas.absence_shown(r, acts_open(r, call.actor, today)) for r in rows]}


@router.post("/rota/absences", status_code=201, response_model=schemas.AbsenceAnswer)
async def absence_announce(
    body: schemas.AbsenceRequest,
    call: Annotated[MarketCall, allow("market:rota:absent")],
) -> Response:
    """Say that your bank is absent on a day. Signed. Answers with who is on duty then."""
    await verified(call)
    return await _absence(call, body.absent_on, absences.absence_announce)


@router.post("/rota/absences/withdrawal", response_model=schemas.AbsenceAnswer)
async def absence_withdraw(
    body: schemas.AbsenceRequest,
    call: Annotated[MarketCall, allow("market:rota:absent")],
) -> Response:
    """Take an announced absence back, before its day. Signed."""
    await verified(call)
    return await _absence(call, body.absent_on, absences.absence_withdraw, status=200)


@router.post("/rota/absences/by-hand", status_code=201, response_model=schemas.AbsenceAnswer)
async def absence_enter(
    body: schemas.AbsenceRequest,
    call: Annotated[MarketCall, allow("market:rota:enter")],
) -> Response:
    """Say by hand that your bank is absent on a day, as a signatory of your bank whom it has on
    file for quotes. It counts when another one says the same. Answers with who is on duty then."""
    return await _absence(call, body.absent_on, absences.absence_announce, by_hand=True)


@router.post("/rota/absences/withdrawal-by-hand", response_model=schemas.AbsenceAnswer)
async def absence_end(
    body: schemas.AbsenceRequest,
    call: Annotated[MarketCall, allow("market:rota:enter")],
) -> Response:
    """Take an absence back by hand, before its day. What stands is taken back when another
    signatory says the same; what waits for a second person, at once."""
    return await _absence(call, body.absent_on, absences.absence_withdraw, by_hand=True, status=200)


async def _absence(
    call: MarketCall,
    day: date,
    said: Callable[..., Awaitable[str]],
    *,
    by_hand: bool = False,
    status: int = 201,
) -> Response:
    async def work(act: Act) -> Answer:
        state = await said(act, day, by_hand=by_hand)
        on_duty = await duty(act, await act.law(), day)
        body = {**schemas.duty_answer(day, on_duty), "absence": state}
        return Answer(status=status, body=body)

    return await call.act(work)
