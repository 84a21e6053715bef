"""A person's list of notices, and what of it was read."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.kernel.fields import YesNoAsked
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.notices import schemas
from services.notices.api.services import NoticesCall
from services.notices.commands import reading
from services.notices.queries import notices as queries
from services.platform.act import Act
from services.platform.database import Statements
from services.platform.http import allow
from services.platform.pagination import Cursor, Limit, decode_cursor, page

router = APIRouter(prefix="/notices/v1", tags=["notices"])


@router.get("/notices", response_model=schemas.NoticePage)
async def notice_list(
    call: Annotated[NoticesCall, allow("notices:notice:read")],
    unread: Annotated[YesNoAsked, Query(description="only what you have not read")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What you must know of your cases, your name and your records, the newest first."""
    before = decode_cursor(cursor)
    async with call.services.database.reading() as tx:
        rows = await queries.notice_list(
            tx, call.actor, unread=unread, before=before, rows=limit + 1
        )
        counted = await _counted(tx, call)
    shown = schemas.in_language(call.language)
    return {**page(rows, limit=limit, key=lambda r: r.notice_id, show=shown), **counted}


@router.get("/notices/unread", response_model=schemas.Unread)
async def unread_get(
    call: Annotated[NoticesCall, allow("notices:notice:read")],
) -> dict[str, Any]:
    """How many notices you have not read; of more than a hundred it says only that."""
    async with call.services.database.reading() as tx:
        return await _counted(tx, call)


@router.post("/notices/read", response_model=schemas.Unread)
async def notices_read(
    body: schemas.ReadRequest, call: Annotated[NoticesCall, allow("notices:notice:mark")]
) -> Response:
    """You have read these, or one and all before it. Colleagues' lists are their own."""

    async def work(act: Act) -> Answer:
        if body.up_to is not None:
            await reading.notices_read_up_to(act, uuid_of(body.up_to, "ntc"))
        else:
            await reading.notices_read(act, [uuid_of(i, "ntc") for i in body.notice_ids or ()])
        return Answer(status=200, body=await _counted(act, call))

    return await call.act(work)


async def _counted(tx: Statements, call: NoticesCall) -> dict[str, Any]:
    unread, more = await queries.unread_count(tx, call.actor)
    return {"unread": unread, "more": more}
