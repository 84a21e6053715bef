"""Documents: their bytes in, by the digest of what is kept, and out again."""

from __future__ import annotations

import asyncio
import base64
from typing import Annotated, Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from services.documents import queries
from services.documents.api.services import (
    CaseId,
    DocumentId,
    DocumentsCall,
    viewer_of,
)
from services.documents.commands import documents
from services.documents.commands.files import KeptFile, file_keep
from services.documents.domain import contents, refusals
from services.documents.domain.kinds import DocumentKind
from services.documents.schemas import CaseDocuments, DocumentShown, WithdrawalRequest
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.database import Row
from services.platform.files import FileLost, StoreAway
from services.platform.http import allow
from services.platform.intake import FILE, Room
from services.platform.pagination import Cursor, Limit, decode_cursor, page

router = APIRouter(prefix="/documents/v1", tags=["documents"])
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_BYTES: Final = {
    "requestBody": {"required": True, "content": dict.fromkeys(contents.TAKEN, _BINARY)}
}
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "the file", "content": dict.fromkeys(contents.TAKEN, _BINARY)}
}
_SMALL: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "the small picture", "content": {"image/jpeg": _BINARY}}
}
_AGAIN: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The same content lies there already.", "model": DocumentShown}
}
_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""Whatever a file may hold, nothing of it runs."""


@router.post(
    "/cases/{case_id}/documents/{kind}",
    status_code=201,
    response_model=DocumentShown,
    openapi_extra=_BYTES,
    responses=_AGAIN,
)
async def document_add(
    case_id: CaseId,
    kind: DocumentKind,
    call: Annotated[DocumentsCall, allow("documents:document:add", room=FILE)],
) -> Response:
    """Lay a paper or a photo with a case: the body is the file itself.

    What it is, its content says: a JPEG, PNG or WebP picture or a PDF. Of a picture is kept what
    shows, and neither place nor device. ``digest`` is that of what is kept; the same content of the
    same kind lies there once.
    """
    kept = await _kept(call, case_id, kind)
    viewer, most = viewer_of(call), call.services.limits.of_a_case

    async def work(act: Act) -> Answer:
        if isinstance(kept, Refused):
            raise kept
        named, new = await documents.document_add(act, viewer, case_id, kind, kept, most=most)
        found = await queries.document_get(act, viewer, named)
        if found is None:
            raise AssertionError("whoever adds a kind reads it")
        body = DocumentShown.of(found, call.actor).model_dump(mode="json")
        return Answer(status=201 if new else 200, body=body)

    return await call.act(work)


async def _kept(call: DocumentsCall, case_id: str, kind: DocumentKind) -> KeptFile | Refused:
    """What was sent, in the store; or why it is not, which is then the answer under its key.

    Nothing is looked at of whoever may not add it. Raises Refused UNAVAILABLE.
    """
    services = call.services
    sent = await call.request.body()
    try:
        async with services.database.reading() as tx:
            await documents.may_add(tx, viewer_of(call), case_id, kind)
        if len(sent) > services.limits.size:
            size = Room(services.limits.size, 0).size_text
            raise Refused(refusals.DOCUMENT_TOO_LARGE.at(size=size))
        async with services.looking:
            content = await asyncio.to_thread(
                contents.as_kept, sent, pixels_max=services.limits.pixels
            )
    except Refused as refused:
        return refused
    try:
        return await file_keep(services.database, services.files, content)
    except StoreAway:
        raise Refused(refusals.STORE_AWAY.at()) from None


@router.get("/cases/{case_id}/documents", response_model=CaseDocuments)
async def document_list(
    case_id: CaseId,
    call: Annotated[DocumentsCall, allow("documents:document:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What lies with a case and is yours to read, in the order in which it was added; withdrawn
    ones too. ``may_add`` says which kinds you may add, ``size_max`` how many bytes a file has."""
    viewer = viewer_of(call)
    async with call.services.database.reading() as tx:
        case = await queries.case_seen(tx, viewer, case_id)
        if case is None:
            raise Refused(NOT_FOUND.at())
        after = decode_cursor(cursor)
        rows = await queries.document_list(tx, viewer, case.case_id, after=after, rows=limit + 1)
    shown = page(
        rows,
        limit=limit,
        key=lambda row: row.document_id,
        show=lambda row: DocumentShown.of(row, call.actor),
    )
    may_add = [] if case.has_ended else case.may_add
    ended = {"may_add": may_add, "has_ended": case.has_ended}
    return {**shown, **ended, "size_max": call.services.limits.size}


@router.get("/documents/{document_id}", response_model=DocumentShown)
async def document_get(
    document_id: DocumentId, call: Annotated[DocumentsCall, allow("documents:document:read")]
) -> DocumentShown:
    """One document: of which kind, since when, whether it was withdrawn."""
    return DocumentShown.of(await _document(call, document_id), call.actor)


@router.get("/documents/{document_id}/content", response_class=Response, responses=_FILE)
async def document_fetch(
    document_id: DocumentId, call: Annotated[DocumentsCall, allow("documents:document:read")]
) -> Response:
    """The file itself, as it was kept; ``Repr-Digest`` is the digest that the log names."""
    document = await _document(call, document_id)
    name = f"{document_id}.{contents.SUFFIXES[document.media_type]}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": _POLICY,
        "Repr-Digest": f"sha-256=:{base64.b64encode(document.digest).decode()}:",
    }
    content = await _content(call, document)
    return Response(content, media_type=document.media_type, headers=headers)


@router.get("/documents/{document_id}/small", response_class=Response, responses=_SMALL)
async def document_small(
    document_id: DocumentId, call: Annotated[DocumentsCall, allow("documents:document:read")]
) -> Response:
    """A photo at 320 pixels, for a list."""
    document = await _document(call, document_id)
    if not document.media_type.startswith("image/"):
        raise Refused(refusals.NO_PICTURE.at())
    content = await _content(call, document)
    async with call.services.looking:
        small = await asyncio.to_thread(contents.small_picture, content, document.media_type)
    headers = {"Content-Security-Policy": _POLICY}
    return Response(small, media_type="image/jpeg", headers=headers)


@router.post("/documents/{document_id}/withdrawal", response_model=DocumentShown)
async def document_withdraw(
    document_id: DocumentId,
    body: WithdrawalRequest,
    call: Annotated[DocumentsCall, allow("documents:document:withdraw")],
) -> Response:
    """Take back what you added, and say why; it stays readable, marked as withdrawn."""

    async def work(act: Act) -> Answer:
        found = await documents.document_withdraw(
            act, viewer_of(call), document_id, grounds=body.grounds
        )
        shown = DocumentShown.of(found, call.actor)
        return Answer(status=200, body=shown.model_dump(mode="json"))

    return await call.act(work)


async def _document(call: DocumentsCall, document_id: str) -> Row:
    """A document that is the caller's to read. Raises Refused NOT_FOUND."""
    named = uuid_of(document_id, "doc")
    async with call.services.database.reading() as tx:
        found = await queries.document_get(tx, viewer_of(call), named)
    if found is None:
        raise Refused(NOT_FOUND.at())
    return found


async def _content(call: DocumentsCall, document: Row) -> bytes:
    """What was kept of a document. Raises Refused DOCUMENT_LOST, UNAVAILABLE."""
    try:
        return await call.services.files.content(document.digest)
    except FileLost:
        raise Refused(refusals.LOST.at()) from None
    except StoreAway:
        raise Refused(refusals.STORE_AWAY.at()) from None
