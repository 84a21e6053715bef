"""Credit levels (信用等级): proposed by one officer, in force with another's signature."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.accreditation import queries
from services.accreditation.commands import credit
from services.accreditation.schemas import answers, models, requests
from services.kernel.clock import business_day
from services.kernel.fields import SignatureRequest
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.services import Services

router = APIRouter(prefix="/accreditation/v1", tags=["credit"])
CreditId = Annotated[str, Path(max_length=40, description="crd_…")]
CreditState = Annotated[
    Literal["PROPOSED", "IN_FORCE", "REPLACED", "REFUSED"] | None,
    Query(description="how the decision stands"),
]


@router.get("/credit-levels", response_model=Page[models.CreditAnswer])
async def credit_list(
    call: Annotated[Call[Services], allow("accreditation:level:read")],
    party: Annotated[str | None, Query(max_length=60)] = None,
    state: CreditState = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Credit decisions with their history, or those that stand so; who has none in force is
    ORDINARY."""
    async with call.services.database.reading() as tx:
        rows = await queries.credit_list(
            tx,
            call.actor,
            party=party,
            state=state,
            after=decode_cursor(cursor),
            rows=limit + 1,
        )
    return page(
        rows,
        limit=limit,
        key=lambda r: r.credit_id,
        show=lambda r: answers.credit_answer(r, call.actor),
    )


@router.post("/credit-levels", status_code=201, response_model=models.CreditAnswer)
async def credit_propose(
    body: requests.CreditLevelRequest,
    call: Annotated[Call[Services], allow("accreditation:level:decide")],
) -> Response:
    """Propose a party's level on grounds that the law names (W21); another officer signs."""

    async def work(act: Act) -> Answer:
        row = await credit.credit_propose(act, body.proposal())
        return Answer(status=201, body=answers.credit_answer(row, call.actor))

    return await call.act(work)


@router.get("/credit-levels/{credit_id}", response_model=models.CreditAnswer)
async def credit_get(
    credit_id: CreditId, call: Annotated[Call[Services], allow("accreditation:level:read")]
) -> Response:
    """One credit decision, as whoever signs it reads it."""
    async with call.services.database.reading() as tx:
        row = await queries.credit_get(tx, uuid_of(credit_id, "crd"), call.actor)
        if row is None:
            raise Refused(NOT_FOUND.at())
        law = await call.services.policy.book(tx)
        acts = await credit.acts_on(tx, row, call.actor, law, today=business_day(call.now))
    return call.shown(models.CreditAnswer, {**answers.credit_answer(row, call.actor), "acts": acts})


@router.post("/credit-levels/{credit_id}/countersignature", response_model=models.CreditAnswer)
async def credit_countersign(
    credit_id: CreditId,
    body: SignatureRequest,
    call: Annotated[Call[Services], allow("accreditation:level:decide", upon_reading=True)],
) -> Response:
    """Sign a proposed level, in force for new screenings from now on, or refuse it."""

    async def work(act: Act) -> Answer:
        row = await credit.credit_countersign(act, uuid_of(credit_id, "crd"), agree=body.agree)
        return Answer(status=200, body=answers.credit_answer(row, call.actor))

    return await call.act(work)
