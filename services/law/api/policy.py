"""The law's parameters: what is in force, what is proposed, who approved it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.kernel.clock import business_day
from services.kernel.fields import Day
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.law import queries
from services.law.commands import open_acts, policy, revocation
from services.law.domain.model import (
    PolicyProposal,
    PolicyRefusal,
    PolicyRevocation,
    RevocationDecision,
)
from services.law.schemas import PolicyAnswer, PolicyShown, PolicyState, Rules, RuleShown
from services.platform import words
from services.platform.act import Act
from services.platform.database import Row
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.rulebook import CONTEXT, rulebook
from services.platform.services import Services

router = APIRouter(prefix="/law/v1", tags=["policy"])


@router.get("/policy", response_model=Page[PolicyShown])
async def policy_list(
    call: Annotated[Call[Services], allow("law:policy:read")],
    on: Annotated[Day | None, Query(description="Beijing day; today when left out.")] = None,
    key: Annotated[str | None, Query(max_length=80)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The legal parameters in force on a day, each with value, authority and dates."""
    day = on or business_day(call.now)
    async with call.services.database.reading() as tx:
        after, rows = decode_cursor(cursor), limit + 1
        found = await queries.policy_list(tx, on=day, key=key, after=after, rows=rows)
    return page(found, limit=limit, key=lambda row: row.policy_id, show=_shown_to(call))


@router.get("/policy/proposals", response_model=Page[PolicyShown])
async def proposal_list(
    call: Annotated[Call[Services], allow("law:policy:read")],
    state: Annotated[PolicyState, Query(description="Where they stand.")] = "PROPOSED",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Proposals that wait for a second officer, or in another state: declined, revoked."""
    async with call.services.database.reading() as tx:
        after, rows = decode_cursor(cursor), limit + 1
        found = await queries.proposal_list(tx, state=state, after=after, rows=rows)
    return page(found, limit=limit, key=lambda row: row.policy_id, show=_shown_to(call))


@router.get("/policy/{policy_id}", response_model=PolicyShown)
async def policy_get(
    policy_id: str, call: Annotated[Call[Services], allow("law:policy:read")]
) -> Response:
    """One legal parameter, as whoever approves it reads it."""
    async with call.services.database.reading() as tx:
        row = await queries.policy_get(tx, uuid_of(policy_id, "pol"))
        acts = await open_acts.acts_on(tx, row, call.actor, today=business_day(call.now))
    return call.shown(PolicyShown, _shown_to(call)(row).model_copy(update={"acts": acts}))


def _shown_to(call: Call[Services]) -> Callable[[Row], PolicyShown]:
    return partial(PolicyShown.of, language=call.language)


@router.get("/rules", response_model=Rules)
async def rule_list(
    call: Annotated[Call[Services], allow("law:policy:read")],
    service: Annotated[str | None, Query(max_length=40, description="Of one service.")] = None,
) -> Response:
    """Every rule that decides, with its law and since when it is in force, in your language."""
    rules = [
        RuleShown(
            code=rule.code,
            service=rule.service,
            says=words.translated(rule.law, call.language, CONTEXT),
            source=rule.source,
            in_force=rule.in_force,
            until=rule.until,
        )
        for rule in rulebook().values()
        if service in (None, rule.service)
    ]
    return call.respond(Answer(status=200, body=Rules(items=rules).model_dump(mode="json")))


@router.post("/policy", status_code=201, response_model=PolicyAnswer)
async def policy_propose(
    proposal: PolicyProposal, call: Annotated[Call[Services], allow("law:policy:propose")]
) -> Response:
    """Propose a legal parameter; nothing changes until another officer approves it."""

    async def work(act: Act) -> Answer:
        return Answer(status=201, body=await policy.policy_propose(act, proposal))

    return await call.act(work)


@router.post("/policy/{policy_id}/approval", response_model=PolicyAnswer)
async def policy_approve(
    policy_id: str, call: Annotated[Call[Services], allow("law:policy:approve", upon_reading=True)]
) -> Response:
    """Approve another officer's proposal; it ends its predecessor on its own first day."""

    async def work(act: Act) -> Answer:
        approved = await policy.policy_approve(act, uuid_of(policy_id, "pol"))
        return Answer(status=200, body=approved)

    return await call.act(work)


@router.post("/policy/{policy_id}/refusal", response_model=PolicyAnswer)
async def policy_decline(
    policy_id: str,
    body: PolicyRefusal,
    call: Annotated[Call[Services], allow("law:policy:approve", upon_reading=True)],
) -> Response:
    """Decline another officer's proposal; it stays on record and waits no more."""

    async def work(act: Act) -> Answer:
        declined = await policy.policy_decline(act, uuid_of(policy_id, "pol"), grounds=body.grounds)
        return Answer(status=200, body=declined)

    return await call.act(work)


@router.post("/policy/{policy_id}/revocation", response_model=PolicyAnswer)
async def revocation_propose(
    policy_id: str,
    body: PolicyRevocation,
    call: Annotated[Call[Services], allow("law:policy:propose", upon_reading=True)],
) -> Response:
    """Propose that an approved parameter never begins; before its first day only."""

    async def work(act: Act) -> Answer:
        asked = await revocation.revocation_propose(
            act, uuid_of(policy_id, "pol"), grounds=body.grounds
        )
        return Answer(status=200, body=asked)

    return await call.act(work)


@router.post("/policy/{policy_id}/revocation/decision", response_model=PolicyAnswer)
async def revocation_decide(
    policy_id: str,
    body: RevocationDecision,
    call: Annotated[Call[Services], allow("law:policy:approve", upon_reading=True)],
) -> Response:
    """Revoke it as another officer proposed, or keep it; its predecessor holds on."""

    async def work(act: Act) -> Answer:
        decided = await revocation.revocation_decide(
            act, uuid_of(policy_id, "pol"), approve=body.approve
        )
        return Answer(status=200, body=decided)

    return await call.act(work)
