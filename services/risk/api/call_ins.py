"""Lots that an officer calls in by hand."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from services.kernel.lanes import Lane
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.http import Call, allow
from services.platform.services import Services
from services.risk.commands import call_in
from services.risk.schemas import answers, models, requests

router = APIRouter(prefix="/risk/v1", tags=["risk"])


@router.post("/lots/{lot_id}/call-ins", status_code=201, response_model=models.CallInAnswer)
async def lot_call_in(
    lot_id: Annotated[str, Path(max_length=40, description="lot_…")],
    body: requests.CallInRequest,
    call: Annotated[Call[Services], allow("risk:lot:call_in", upon_reading=True)],
) -> Response:
    """Call a lot in that is still inside, released or not, or have it inspected more closely."""

    async def work(act: Act) -> Answer:
        lane, grounds = Lane(body.lane), body.grounds
        row = await call_in.lot_call_in(act, lot_id, lane=lane, grounds=grounds)
        return Answer(status=201, body=answers.call_in_answer(row))

    return await call.act(work)
