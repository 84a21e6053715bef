"""The passing of the gate."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from services.gate.commands import passes
from services.gate.schemas import PassAnswer, PassRequest
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.http import Call, allow
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
