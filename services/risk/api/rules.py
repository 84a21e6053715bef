"""Risk rules and controls: worded by one risk officer, decided by another."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path
from fastapi.responses import Response

from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.services import Services
from services.platform.visibility import sees_all
from services.risk import queries
from services.risk.commands import rules
from services.risk.schemas import answers, models, requests

router = APIRouter(prefix="/risk/v1", tags=["risk"])
RuleId = Annotated[str, Path(max_length=40, description="rul_…")]
_LATELY: Final = timedelta(days=30)
ControlId = Annotated[str, Path(max_length=40, description="ctl_…")]


@router.get("/rules", response_model=Page[models.RuleAnswer])
async def rule_list(
    call: Annotated[Call[Services], allow("risk:rule:read")],
    state: Literal["PROPOSED", "APPROVED", "REJECTED"] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Risk rules with their wording, days and officers."""
    async with call.services.database.reading() as tx:
        rows = await queries.rule_list(tx, state=state, after=decode_cursor(cursor), rows=limit + 1)
    return page(rows, limit=limit, key=lambda r: r.rule_id, show=answers.rule_answer)


@router.get("/rules/{rule_id}", response_model=models.RuleAnswer)
async def rule_get(
    rule_id: RuleId, call: Annotated[Call[Services], allow("risk:rule:read")]
) -> Response:
    """One risk rule, as whoever decides on it reads it."""
    async with call.services.database.reading() as tx:
        row = await queries.rule_get(tx, uuid_of(rule_id, "rul"))
        acts = await queries.acts_on(tx, row, call.actor, today=business_day(call.now))
    return call.shown(models.RuleAnswer, {**answers.rule_answer(row), "acts": acts})


@router.get("/rules/{rule_id}/hits", response_model=Page[models.HitAnswer])
async def rule_hit_list(
    rule_id: RuleId,
    call: Annotated[Call[Services], allow("risk:rule:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Lots that a rule hit in the last 30 days, the newest first; an officer's port's."""
    before = decode_cursor(cursor)
    async with call.services.database.reading() as tx:
        rows = await queries.rule_hits(
            tx,
            uuid_of(rule_id, "rul"),
            port=None if sees_all(call.actor) else call.actor.port or "",
            since=call.now - _LATELY,
            before=before,
            rows=limit + 1,
        )
    return page(rows, limit=limit, key=lambda r: r.screening_id, show=answers.hit_answer)


@router.post("/rules", status_code=201, response_model=models.RuleAnswer)
async def rule_propose(
    body: requests.RuleRequest,
    call: Annotated[Call[Services], allow("risk:rule:propose")],
) -> Response:
    """Word a rule in CEL, with an example lot that it hits; another officer approves it."""

    async def work(act: Act) -> Answer:
        row = await rules.rule_propose(act, body.proposal())
        return Answer(status=201, body=answers.rule_answer(row))

    return await call.act(work)


@router.post("/rules/{rule_id}/decision", response_model=models.RuleAnswer)
async def rule_decide(
    rule_id: RuleId,
    body: requests.RuleDecisionRequest,
    call: Annotated[Call[Services], allow("risk:rule:approve", upon_reading=True)],
) -> Response:
    """Approve or reject another officer's rule; an approved one holds for the next lot."""

    async def work(act: Act) -> Answer:
        row = await rules.rule_decide(act, uuid_of(rule_id, "rul"), approve=body.approve)
        return Answer(status=200, body=answers.rule_answer(row))

    return await call.act(work)


@router.post("/rules/{rule_id}/retirement", response_model=models.RuleAnswer)
async def retirement_propose(
    rule_id: RuleId,
    body: requests.RetirementRequest,
    call: Annotated[Call[Services], allow("risk:rule:propose", upon_reading=True)],
) -> Response:
    """Propose that a rule ends on a day, today at the earliest; another officer approves it."""

    async def work(act: Act) -> Answer:
        row = await rules.retirement_propose(
            act, uuid_of(rule_id, "rul"), ends_on=body.ends_on, grounds=body.grounds
        )
        return Answer(status=200, body=answers.rule_answer(row))

    return await call.act(work)


@router.post("/rules/{rule_id}/retirement/decision", response_model=models.RuleAnswer)
async def retirement_decide(
    rule_id: RuleId,
    body: requests.RuleDecisionRequest,
    call: Annotated[Call[Services], allow("risk:rule:approve", upon_reading=True)],
) -> Response:
    """Let a rule end as another officer proposed, or keep it."""

    async def work(act: Act) -> Answer:
        row = await rules.retirement_decide(act, uuid_of(rule_id, "rul"), approve=body.approve)
        return Answer(status=200, body=answers.rule_answer(row))

    return await call.act(work)


@router.get("/controls", response_model=Page[models.ControlAnswer])
async def control_list(
    call: Annotated[Call[Services], allow("risk:rule:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Controls (布控), those lifted included."""
    async with call.services.database.reading() as tx:
        rows = await queries.control_list(tx, after=decode_cursor(cursor), rows=limit + 1)
    return page(rows, limit=limit, key=lambda r: r.control_id, show=answers.control_answer)


@router.get("/controls/{control_id}", response_model=models.ControlAnswer)
async def control_get(
    control_id: ControlId, call: Annotated[Call[Services], allow("risk:rule:read")]
) -> Response:
    """One control, as whoever lifts it reads it."""
    async with call.services.database.reading() as tx:
        row = await queries.control_get(tx, uuid_of(control_id, "ctl"))
    return call.shown(models.ControlAnswer, answers.control_answer(row))


@router.post("/controls", status_code=201, response_model=models.ControlAnswer)
async def control_set(
    body: requests.ControlRequest,
    call: Annotated[Call[Services], allow("risk:rule:propose")],
) -> Response:
    """Set a control: from the next lot on, goods with this fact go to a person."""

    async def work(act: Act) -> Answer:
        row = await rules.control_set(act, body.order())
        return Answer(status=201, body=answers.control_answer(row))

    return await call.act(work)


@router.post("/controls/{control_id}/lift", response_model=models.ControlAnswer)
async def control_lift(
    control_id: ControlId,
    body: requests.LiftRequest,
    call: Annotated[Call[Services], allow("risk:rule:approve", upon_reading=True)],
) -> Response:
    """Lift another officer's control (解控)."""

    async def work(act: Act) -> Answer:
        row = await rules.control_lift(act, uuid_of(control_id, "ctl"))
        return Answer(status=200, body=answers.control_answer(row))

    return await call.act(work)
