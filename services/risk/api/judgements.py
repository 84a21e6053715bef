"""Why a lot was chosen, for the officers who answer for it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path

from services.kernel.identifiers import uuid_of
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.http import Call, allow
from services.platform.services import Services
from services.platform.visibility import sees_all
from services.risk import queries
from services.risk.schemas import judgements

router = APIRouter(prefix="/risk/v1", tags=["risk"])


@router.get("/lots/{lot_id}/screening", response_model=judgements.JudgementAnswer)
async def judgement_get(
    lot_id: Annotated[str, Path(max_length=40, description="lot_…")],
    call: Annotated[Call[Services], allow("risk:rule:read")],
) -> dict[str, Any]:
    """Each rule, control and draw by which a lot of your port was chosen, with what it saw."""
    port = None if sees_all(call.actor) else call.actor.port or ""
    async with call.services.database.reading() as tx:
        row = await queries.judgement_get(tx, uuid_of(lot_id, "lot"), port=port)
    if row is None:
        raise Refused(NOT_FOUND.at())
    return judgements.judgement_answer(row)
