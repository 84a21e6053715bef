"""One touch (一指通): what a bound phone is asked, of a share or of a declaration of own goods."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from services.declaration import queries, schemas
from services.declaration.commands import touches
from services.declaration.domain.touch import Answer as Said
from services.kernel.fields import WholeAsked
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND, NOT_YOURS
from services.platform.act import Act
from services.platform.http import Call, allow
from services.platform.intake import LOT
from services.platform.services import Services

router = APIRouter(prefix="/declaration/v1", tags=["one touch"])
LotId = Annotated[str, Path(max_length=40, description="lot_…")]


@router.get("/lots/{lot_id}/touch", response_model=schemas.TouchAsked)
async def share_touch(
    lot_id: LotId,
    call: Annotated[Call[Services], allow("declaration:share:refuse")],
    answer: Said = Said.YES,
    version: Annotated[
        Annotated[int, WholeAsked(least=1)] | None,
        Query(description="of the lot as it was read; now when not given"),
    ] = None,
) -> dict[str, Any]:
    """What your phone is asked when you say yes or no to your own share: the terms of exactly this
    version, and the challenge that is their digest. The answer goes with the act."""
    resident = queries.own_resident(call.actor)
    async with call.services.database.reading() as tx:
        lot = await queries.lot_get(tx, uuid_of(lot_id, "lot"), call.actor, resident)
        if lot is None or resident is None:
            raise Refused(NOT_FOUND.at())
        asking = await touches.share_asking(
            tx,
            phones_of(call),
            lot,
            resident,
            answer=answer,
            version=version or lot.version,
            book=await call.services.policy.book(tx),
            now=datetime.now(UTC),
        )
    return schemas.touch_asked(asking, call.services.passkeys)


@router.post("/touches", response_model=schemas.TouchAsked)
async def own_lot_touch(
    body: schemas.LotRequest,
    call: Annotated[Call[Services], allow("declaration:lot:submit", room=LOT)],
) -> Response:
    """What your phone is asked when you declare own goods: send the lot as you are going to.
    Nothing is declared by it, and nothing judged."""
    lot, resident = schemas.submission(body, call.services.vault), queries.own_resident(call.actor)
    if resident is None:
        raise Refused(NOT_YOURS.at())

    async def work(act: Act) -> Answer:
        asking = await touches.own_lot_asking(act, phones_of(call), lot, resident)
        return Answer(status=200, body=schemas.touch_asked(asking, call.services.passkeys))

    return await call.act(work)


def phones_of(call: Call[Services]) -> touches.Phones:
    """How phones are asked here."""
    return touches.Phones(call.services.passkeys, call.services.vault)
