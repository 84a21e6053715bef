"""Residents' passkeys (一指通): opened at the desk, bound by the phone, ended by the holder."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from services.kernel.base64url import base64url
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.event_log import actor_of
from services.platform.http import allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.passkeys import ALGORITHMS, RelyingParty, Unfit, read_base64url
from services.registry import queries
from services.registry.api.services import RegistryCall
from services.registry.commands import passkeys
from services.registry.domain import refusals
from services.registry.schemas import (
    NewPasskey,
    OpenedPasskey,
    PasskeyChallenge,
    PasskeyCode,
    PasskeyEnding,
    PasskeyOpening,
    PasskeyShown,
)

router = APIRouter(prefix="/registry/v1", tags=["passkeys"])
PasskeyId = Annotated[str, Path(max_length=40, description="pky_…")]


@router.post("/passkey-openings", status_code=201, response_model=PasskeyShown)
async def passkey_open(
    body: PasskeyOpening, call: Annotated[RegistryCall, allow("registry:passkey:open")]
) -> Response:
    """Let the resident whose document is on the desk bind a phone; a lost one's ends at once."""
    replaces = None if body.replaces is None else uuid_of(body.replaces, "pky")

    async def work(act: Act) -> Answer:
        opened = await passkeys.passkey_open(act, body.resident_no, replaces, call.services.vault)
        return Answer(status=201, body=PasskeyShown.of(opened))

    return await call.act(work)


@router.get("/passkey-openings/{passkey_id}", response_model=OpenedPasskey)
async def passkey_opening_get(
    passkey_id: PasskeyId, call: Annotated[RegistryCall, allow("registry:passkey:open")]
) -> dict[str, Any]:
    """What you opened, with the code to be shown while it counts; another's is not shown."""
    uuid = uuid_of(passkey_id, "pky")
    async with call.services.database.reading() as tx:
        row = await queries.passkey_get(tx, uuid)
        if (await actor_of(tx, passkey_id, "open")).subject != call.actor.subject:
            raise Refused(NOT_FOUND.at())
    counts = row.state == "OPENED" and call.now < row.opens_until
    code = passkeys.code_for(uuid, call.services.vault) if counts else None
    party = call.services.passkeys
    return {**PasskeyShown.of(row), "code": code, "origin": party and party.origin}


@router.post("/passkey-challenges", response_model=PasskeyChallenge)
async def passkey_challenge(
    body: PasskeyCode, call: Annotated[RegistryCall, allow("registry:passkey:bind")]
) -> Response:
    """For which challenge your phone makes its passkey. A POST, so that no code stands in an
    address; it changes nothing."""
    party = _party(call)

    async def work(act: Act) -> Answer:
        resident = uuid_of(call.actor.party_code, "res")
        opened, challenge, known = await passkeys.passkey_challenge(
            act, resident, body.code, call.services.vault
        )
        shown = PasskeyShown.of(opened)
        told = {
            "passkey_id": shown["passkey_id"],
            "challenge": base64url(challenge),
            "rp_id": party.rp_id,
            "user_id": base64url(resident.bytes),
            "algorithms": list(ALGORITHMS),
            "known": [base64url(one) for one in known],
            "opens_until": shown["opens_until"],
        }
        return Answer(status=200, body=told)

    return await call.act(work)


@router.post("/passkeys", status_code=201, response_model=PasskeyShown)
async def passkey_bind(
    body: NewPasskey, call: Annotated[RegistryCall, allow("registry:passkey:bind")]
) -> Response:
    """Bind your phone by the code that is shown at the desk."""
    party = _party(call)

    async def work(act: Act) -> Answer:
        try:
            said = [read_base64url(text) for text in (body.client_data, body.attestation)]
        except Unfit as unfit:
            raise Refused(passkeys.not_made(unfit, party)) from None
        bound = await passkeys.passkey_bind(
            act,
            uuid_of(call.actor.party_code, "res"),
            body.code,
            client_data=said[0],
            attestation=said[1],
            party=party,
            vault=call.services.vault,
        )
        return Answer(status=201, body=PasskeyShown.of(bound))

    return await call.act(work)


@router.get("/passkeys", response_model=Page[PasskeyShown])
async def passkey_list(
    call: Annotated[RegistryCall, allow("registry:passkey:read")],
    resident_id: Annotated[
        str | None, Query(max_length=40, description="whose, for the registrar; a resident's own")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Passkeys of a resident, also those that ended: when each was opened, bound, used, ended."""
    own = call.actor.party_kind == "resident"
    wanted = resident_id or (call.actor.party_code if own else "")
    if own and wanted != call.actor.party_code:
        raise Refused(NOT_FOUND.at())
    async with call.services.database.reading() as tx:
        rows = await queries.passkey_list(
            tx, uuid_of(wanted, "res"), after=decode_cursor(cursor), rows=limit + 1
        )
    return page(rows, limit=limit, key=lambda row: row.passkey_id, show=PasskeyShown.of)


@router.post("/passkeys/{passkey_id}/ending", response_model=PasskeyShown)
async def passkey_end(
    passkey_id: PasskeyId,
    body: PasskeyEnding,
    call: Annotated[RegistryCall, allow("registry:passkey:end")],
) -> Response:
    """Let a passkey of yours count no more, from this answer on."""

    async def work(act: Act) -> Answer:
        resident = uuid_of(call.actor.party_code, "res")
        ended = await passkeys.passkey_end(act, uuid_of(passkey_id, "pky"), resident)
        return Answer(status=200, body=PasskeyShown.of(ended))

    return await call.act(work)


def _party(call: RegistryCall) -> RelyingParty:
    if call.services.passkeys is None:
        raise Refused(refusals.PASSKEYS_NOT_HERE.at())
    return call.services.passkeys
