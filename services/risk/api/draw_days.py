"""Draw days as they are published: to everybody, without a token, once they are closed in full."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.kernel.fields import Day, YesNoAsked
from services.kernel.identifiers import uuid_of
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.http import Call, allow
from services.platform.openapi import PUBLIC
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.publishing import published
from services.platform.services import Services
from services.risk import queries
from services.risk.schemas import answers, models

router = APIRouter(prefix="/risk/v1", tags=["draws"])


@router.get("/draw-days", response_model=Page[models.SeedAnswer])
async def draw_day_list(
    call: Annotated[Call[Services], allow(PUBLIC)],
    port: Annotated[str | None, Query(max_length=20)] = None,
    day: Day | None = None,
    closed: Annotated[YesNoAsked | None, Query(description="whether its seed is published")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Draw days, the newest first, to anyone and without a token: what was committed to before the
    first draw, and the seed of those that are closed. Whoever keeps a commitment can show later
    that the seed was not chosen afterwards."""
    before = decode_cursor(cursor)
    async with call.services.database.reading() as tx:
        rows = await queries.draw_day_list(
            tx, port=port, day=day, closed=closed, before=before, rows=limit + 1
        )
    found = page(rows, limit=limit, key=lambda r: r.seed_id, show=answers.seed_answer)
    return published(call, Page[models.SeedAnswer], found)


@router.get("/draw-days/draws", response_model=models.PublishedDraws)
async def draw_day_draws(
    call: Annotated[Call[Services], allow(PUBLIC)],
    seed_id: Annotated[
        str | None,
        Query(max_length=40, description="sed_…; the newest published one when left out"),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Everything drawn under a published seed, to anyone and without a token, with all that is
    needed to compute it again. value = HMAC-SHA256(seed, 'purpose|subject'), first eight bytes as
    a fraction of 2^64, cut to ten decimals; goods are selected when it is below the rate. The
    others are drawn in the order of HMAC-SHA256(seed, 'purpose|subject|candidate')."""
    after = decode_cursor(cursor)
    asked = None if seed_id is None else uuid_of(seed_id, "sed")
    found: dict[str, Any] = {"day": None, "items": [], "next_cursor": None}
    async with call.services.database.reading() as tx:
        seed = await queries.revealed_seed(tx, asked)
        if seed is not None:
            rows = await queries.draw_list(tx, seed.seed_id, after=after, rows=limit + 1)
            items = page(rows, limit=limit, key=lambda r: r.key, show=answers.published_draw)
            found = {"day": answers.seed_answer(seed), **items}
        elif asked is not None:
            raise Refused(NOT_FOUND.at())
    return published(call, models.PublishedDraws, found)
