"""Seals of the log: everybody's to read and to keep, and a case's place in one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter

from services.platform.http import allow
from services.platform.openapi import PUBLIC
from services.platform.pagination import Cursor, Limit, Page, line_of, page
from services.window.api.cases import CaseId, case_of
from services.window.api.services import WindowCall
from services.window.queries import seals as queries
from services.window.schemas import seals as schemas

router = APIRouter(prefix="/window/v1", tags=["seals"])


@router.get("/seals", response_model=Page[schemas.SealAnswer])
async def seal_list(
    call: Annotated[WindowCall, allow(PUBLIC)], limit: Limit = 50, cursor: Cursor = None
) -> dict[str, Any]:
    """The seals of the log, the newest first, to anyone and without a token. Whoever keeps one can
    show later that nothing before it was cut off or written anew."""
    before = line_of(cursor)
    async with call.services.database.reading() as tx:
        rows = await queries.seal_list(tx, before=before, rows=limit + 1)
    return page(rows, limit=limit, key=lambda r: r.number, show=schemas.seal_answer)


@router.get("/cases/{case_id}/proof", response_model=schemas.SealedAnswer)
async def case_proof(
    case_id: CaseId, call: Annotated[WindowCall, allow("window:case:read")]
) -> dict[str, Any]:
    """That a case of yours is in a seal: its leaf, and the way to the signed root. The leaf holds
    the hash of its last event by then under a salt; an auditor is told both."""
    async with call.services.database.reading() as tx:
        row = await case_of(tx, case_id, call)
        sealed = await queries.newest_seal_of(tx, row.case_id)
        leaves = [] if sealed is None else await queries.leaves_of(tx, sealed.number)
    proof = None if sealed is None else schemas.proof_answer(sealed, leaves, call.actor)
    return schemas.sealed_answer(row.kind, row, proof)
