"""Figures of some days, for leaders and auditors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.kernel.clock import business_day
from services.kernel.fields import Day, WholeAsked
from services.platform.http import allow
from services.window.api.services import WindowCall
from services.window.domain.rules.figures import DAYS_MAX, Period
from services.window.queries import figures as queries
from services.window.schemas import figures as schemas

router = APIRouter(prefix="/window/v1", tags=["figures"])


@router.get("/figures", response_model=schemas.FiguresAnswer)
async def figures(
    call: Annotated[WindowCall, allow("window:figures:read")],
    until: Annotated[Day | None, Query(description="the newest day; today in Beijing")] = None,
    days: Annotated[
        int, WholeAsked(least=1, most=DAYS_MAX), Query(description="how many days on end")
    ] = 14,
    port: Annotated[str | None, Query(max_length=20)] = None,
) -> dict[str, Any]:
    """Release times, use of quota, settlement lag, spread, inspections and finds, backlog, day by
    day, of a port or of all. Lots that are marked as a replay are not counted."""
    period = Period(until or business_day(call.now), days)
    async with call.services.database.reading() as tx:
        found = await queries.figures(tx, period, port=port)
    return schemas.figures_answer(found, period, port)
