"""What the board in the market hall says: how long lots take, to everybody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.kernel.clock import business_day
from services.platform.http import allow
from services.platform.openapi import PUBLIC
from services.platform.publishing import published
from services.window.api.services import WindowCall
from services.window.domain.rules.published import Fewest, Spans, publishable
from services.window.queries import board as queries
from services.window.schemas import board as schemas

router = APIRouter(prefix="/window/v1", tags=["board"])


@router.get("/release-times", response_model=schemas.ReleaseTimes)
async def release_times(call: Annotated[WindowCall, allow(PUBLIC)]) -> Response:
    """How long lots took to be released, today and in the last hours, and how long those have
    waited that still are: by port, lane and goods, to anyone and without a token. Counted anew
    each minute."""

    async def compute(minute: datetime) -> dict[str, Any]:
        spans, today = Spans(minute), business_day(minute)
        async with call.services.database.reading() as tx:
            fewest = Fewest.of(await call.services.policy.book(tx), today)
            found = publishable(await queries.release_times(tx, spans), fewest)
            codes = sorted({times.hs_code for times in found if times.hs_code is not None})
            names = await queries.goods_named(tx, codes, today)
        return schemas.release_times(spans, fewest, found, names)

    found = await call.services.release_times.told(call.now, compute)
    return published(call, schemas.ReleaseTimes, found)
