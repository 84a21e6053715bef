"""Residents, groups, memberships and mandates."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response

from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.database import Row
from services.platform.filing import Filed, Filing
from services.platform.http import allow
from services.platform.intake import LOT, REGISTER
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, key_of, page
from services.registry import queries
from services.registry.api.services import RegistryCall, by_two, listed, sealed
from services.registry.commands import memberships, residents
from services.registry.domain.model import Group, Mandate, Membership, Resident
from services.registry.schemas import (
    FilingAnswer,
    Found,
    GroupDetail,
    GroupShown,
    LookedUp,
    Lookup,
    MembershipShown,
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
        rows = await queries.residents_lookup(
            act, lookup.resident_nos, call.services.vault, call.actor
        )
        found = LookedUp(items=[Found.of(row) for row in rows])
        return Answer(status=200, body=found.model_dump(mode="json"))

    return await call.act(work)


@router.get("/residents/{resident_id}", response_model=ResidentShown)
async def resident_get(
    resident_id: str, call: Annotated[RegistryCall, allow("registry:resident:read")]
) -> ResidentShown:
    """A resident's filing, personal data masked: one's own, or those of one's group."""
    async with call.services.database.reading() as tx:
        row = await queries.resident_get(tx, uuid_of(resident_id, "res"), call.actor)
    return ResidentShown.of(row, call.services.vault)


@router.get("/residents/{resident_id}/memberships", response_model=Page[MembershipShown])
async def resident_memberships(
    resident_id: str,
    call: Annotated[RegistryCall, allow("registry:resident:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """A resident's groups, and which of them may say yes by a mandate: one's own, or one's group's
    members' in that group."""
    async with call.services.database.reading() as tx:
        resident, after = uuid_of(resident_id, "res"), key_of(cursor)
        rows = await queries.memberships_of(tx, resident, call.actor, after=after, rows=limit + 1)
    return page(
        rows, limit=limit, key=lambda row: row.place, show=lambda row: MembershipShown(**row)
    )


@router.post("/groups", status_code=201, response_model=FilingAnswer)
async def groups_file(
    filing: Filing[Group],
    call: Annotated[RegistryCall, allow("registry:group:write", room=REGISTER)],
) -> Response:
    """File mutual-aid groups (互助组) and co-operatives (合作社).

    One that is not on file yet is on file once a second registrar has confirmed it.
    """
    return await by_two(call, filing.rows)


@router.get("/groups", response_model=Page[GroupShown])
async def group_list(
    call: Annotated[RegistryCall, allow("registry:group:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Groups in the order of their code."""
    return await listed(call, "groups", lambda row: GroupShown(**row), limit=limit, cursor=cursor)


@router.get("/groups/{group_code}", response_model=GroupDetail)
async def group_get(
    group_code: str, call: Annotated[RegistryCall, allow("registry:group:read")]
) -> GroupDetail:
    """A group with today's members; fewer than advised (20) is said, not refused."""
    async with call.services.database.reading() as tx:
        policy, today = await call.services.policy.book(tx), business_day(call.now)
        group, members = await queries.group_get(tx, group_code, on=today)
    advised = policy.integer("hushi.group_min_members", on=today, scope=group.port)
    return GroupDetail.of(group, members=members, advised=advised)


@router.get("/groups/{group_code}/members", response_model=Page[MemberShown])
async def member_list(
    group_code: str,
    call: Annotated[RegistryCall, allow("registry:group:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Members of a group; a clerk sees the own group's, by name."""
    async with call.services.database.reading() as tx:
        today, after = business_day(call.now), decode_cursor(cursor)
        rows = await queries.member_list(
            tx, group_code, call.actor, on=today, after=after, rows=limit + 1
        )
    # Whose group it is not was answered that there is none.
    own = call.actor.party_kind == "group"

    def shown(row: Row) -> MemberShown:
        return MemberShown.of(row, call.services.vault, own=own, day=today)

    return page(rows, limit=limit, key=lambda row: row.resident_id, show=shown)


@router.post("/memberships", status_code=201, response_model=Filed)
async def memberships_file(
    filing: Filing[Membership],
    call: Annotated[RegistryCall, allow("registry:group:write", room=REGISTER)],
) -> Response:
    """File who belongs to which group, from when to when."""
    return await sealed(call, memberships.memberships_file, filing.rows)


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
