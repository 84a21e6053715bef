"""Webhooks: a party names where it wants to be told what happens to its cases.

Whoever acts for a post (officers, gates) reads streams instead: what they may see changes with the
post, and an address would go on being told.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response

from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import refuse_if_any
from services.platform.act import Act
from services.platform.bell import WEBHOOKS
from services.platform.database import Row
from services.platform.http import allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.tail import Position
from services.window.api.services import WindowCall
from services.window.commands import webhooks
from services.window.domain.rules.delivery import subscription_refusals
from services.window.queries import webhooks as queries
from services.window.schemas import place_of
from services.window.schemas import webhooks as schemas

router = APIRouter(prefix="/window/v1", tags=["webhooks"])
WebhookId = Annotated[str, Path(max_length=40, description="whk_…")]


@router.post("/webhooks", status_code=201, response_model=schemas.WebhookAnswer)
async def webhook_register(
    body: schemas.WebhookRequest, call: Annotated[WindowCall, allow("window:webhook:write")]
) -> Response:
    """Deliver what happens to your cases to an address of yours, signed with your secret."""

    async def work(act: Act) -> Answer:
        refusals = subscription_refusals(
            body.url,
            body.event_types or (),
            known=call.services.event_types,
            sandbox=call.services.sandbox,
        )
        refuse_if_any(list(refusals))
        row = await webhooks.webhook_register(
            act,
            url=body.url,
            secret=body.secret.get_secret_value(),
            event_types=body.event_types,
            since=None if body.since is None else _place(call, body.since),
            vault=call.services.vault,
            actor=call.actor,
            at=call.now,
        )
        return Answer(status=201, body=_shown(call, row))

    answer = await call.act(work)
    call.services.database.committed(WEBHOOKS)
    return answer


@router.get("/webhooks", response_model=Page[schemas.WebhookAnswer])
async def webhook_list(
    call: Annotated[WindowCall, allow("window:webhook:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Your webhooks, oldest first, and how delivery to each goes."""
    async with call.services.database.reading() as tx:
        rows = await queries.webhook_list(
            tx, call.actor, after=decode_cursor(cursor), rows=limit + 1
        )
    return page(rows, limit=limit, key=lambda r: r.webhook_id, show=partial(_shown, call))


@router.get("/webhooks/{webhook_id}", response_model=schemas.WebhookAnswer)
async def webhook_get(
    webhook_id: WebhookId, call: Annotated[WindowCall, allow("window:webhook:read")]
) -> Response:
    """One webhook: how far it has been told, and what went wrong last."""
    key = uuid_of(webhook_id, "whk")
    async with call.services.database.reading() as tx:
        row = await queries.webhook_get(tx, call.actor, key)
    return call.respond(Answer(status=200, body=_shown(call, row)))


@router.post("/webhooks/{webhook_id}/replay", response_model=schemas.WebhookAnswer)
async def webhook_replay(
    webhook_id: WebhookId,
    body: schemas.ReplayRequest,
    call: Annotated[WindowCall, allow("window:webhook:write")],
) -> Response:
    """Deliver again from a place in the log on; a suspended webhook goes on with it."""

    async def work(act: Act) -> Answer:
        since = _place(call, body.since)
        row = await webhooks.webhook_replay(
            act, uuid_of(webhook_id, "whk"), since=since, actor=call.actor, at=call.now
        )
        return Answer(status=200, body=_shown(call, row))

    answer = await call.act(work)
    call.services.database.committed(WEBHOOKS)
    return answer


@router.post("/webhooks/{webhook_id}/secret", response_model=schemas.WebhookAnswer)
async def webhook_secret_change(
    webhook_id: WebhookId,
    body: schemas.SecretRequest,
    call: Annotated[WindowCall, allow("window:webhook:write")],
) -> Response:
    """Sign with another secret of yours; for some hours with the one before besides.

    A message then carries two signatures, as Standard Webhooks foresees, and either secret proves
    it.
    """

    async def work(act: Act) -> Answer:
        row = await webhooks.webhook_secret_change(
            act,
            uuid_of(webhook_id, "whk"),
            secret=body.secret.get_secret_value(),
            until=call.now + timedelta(hours=body.overlap_hours),
            vault=call.services.vault,
            actor=call.actor,
        )
        return Answer(status=200, body=_shown(call, row))

    return await call.act(work)


@router.post("/webhooks/{webhook_id}/removal", response_model=schemas.WebhookAnswer)
async def webhook_remove(
    webhook_id: WebhookId, call: Annotated[WindowCall, allow("window:webhook:write")]
) -> Response:
    """Deliver nothing more to it, and forget its secret."""

    async def work(act: Act) -> Answer:
        row = await webhooks.webhook_remove(act, uuid_of(webhook_id, "whk"), actor=call.actor)
        return Answer(status=200, body=_shown(call, row))

    return await call.act(work)


def _place(call: WindowCall, since: str) -> Position:
    return place_of(since, call.services.vault, pointer="/since")


def _shown(call: WindowCall, row: Row) -> dict[str, Any]:
    return schemas.webhook_answer(row, call.services.vault)
