"""Filings of the law's lists: what waits for a second person, and the decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.law import queries
from services.law.commands import filings
from services.law.commands.filings import Line
from services.law.domain.model import ListDecision
from services.law.schemas import Filed, ListFilingDetail, ListFilingShown, ListState
from services.platform.act import Act
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.services import Services

router = APIRouter(prefix="/law/v1", tags=["filings"])
FilingId = Annotated[str, Path(max_length=40, description="imp_…")]


async def by_two(call: Call[Services], rows: Sequence[Line]) -> Response:
    """As ``filing.filed``, for rows that one person alone may not file: they are proposed."""

    async def work(act: Act) -> Answer:
        made = await filings.filing_propose(act, rows)
        return Answer(status=201, body=Filed(**made).model_dump(mode="json"))

    return await call.act(work)


@router.get("/filings", response_model=Page[ListFilingShown])
async def filing_list(
    call: Annotated[Call[Services], allow("law:filing:read")],
    state: ListState | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What is proposed for the lists of codes, restrictions and origins, oldest first."""
    async with call.services.database.reading() as tx:
        after, rows = decode_cursor(cursor), limit + 1
        found = await queries.filing_list(tx, state=state, after=after, rows=rows)
    return page(found, limit=limit, key=lambda row: row.filing_id, show=ListFilingShown.of)


@router.get("/filings/{filing_id}", response_model=ListFilingDetail)
async def filing_get(
    filing_id: FilingId, call: Annotated[Call[Services], allow("law:filing:read")]
) -> Response:
    """One proposal with its rows, as whoever confirms it reads it."""
    async with call.services.database.reading() as tx:
        row = await queries.filing_get(tx, uuid_of(filing_id, "imp"))
        acts = await filings.acts_on(tx, row, call.actor, today=business_day(call.now))
    return call.shown(ListFilingDetail, ListFilingDetail.told(row, acts))


@router.post("/filings/{filing_id}/decision", response_model=ListFilingShown)
async def filing_decide(
    filing_id: FilingId,
    body: ListDecision,
    call: Annotated[Call[Services], allow("law:filing:decide", upon_reading=True)],
) -> Response:
    """Confirm what another person proposed, with which it is filed, or turn it down."""

    async def work(act: Act) -> Answer:
        uuid = uuid_of(filing_id, "imp")
        made = await filings.filing_decide(act, uuid, confirm=body.confirm)
        shown = ListFilingShown.model_validate(made).model_dump(mode="json")
        return Answer(status=200, body=shown)

    return await call.act(work)
