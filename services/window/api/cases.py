"""Cases: the one view, the timeline, the look-up by reference, and what is overdue."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.http import allow
from services.platform.pagination import Cursor, Limit, decode_cursor, page
from services.window import queries, schemas
from services.window.api.services import WindowCall
from services.window.domain.model import KIND_OF_PREFIX
from services.window.queries import Viewer

LINKED_MAX = 200

router = APIRouter(prefix="/window/v1", tags=["cases"])
CaseId = Annotated[str, Path(max_length=40, description="lot_…, ins_…, aeo_…, stl_…, ord_…, bok_…")]


@router.get("/cases/{case_id}", response_model=schemas.CaseAnswer)
async def case_get(
    case_id: CaseId, call: Annotated[WindowCall, allow("window:case:read")]
) -> Response:
    """One case: its state, who holds it now, what is missing, what is left of its clock."""
    async with call.services.database.reading() as tx:
        row = await case_of(tx, case_id, call)
        linked = await queries.linked_cases(
            tx, row.case_id, Viewer.of(call.caller), rows=LINKED_MAX
        )
        purchase = await queries.purchase_of(tx, row.case_id)
    return call.respond(
        Answer(status=200, body=schemas.case_answer(row, linked, purchase, call.now, call.language))
    )


@router.get("/cases", response_model=schemas.CasePage)
async def case_list(
    call: Annotated[WindowCall, allow("window:case:read")],
    reference: Annotated[str, Query(min_length=1, max_length=64)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The cases to which their maker gave this reference; those you may see."""
    async with call.services.database.reading() as tx:
        rows = await queries.case_list(
            tx,
            Viewer.of(call.caller),
            reference=reference,
            after=decode_cursor(cursor),
            rows=limit + 1,
        )
    return page(
        rows,
        limit=limit,
        key=lambda r: r.case_id,
        show=lambda r: schemas.case_summary(r, call.now),
    )


@router.get("/cases/{case_id}/timeline", response_model=schemas.Timeline)
async def case_timeline(
    case_id: CaseId,
    call: Annotated[WindowCall, allow("window:case:read")],
    limit: Limit = 50,
    after: Annotated[
        int, Query(ge=0, le=2**31 - 1, description="next_cursor of the page before")
    ] = 0,
) -> dict[str, Any]:
    """What happened to a case, in the order of its hash chain."""
    async with call.services.database.reading() as tx:
        row = await case_of(tx, case_id, call)
        events = await queries.events_of(tx, row.case_id, after=after, rows=limit + 1)
    kept = events[:limit]
    return {
        "items": [schemas.timeline_event(event, call.actor) for event in kept],
        "next_cursor": str(kept[-1].seq) if len(events) > limit else None,
    }


@router.get("/overdue", response_model=schemas.CasePage)
async def overdue_list(
    call: Annotated[WindowCall, allow("window:overdue:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Undecided lots at your port whose release clock (48 h, perishables 6 h) ran out."""
    async with call.services.database.reading() as tx:
        rows = await queries.overdue_list(
            tx, Viewer.of(call.caller), after=decode_cursor(cursor), rows=limit + 1
        )
    return page(
        rows,
        limit=limit,
        key=lambda r: r.case_id,
        show=lambda r: schemas.case_summary(r, call.now),
    )


async def case_of(tx: Statements, case_id: str, call: WindowCall) -> Row:
    """The case, as far as the caller may see it. Raises Refused NOT_FOUND."""
    prefix = case_id[:3]
    row = None
    if prefix in KIND_OF_PREFIX:
        row = await queries.case_get(tx, uuid_of(case_id, prefix), prefix, Viewer.of(call.caller))
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row
