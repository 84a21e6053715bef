"""Landing processing over HTTP: movements, receipts, e-books and alerts."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.services import Services
from services.platform.waiting import PATIENTLY, Waits, answer_when
from services.processing import queries, schemas
from services.processing.commands import (
    book,
    closing,
    consumption,
    corrections,
    movement,
    production,
    receiving,
)
from services.processing.domain.model import (
    ConsumptionRequest,
    CorrectionRequest,
    Count,
    DispatchRequest,
    OutputRequest,
    ReceiptRequest,
)
from services.processing.domain.states import AlertState, BookState, CorrectionState
from services.processing.schemas import reports, shown

ProcessingCall = Call[Services]
router = APIRouter(prefix="/processing/v1", tags=["processing"])
ROUTERS = (router,)


def _again(answer: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """What is answered to an entry that is there already under the same reference."""
    said = "The entry that is in the book under this reference, as it was answered first."
    return {200: {"model": answer, "description": said}}


@router.post(
    "/purchases/{purchase_id}/movement", status_code=201, response_model=schemas.MovementAnswer
)
async def goods_dispatch(
    purchase_id: str,
    body: schemas.MovementBody,
    call: Annotated[ProcessingCall, allow("processing:receipt:record")],
) -> Response:
    """Begin the escorted movement to the factory, under seal, once the goods are out."""
    request = DispatchRequest(purchase_id=purchase_id, **body.model_dump())

    async def work(act: Act) -> Answer:
        return Answer(status=201, body=await movement.goods_dispatch(act, request))

    return await call.act(work)


@router.post(
    "/receipts",
    status_code=201,
    response_model=schemas.ReceiptAnswer,
    responses=_again(schemas.ReceiptAnswer),
)
async def receipt_record(
    body: schemas.ReceiptBody,
    call: Annotated[ProcessingCall, allow("processing:receipt:record")],
) -> Response:
    """Receive a purchase by weight, once."""
    request = ReceiptRequest(**body.model_dump())

    async def work(act: Act) -> Answer:
        return await receiving.receipt_record(act, request)

    return await call.act(work)


@router.post("/books", status_code=201, response_model=schemas.BookAnswer)
async def book_open(
    body: schemas.BookBody, call: Annotated[ProcessingCall, allow("processing:book:open")]
) -> Response:
    """Open an e-book period (电子账册); stock of the one before is carried over."""

    async def work(act: Act) -> Answer:
        return Answer(status=201, body=await book.book_open(act, **body.model_dump()))

    return await call.act(work)


@router.get("/books", response_model=Page[shown.BookShown])
async def book_list(
    call: Annotated[ProcessingCall, allow("processing:book:read")],
    state: BookState | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """E-book periods: an enterprise's own, those of an officer's port."""
    async with call.services.database.reading() as tx:
        after, rows = decode_cursor(cursor), limit + 1
        found = await queries.book_list(tx, call.actor, state=state, after=after, rows=rows)
    show = partial(shown.BookShown.of, today=business_day(call.now))
    return page(found, limit=limit, key=lambda r: r.book_id, show=show)


@router.get("/books/{book_id}", response_model=shown.BookDetail, responses=PATIENTLY)
async def book_get(
    book_id: str, call: Annotated[ProcessingCall, allow("processing:book:read")], wish: Waits
) -> Response:
    """A period with its balance, unit consumption and products.

    With ``Prefer: wait=N`` as soon as its version is another than in ``If-None-Match``; without
    that, as soon as it is closed.
    """

    async def read() -> Answer:
        async with call.services.database.reading() as tx:
            found = await queries.book_get(tx, book_id, call.actor)
        today = business_day(call.now)
        book = shown.BookDetail.whole(found, role=call.actor.role, today=today)
        return Answer(status=200, body=book.model_dump(mode="json"))

    return await answer_when(call, wish, uuid_of(book_id, "bok"), read, decided=_is_closed)


def _is_closed(book: dict[str, Any]) -> bool:
    return bool(book["state"] == BookState.CLOSED)


@router.post(
    "/books/{book_id}/unit-consumptions", status_code=201, response_model=schemas.ConsumptionAnswer
)
async def consumption_declare(
    book_id: str,
    body: schemas.ConsumptionBody,
    call: Annotated[ProcessingCall, allow("processing:consumption:declare")],
) -> Response:
    """Declare unit consumption (单耗) before production."""
    values = {**body.model_dump(), "processes": tuple(body.processes)}
    request = ConsumptionRequest(book_id=book_id, **values)

    async def work(act: Act) -> Answer:
        return Answer(status=201, body=await consumption.consumption_declare(act, request))

    return await call.act(work)


@router.get("/books/{book_id}/outputs", response_model=Page[reports.ReportShown])
async def output_list(
    book_id: str,
    call: Annotated[ProcessingCall, allow("processing:book:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Reports of products and scrap in a book, newest first, each with its reversal."""
    async with call.services.database.reading() as tx:
        after, rows = decode_cursor(cursor), limit + 1
        found = await queries.output_list(tx, book_id, call.actor, after=after, rows=rows)
    return page(found, limit=limit, key=lambda r: r.output_id, show=reports.ReportShown.of)


@router.post(
    "/books/{book_id}/outputs",
    status_code=201,
    response_model=schemas.OutputAnswer,
    responses=_again(schemas.OutputAnswer),
)
async def output_report(
    book_id: str,
    body: schemas.OutputBody,
    call: Annotated[ProcessingCall, allow("processing:output:report")],
) -> Response:
    """Report products; their materials are written off by unit consumption."""
    said = {"reference": body.reference, "grounds": body.grounds}
    request = OutputRequest(book_id, body.product_hs, body.product_kg, body.produced_on, **said)

    async def work(act: Act) -> Answer:
        return await production.output_report(act, request)

    return await call.act(work)


@router.post(
    "/books/{book_id}/scrap",
    status_code=201,
    response_model=schemas.ScrapAnswer,
    responses=_again(schemas.ScrapAnswer),
)
async def scrap_report(
    book_id: str,
    body: schemas.ScrapBody,
    call: Annotated[ProcessingCall, allow("processing:output:report")],
) -> Response:
    """Report scrap (边角料) of a material."""
    request = OutputRequest(
        book_id, body.material_hs, body.scrap_kg, body.produced_on, reference=body.reference
    )

    async def work(act: Act) -> Answer:
        return await production.scrap_report(act, request)

    return await call.act(work)


@router.post(
    "/books/{book_id}/outputs/{output_id}/reversal",
    status_code=201,
    response_model=reports.ReversalAnswer,
)
async def output_reverse(
    book_id: str,
    output_id: str,
    call: Annotated[ProcessingCall, allow("processing:output:report")],
    body: reports.ReversalBody | None = None,
) -> Response:
    """Take a wrong report of products or scrap back by a new entry, with the grounds for it."""
    grounds = None if body is None else body.grounds

    async def work(act: Act) -> Answer:
        reversed_ = await production.output_reverse(act, book_id, output_id, grounds)
        return Answer(status=201, body=reversed_)

    return await call.act(work)


@router.post("/books/{book_id}/closing", response_model=schemas.ClosingAnswer)
async def book_close(
    book_id: str,
    body: schemas.CountBody,
    call: Annotated[ProcessingCall, allow("processing:book:close")],
) -> Response:
    """Count what is left and close the period; beyond tolerance it waits for an officer."""
    count = Count(body.closing_kg)

    async def work(act: Act) -> Answer:
        return Answer(status=200, body=await closing.book_close(act, book_id, count))

    return await call.act(work)


@router.get("/alerts", response_model=Page[shown.AlertShown])
async def alert_list(
    call: Annotated[ProcessingCall, allow("processing:alert:read")],
    state: AlertState | None = None,
    book_id: Annotated[str | None, Query(max_length=40)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Alerts of an officer's port, or an enterprise's own."""
    async with call.services.database.reading() as tx:
        after, rows = decode_cursor(cursor), limit + 1
        found = await queries.alert_list(
            tx, call.actor, state=state, book_id=book_id, after=after, rows=rows
        )
    show = partial(shown.AlertShown.of, role=call.actor.role)
    return page(found, limit=limit, key=lambda r: r.alert_id, show=show)


@router.get("/alerts/{alert_id}", response_model=shown.AlertShown)
async def alert_get(
    alert_id: str, call: Annotated[ProcessingCall, allow("processing:alert:read")]
) -> Response:
    """One alert and the officer's word on it."""
    async with call.services.database.reading() as tx:
        found = await queries.alert_get(tx, alert_id, call.actor)
    return call.shown(shown.AlertShown, shown.AlertShown.of(found, role=call.actor.role))


@router.post("/alerts/{alert_id}/closing", response_model=schemas.AlertAnswer)
async def alert_close(
    alert_id: str,
    body: schemas.AlertBody,
    call: Annotated[ProcessingCall, allow("processing:alert:close", upon_reading=True)],
) -> Response:
    """Close an alert with a reason; the last one accepted closes a counted period."""
    accept = body.resolution == "ACCEPT"

    async def work(act: Act) -> Answer:
        closed = await closing.alert_close(act, alert_id, accept=accept, reason=body.reason)
        return Answer(status=200, body=closed)

    return await call.act(work)


@router.post(
    "/books/{book_id}/corrections", status_code=201, response_model=schemas.CorrectionAnswer
)
async def correction_ask(
    book_id: str,
    body: schemas.CorrectionBody,
    call: Annotated[ProcessingCall, allow("processing:correction:ask")],
) -> Response:
    """Ask to have a mistype put right, or a lost load written off, with an officer's consent.

    A received weight, unit consumption by which nothing is made, a material that never came in, the
    days of the period; a load that left for the factory and is lost on its way, or that was written
    off so and has turned up.
    """
    request = CorrectionRequest(book_id=book_id, **body.model_dump())

    async def work(act: Act) -> Answer:
        return Answer(status=201, body=await corrections.correction_ask(act, request))

    return await call.act(work)


@router.get("/corrections", response_model=Page[shown.CorrectionShown])
async def correction_list(
    call: Annotated[ProcessingCall, allow("processing:correction:read")],
    state: CorrectionState | None = None,
    book_id: Annotated[str | None, Query(max_length=40)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Corrections at an officer's port, or of one's own books: what stood, what is to stand."""
    async with call.services.database.reading() as tx:
        after, rows = decode_cursor(cursor), limit + 1
        found = await queries.correction_list(
            tx, call.actor, state=state, book_id=book_id, after=after, rows=rows
        )
    show = partial(shown.CorrectionShown.of, role=call.actor.role)
    return page(found, limit=limit, key=lambda r: r.correction_id, show=show)


@router.get("/corrections/{correction_id}", response_model=shown.CorrectionShown)
async def correction_get(
    correction_id: str, call: Annotated[ProcessingCall, allow("processing:correction:read")]
) -> Response:
    """One correction, as the officer who decides on it reads it."""
    async with call.services.database.reading() as tx:
        found = await queries.correction_get(tx, correction_id, call.actor)
    return call.shown(shown.CorrectionShown, shown.CorrectionShown.of(found, role=call.actor.role))


@router.post("/corrections/{correction_id}/decision", response_model=schemas.CorrectionDecided)
async def correction_decide(
    correction_id: str,
    body: schemas.CorrectionDecisionBody,
    call: Annotated[ProcessingCall, allow("processing:correction:decide", upon_reading=True)],
) -> Response:
    """Consent to a correction, which is then made, or refuse it."""
    consent = body.decision == "CONSENT"

    async def work(act: Act) -> Answer:
        decided = await corrections.correction_decide(
            act, correction_id, consent=consent, reason=body.reason
        )
        return Answer(status=200, body=decided)

    return await call.act(work)
