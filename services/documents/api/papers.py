"""Signed papers: issued to who may read the case, checked by anybody who holds one."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import Response

from services.documents.api.services import DocumentsCall, viewer_of
from services.documents.commands import papers
from services.documents.commands.files import file_keep
from services.documents.commands.typesetting import Sheet
from services.documents.domain import refusals
from services.documents.domain.contents import PDF
from services.documents.domain.papers import PAPERS, PaperKind, is_as_issued
from services.documents.queries import papers as queries
from services.documents.schemas import papers as schemas
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.files import FileLost, StoreAway
from services.platform.http import allow
from services.platform.openapi import PUBLIC

router = APIRouter(prefix="/documents/v1", tags=["papers"])
PaperNo = Annotated[
    str, Path(max_length=48, description="as it is printed; dashes and capitals do not matter")
]
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {PDF: {}}, "description": "the paper as it was signed"}
}
_NUMBER: Final = re.compile(r"[0-9a-f]{32}")


@router.post("/papers", status_code=201, response_model=schemas.PaperAnswer)
async def paper_issue(
    body: schemas.PaperRequest,
    call: Annotated[DocumentsCall, allow("documents:paper:issue")],
) -> Response:
    """A signed paper (PDF/A) of a case that you may read, as the record has it now. Asked for again
    while the record says the same, it is the same paper."""
    ready = await _ready(call, body)

    async def work(act: Act) -> Answer:
        if isinstance(ready, Refused):
            raise ready
        draft, printed = ready
        row = await papers.paper_issue(act, draft, printed)
        shown = schemas.paper_answer(row, call.services.press.address(row.paper_no.hex))
        return Answer(status=201, body=shown)

    return await call.act(work)


async def _ready(
    call: DocumentsCall, body: schemas.PaperRequest
) -> tuple[papers.Draft, papers.Printed | None] | Refused:
    """What the paper says, and unless there is one already, the paper in the store; or why there is
    none, which is then the answer under its key. Raises Refused UNAVAILABLE, PAPERS_NOT_SIGNED."""
    services = call.services
    try:
        async with services.database.reading() as tx:
            draft = await papers.paper_draft(tx, viewer_of(call), **body.model_dump())
            if await draft.issued(tx) is not None:
                return draft, None
    except Refused as refused:
        return refused
    number = papers.new_number()
    sheet = Sheet(
        kind=draft.kind,
        language=draft.language,
        facts=draft.facts,
        number=number,
        issued_at=call.now,
        address=services.press.address(number),
        sample=services.press.sample,
    )
    content = await services.press.printed(sheet)
    try:
        file = await file_keep(services.database, services.files, content)
    except StoreAway:
        raise Refused(refusals.STORE_AWAY.at()) from None
    return draft, papers.Printed(number, file)


@router.get("/papers/{paper_no}", response_class=Response, responses=_FILE)
async def paper_read(
    paper_no: PaperNo, call: Annotated[DocumentsCall, allow("documents:paper:read")]
) -> Response:
    """A paper as it was signed, for who may read its case and have such a paper."""
    services = call.services
    async with services.database.reading() as tx:
        row = await queries.paper_get(tx, _number(paper_no), viewer_of(call))
    if row is None or call.actor.role not in PAPERS[PaperKind(row.kind)].roles:
        raise Refused(NOT_FOUND.at())
    try:
        content = await services.files.content(row.digest)
    except FileLost:
        raise Refused(refusals.LOST.at()) from None
    except StoreAway:
        raise Refused(refusals.STORE_AWAY.at()) from None
    headers = {"Content-Disposition": f'inline; filename="{row.paper_no.hex}.pdf"'}
    return Response(content, media_type=PDF, headers=headers)


@router.get("/papers/{paper_no}/standing", response_model=schemas.StandingAnswer)
async def paper_standing(
    paper_no: PaperNo, call: Annotated[DocumentsCall, allow(PUBLIC)]
) -> dict[str, Any]:
    """Whether a paper is genuine and still stands, for anybody who holds it: VALID as long as the
    record says what it says, REPLACED from then on. A number that nobody has is unknown (404)."""
    async with call.services.database.reading() as tx:
        row = await queries.paper_numbered(tx, _number(paper_no))
        if row is None:
            raise Refused(NOT_FOUND.at())
        kind = PaperKind(row.kind)
        facts = await queries.paper_facts(tx, kind, row.case_id, resident_id=row.resident_id)
    stands = facts is not None and is_as_issued(kind, facts, row.facts_digest)
    return schemas.standing_answer(row, stands=stands)


@router.get("/papers/{paper_no}/lot", response_model=schemas.PassLot)
async def pass_lot(
    paper_no: PaperNo, call: Annotated[DocumentsCall, allow("documents:pass:read")]
) -> dict[str, Any]:
    """Which lot of your port's gate a pass is of (放行出场单). Whether the lot may leave now, the
    gate's own list says. What is no pass, or of a lot of another port, is unknown (404)."""
    async with call.services.database.reading() as tx:
        row = await queries.pass_get(tx, _number(paper_no), viewer_of(call))
    if row is None:
        raise Refused(NOT_FOUND.at())
    return schemas.pass_lot(row)


def _number(paper_no: str) -> UUID:
    """A number as somebody typed it. Raises Refused NOT_FOUND."""
    typed = paper_no.replace("-", "").lower()
    if _NUMBER.fullmatch(typed) is None:
        raise Refused(NOT_FOUND.at())
    return UUID(hex=typed)
