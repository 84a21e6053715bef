"""A person's choices: by which channel, in which language, outside which hours."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import Response

from services.kernel.messages import Answer
from services.kernel.refusal import Mistake, Refused
from services.notices import schemas
from services.notices.api.services import NoticesCall
from services.notices.commands import choices
from services.notices.domain import refusals
from services.notices.domain.rules.contact import contact_of
from services.notices.queries.choices import choices_of
from services.platform.act import Act
from services.platform.bell import NOTICES
from services.platform.database import Statements
from services.platform.http import allow

router = APIRouter(prefix="/notices/v1", tags=["choices"])


@router.get("/choices", response_model=schemas.ChoicesAnswer)
async def choices_get(
    call: Annotated[NoticesCall, allow("notices:choice:read")],
) -> dict[str, Any]:
    """By which channels you are told outside the window, in which language, and when not."""
    async with call.services.database.reading() as tx:
        return await _shown(tx, call)


@router.post("/choices", response_model=schemas.ChoicesAnswer)
async def choices_set(
    body: schemas.ChoicesRequest, call: Annotated[NoticesCall, allow("notices:choice:write")]
) -> Response:
    """Set language and quiet hours: what happens in them leaves when they are over."""

    async def work(act: Act) -> Answer:
        begins, ends = body.quiet
        await choices.choices_set(act, language=body.language, begins=begins, ends=ends)
        return Answer(status=200, body=await _shown(act, call))

    answer = await call.act(work)
    call.services.database.committed(NOTICES)
    return answer


@router.post("/contacts", status_code=202, response_model=schemas.ChoicesAnswer)
async def contact_ask(
    body: schemas.ContactRequest, call: Annotated[NoticesCall, allow("notices:choice:write")]
) -> Response:
    """Consent to be told by a contact of yours; a code is sent to it, and nothing else before."""

    async def work(act: Act) -> Answer:
        contact = _read(body)
        if not body.consent:
            raise Refused(refusals.CONSENT_MISSING.at("/consent"))
        if body.channel not in call.services.channels:
            raise Refused(refusals.CHANNEL_CLOSED.at("/channel", channel=body.channel.value))
        await choices.code_ask(act, body.channel, contact, call.services.vault)
        return Answer(status=202, body=await _shown(act, call))

    answer = await call.act(work)
    call.services.database.committed(NOTICES)
    return answer


@router.post("/contacts/confirmation", response_model=schemas.ChoicesAnswer)
async def contact_confirm(
    body: schemas.ConfirmationRequest, call: Annotated[NoticesCall, allow("notices:choice:write")]
) -> Response:
    """Say which code was sent: from now on you are told by the contact."""
    async with call.services.database.transaction() as tx:
        await choices.code_try(tx, call.actor, body.channel, call.now)

    async def work(act: Act) -> Answer:
        await choices.contact_confirm(act, body.channel, body.code, call.services.vault)
        return Answer(status=200, body=await _shown(act, call))

    return await call.act(work)


@router.post("/contacts/withdrawal", response_model=schemas.ChoicesAnswer)
async def contact_withdraw(
    body: schemas.WithdrawalRequest, call: Annotated[NoticesCall, allow("notices:choice:write")]
) -> Response:
    """Be told no more by a channel: the contact is forgotten, and what waits does not leave."""

    async def work(act: Act) -> Answer:
        await choices.contact_withdraw(act, body.channel)
        return Answer(status=200, body=await _shown(act, call))

    return await call.act(work)


def _read(body: schemas.ContactRequest) -> str:
    try:
        return contact_of(body.channel, body.contact)
    except Mistake as mistake:
        raise Refused(mistake.refusal.to("/contact")) from None


async def _shown(tx: Statements, call: NoticesCall) -> dict[str, Any]:
    found = await choices_of(tx, call.actor, call.now)
    return schemas.choices_answer(found, call.services.channels, call.now)
