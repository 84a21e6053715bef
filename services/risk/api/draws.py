"""Draw seeds and draws: public commitment, closing with revelation, everything to recompute."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.kernel.clock import business_day
from services.kernel.fields import Day
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND, NOT_YOURS
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.draws import seeds
from services.platform.draws.seeds import SeedKeeper
from services.platform.http import Call, allow
from services.platform.officers import require_officer
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, key_of, page
from services.platform.services import Services
from services.risk import queries
from services.risk.commands import draws
from services.risk.domain import refusals
from services.risk.schemas import answers, models, requests

router = APIRouter(prefix="/risk/v1", tags=["draws"])
SeedId = Annotated[str, Path(max_length=40, description="sed_…")]


@router.get("/draw-seeds", response_model=Page[models.SeedAnswer])
async def seed_list(
    call: Annotated[Call[Services], allow("risk:draw:read")],
    port: Annotated[str | None, Query(max_length=20)] = None,
    day: Day | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Commitments of draw days, with the seeds of those that are closed."""
    async with call.services.database.reading() as tx:
        rows = await queries.seed_list(
            tx, port=port, day=day, after=decode_cursor(cursor), rows=limit + 1
        )
    return page(rows, limit=limit, key=lambda r: r.seed_id, show=answers.seed_answer)


@router.post("/draw-seeds", status_code=201, response_model=models.SeedAnswer)
async def seed_commit(
    body: requests.SeedRequest,
    call: Annotated[Call[Services], allow("risk:draw:reveal")],
) -> Response:
    """Commit to a secret seed of your port's day; for today and tomorrow the window has done so."""
    if call.actor.port != body.port:
        raise Refused(NOT_YOURS.at("/port"))

    async def work(act: Act) -> Answer:
        port, day = body.port, body.business_on
        await require_officer(act)
        if day > business_day(act.at) + timedelta(days=1):
            raise Refused(refusals.DRAW_DAY_AHEAD.at("/business_on"))
        await seeds.seed_commit(act, SeedKeeper(call.services.vault), port=port, day=day)
        rows = await queries.seed_list(act, port=port, day=day, after=None, rows=200)
        newest = next(row for row in rows if row.closed_at is None)
        return Answer(status=201, body=answers.seed_answer(newest))

    return await call.act(work)


@router.get("/draw-seeds/{seed_id}", response_model=models.SeedAnswer)
async def seed_get(
    seed_id: SeedId, call: Annotated[Call[Services], allow("risk:draw:read")]
) -> dict[str, Any]:
    """One draw day: its commitment, and its seed once it is closed."""
    async with call.services.database.reading() as tx:
        return answers.seed_answer(await _seed(tx, seed_id))


@router.get("/draw-seeds/{seed_id}/draws", response_model=Page[models.DrawAnswer])
async def draw_list(
    seed_id: SeedId,
    call: Annotated[Call[Services], allow("risk:draw:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Everything drawn under a seed. value = HMAC-SHA256(seed, 'purpose|subject'), first eight
    bytes as a fraction of 2^64; officers ordered by HMAC-SHA256(seed, 'purpose|subject|officer').
    """
    async with call.services.database.reading() as tx:
        seed = await _seed(tx, seed_id)
        rows = await queries.draw_list(
            tx, seed.seed_id, after=decode_cursor(cursor), rows=limit + 1
        )
    return page(rows, limit=limit, key=lambda r: r.key, show=answers.draw_answer)


@router.get("/draw-seeds/{seed_id}/pool-changes", response_model=Page[models.PoolChangeAnswer])
async def pool_change_list(
    seed_id: SeedId,
    call: Annotated[Call[Services], allow("risk:pool:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What filings changed in the pool that was drawn from, since so many days before the draw day:
    beside the eligible of each draw, who of them was put there lately, and by which two."""
    async with call.services.database.reading() as tx:
        seed = await _seed(tx, seed_id)
        law = await call.services.policy.book(tx)
        days = law.integer("registry.pool_changes_shown_days", on=seed.business_on, scope=seed.port)
        rows = await queries.pool_changes(
            tx, seed.seed_id, days=days, after=key_of(cursor), rows=limit + 1
        )
    return page(rows, limit=limit, key=lambda r: r.key, show=answers.pool_change_answer)


@router.post("/draw-seeds/{seed_id}/reveal", response_model=models.SeedAnswer)
async def seed_reveal(
    seed_id: SeedId,
    body: requests.RevealRequest,
    call: Annotated[Call[Services], allow("risk:draw:reveal")],
) -> Response:
    """Close your port's draw day and publish its seed; nothing is drawn under it any more."""

    async def work(act: Act) -> Answer:
        row = await draws.seed_reveal(act, SeedKeeper(call.services.vault), uuid_of(seed_id, "sed"))
        return Answer(status=200, body=answers.seed_answer(row))

    return await call.act(work)


async def _seed(tx: Statements, seed_id: str) -> Row:
    row = await queries.seed_get(tx, uuid_of(seed_id, "sed"))
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row
