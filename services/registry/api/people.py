"""Residents, groups, memberships and mandates."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response

from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.filing import Filed, Filing
from services.platform.http import allow
from services.platform.intake import LOT, REGISTER
from services.platform.pagination import Cursor, Limit, Page
from services.registry import queries
from services.registry.api.services import RegistryCall, by_two, listed, sealed
from services.registry.commands import residents
from services.registry.domain.model import Group, Mandate, Membership, Resident
from services.registry.schemas import (
    FilingAnswer,
    GroupDetail,
    GroupShown,
    LookedUp,
    Lookup,
    MemberShown,
    ResidentShown,
)

router = APIRouter(prefix="/registry/v1", tags=["people"])


@router.post("/residents", status_code=201, response_model=Filed)
async def residents_file(
    filing: Filing[Resident],
    call: Annotated[RegistryCall, allow("registry:resident:write", room=REGISTER)],
) -> Response:
    """File border residents (边民备案); a number filed before is renewed."""
    return await sealed(call, residents.residents_file, filing.rows)


@router.post("/residents/lookup", response_model=LookedUp)
async def residents_lookup(
    lookup: Lookup, call: Annotated[RegistryCall, allow("registry:resident:lookup")]
) -> Response:
    """Find filings by identity number. A POST, so that no number stands in an address."""

    async def work(act: Act) -> Answer:
        items = await queries.residents_lookup(
            act, lookup.resident_nos, call.services.vault, call.actor
        )
        return Answer(status=200, body={"items": items})

    return await call.act(work)


@router.get("/residents/{resident_id}", response_model=ResidentShown)
async def resident_get(
    resident_id: str, call: Annotated[RegistryCall, allow("registry:resident:read")]
) -> dict[str, Any]:
    """A resident's filing, personal data masked: one's own, or those of one's group."""
    async with call.services.database.reading() as tx:
        return await queries.resident_get(
            tx, uuid_of(resident_id, "res"), call.services.vault, call.actor
        )


@router.post("/groups", status_code=201, response_model=Filed)
async def groups_file(
    filing: Filing[Group],
    call: Annotated[RegistryCall, allow("registry:group:write", room=REGISTER)],
) -> Response:
    """File mutual-aid groups (互助组) and co-operatives (合作社)."""
    return await sealed(call, residents.groups_file, filing.rows)


@router.get("/groups", response_model=Page[GroupShown])
async def group_list(
    call: Annotated[RegistryCall, allow("registry:group:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Groups in the order of their code."""
    return await listed(call, "groups", limit=limit, cursor=cursor)


@router.get("/groups/{group_code}", response_model=GroupDetail)
async def group_get(
    group_code: str, call: Annotated[RegistryCall, allow("registry:group:read")]
) -> dict[str, Any]:
    """A group with today's members; fewer than advised (20) is said, not refused."""
    async with call.services.database.reading() as tx:
        policy = await call.services.policy.book(tx)
        return await queries.group_get(tx, group_code, policy, on=business_day(call.now))


@router.get("/groups/{group_code}/members", response_model=Page[MemberShown])
async def member_list(
    group_code: str,
    call: Annotated[RegistryCall, allow("registry:group:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Members of a group; a clerk sees the own group's, by name."""
    async with call.services.database.reading() as tx:
        return await queries.member_list(
            tx, group_code, call.services.vault, actor=call.actor, limit=limit, cursor=cursor
        )


@router.post("/memberships", status_code=201, response_model=Filed)
async def memberships_file(
    filing: Filing[Membership],
    call: Annotated[RegistryCall, allow("registry:group:write", room=REGISTER)],
) -> Response:
    """File who belongs to which group, from when to when."""
    return await sealed(call, residents.memberships_file, filing.rows)


@router.post("/mandates", status_code=201, response_model=FilingAnswer)
async def mandates_file(
    filing: Filing[Mandate],
    call: Annotated[RegistryCall, allow("registry:mandate:grant", room=LOT)],
) -> Response:
    """Let residents mandate their group's clerk (委托申报), or end it by its last day.

    A resident's own word counts at once; what a registrar files for residents is told to them, and
    a second registrar confirms it once it has been seen long enough.
    """
    return await by_two(call, filing.rows)
