"""The passing of the gate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.gate import queries
from services.gate.commands import passes
from services.gate.schemas import LotInside, PassAnswer, PassRequest, PassShown
from services.kernel.clock import business_day
from services.kernel.fields import Day
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.database import Row
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.services import Services

router = APIRouter(prefix="/gate/v1", tags=["passes"])


@router.post("/lots/{lot_id}/passes", status_code=201, response_model=PassAnswer)
async def gate_pass(
    lot_id: Annotated[str, Path(max_length=40, description="lot_…")],
    body: PassRequest,
    call: Annotated[Call[Services], allow("gate:pass:record")],
) -> Response:
    """Let a released lot's truck out of the supervised place (过卡)."""

    async def work(act: Act) -> Answer:
        passed = await passes.gate_pass(act, lot_id, **body.model_dump())
        return Answer(status=201, body=passed)

    return await call.act(work)


@router.get("/lots", response_model=Page[LotInside])
async def lot_list(
    call: Annotated[Call[Services], allow("gate:lot:read")],
    plate: Annotated[str, Query(max_length=80, description="either plate, in any spelling")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What is on a truck and still inside at your port, newest first, and whether it may leave."""
    day = business_day(call.now)
    async with call.services.database.reading() as tx:
        rows = await queries.lot_list(
            tx, plate, port=call.actor.port, day=day, after=decode_cursor(cursor), rows=limit + 1
        )

    def shown(row: Row) -> LotInside:
        return LotInside.of(row, day=day)

    return page(rows, limit=limit, key=lambda row: row.lot_id, show=shown)


@router.get("/passes", response_model=Page[PassShown])
async def pass_list(
    call: Annotated[Call[Services], allow("gate:pass:read")],
    day: Day | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Who passed the gate of your port on a Beijing day (today when not given), by lot."""
    async with call.services.database.reading() as tx:
        rows = await queries.pass_list(
            tx,
            port=call.actor.port,
            day=day or business_day(datetime.now(UTC)),
            after=decode_cursor(cursor),
            rows=limit + 1,
        )
    return page(rows, limit=limit, key=lambda row: row.lot_id, show=PassShown.of)
