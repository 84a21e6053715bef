"""The entry through the gate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.gate import queries
from services.gate.commands import entries
from services.gate.schemas import EntryAnswer, EntryRequest, EntryShown
from services.kernel.clock import business_day
from services.kernel.fields import Day
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.services import Services

router = APIRouter(prefix="/gate/v1", tags=["entries"])


@router.post(
    "/entries",
    status_code=201,
    response_model=EntryAnswer,
    responses={
        200: {"model": EntryAnswer, "description": "The truck's entry is on record already"}
    },
)
async def entry_record(
    body: EntryRequest, call: Annotated[Call[Services], allow("gate:entry:record")]
) -> Response:
    """Record that a truck, or a resident on foot, comes in through your port's gate now (进卡).

    A truck that is recorded again within `gate.same_entry_min` minutes, by any plate that it is on
    file with, has come in once: 200 and that entry. If it has really left and come again, it has
    another entry once the gate has let goods of it out since, another port has seen it come in
    since, or `same_until` is past.
    """

    async def work(act: Act) -> Answer:
        entry, same_until = await entries.entry_record(act, **body.model_dump())
        answer = EntryAnswer.answering(entry, same_until).model_dump(mode="json")
        return Answer(status=201 if same_until is None else 200, body=answer)

    return await call.act(work)


@router.get("/entries", response_model=Page[EntryShown])
async def entry_list(
    call: Annotated[Call[Services], allow("gate:entry:read")],
    day: Day | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What came in through your port's gate on a Beijing day (today when not given)."""
    async with call.services.database.reading() as tx:
        rows = await queries.entry_list(
            tx,
            port=call.actor.port,
            day=day or business_day(datetime.now(UTC)),
            after=decode_cursor(cursor),
            rows=limit + 1,
        )
    return page(rows, limit=limit, key=lambda row: row.entry_id, show=EntryShown.of)
