"""Cases: the one view, the timeline, the look-up by reference, and what is overdue."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.kernel.fields import WholeAsked, YesNoAsked
from services.kernel.identifiers import CASES, uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.database import Row, Statements
from services.platform.http import allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.visibility import Viewer
from services.window import schemas
from services.window.api.services import WindowCall
from services.window.queries import cases as queries
from services.window.queries import told

LINKED_MAX = 200

router = APIRouter(prefix="/window/v1", tags=["cases"])
_SHOWN = ", ".join(f"{prefix}_…" for prefix in CASES)
CaseId = Annotated[str, Path(max_length=40, description=_SHOWN)]


@router.get("/cases/{case_id}", response_model=schemas.CaseAnswer)
async def case_get(
    case_id: CaseId, call: Annotated[WindowCall, allow("window:case:read")]
) -> Response:
    """One case: its state, who holds it now, what is missing, what is left of its clock."""
    async with call.services.database.reading() as tx:
        row = await case_of(tx, case_id, call)
        linked = await queries.linked_cases(tx, row.case_id, viewer_of(call), rows=LINKED_MAX)
        purchase = await queries.purchase_of(tx, row.case_id) if row.kind == "lot" else None
        version = row.version
        if not call.services.kinds[row.kind].states.is_inside(call.actor.party_kind):
            version = await told.version_of(tx, row, call.actor)
    body = schemas.case_answer(
        row,
        linked,
        purchase,
        viewer=call.actor,
        kinds=call.services.kinds,
        now=call.now,
        language=call.language,
        version=version,
    )
    return call.respond(Answer(status=200, body=body))


@router.get("/cases", response_model=Page[schemas.CaseSummary])
async def case_list(
    call: Annotated[WindowCall, allow("window:case:read")],
    reference: Annotated[str, Query(min_length=1, max_length=64)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The cases to which their maker gave this reference, or whose number ends with these eight
    signs, as screens show it; those you may see."""
    async with call.services.database.reading() as tx:
        rows = await queries.case_list(
            tx,
            viewer_of(call),
            reference=reference,
            after=decode_cursor(cursor),
            rows=limit + 1,
        )
    return page(
        rows,
        limit=limit,
        key=lambda r: r.case_id,
        show=lambda r: schemas.case_summary(r, call.services.kinds, call.now, call.actor),
    )


@router.get(
    "/cases/{case_id}/timeline",
    response_model=schemas.Timeline,
    response_model_exclude_unset=True,
)
async def case_timeline(
    case_id: CaseId,
    call: Annotated[WindowCall, allow("window:case:read")],
    limit: Limit = 50,
    after: Annotated[
        int, WholeAsked(most=2**31 - 1), Query(description="next_cursor of the page before")
    ] = 0,
) -> dict[str, Any]:
    """What you are told of a case, in the order of its hash chain and numbered without a gap. An
    auditor is told all of it, and reads who acted, and the hashes."""
    async with call.services.database.reading() as tx:
        row = await case_of(tx, case_id, call)
        events, _ = await told.events_of(
            tx, row.case_id, call.actor, place=told.BEGINNING, after=after, rows=limit + 1
        )
    kept = events[:limit]
    return {
        "items": [schemas.timeline_event(event, call.actor) for event in kept],
        "next_cursor": str(kept[-1].number) if len(events) > limit else None,
    }


@router.get("/overdue", response_model=Page[schemas.CaseSummary])
async def overdue_list(
    call: Annotated[WindowCall, allow("window:overdue:read")],
    decided: Annotated[
        YesNoAsked,
        Query(description="those that were decided too late instead of those still to decide"),
    ] = False,
    kind: Annotated[str | None, Query(max_length=40, description="kind of case")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Cases at your port whose clock ran out: lots (48 h, perishables 6 h), accreditations (90
    days). What was decided too late stays listed under ``decided``."""
    async with call.services.database.reading() as tx:
        rows = await queries.overdue_list(
            tx,
            viewer_of(call),
            decided=decided,
            kinds=[prefix for prefix, k in call.services.kinds.items() if kind in (None, k.name)],
            after=decode_cursor(cursor),
            rows=limit + 1,
        )
    return page(
        rows,
        limit=limit,
        key=lambda r: r.case_id,
        show=lambda r: schemas.case_summary(r, call.services.kinds, call.now, call.actor),
    )


async def case_of(tx: Statements, case_id: str, call: WindowCall) -> Row:
    """The case, as far as the caller may see it. Raises Refused NOT_FOUND."""
    kind = case_id[:3]
    row = None
    if kind in call.services.kinds:
        row = await queries.case_get(tx, uuid_of(case_id, kind), kind, viewer_of(call))
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row


def viewer_of(call: WindowCall) -> Viewer:
    """The caller, with what his scopes let him read."""
    return Viewer.of(call.caller, call.services.kinds)
