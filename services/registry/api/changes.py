"""Filings, and changes of records on file, that take two persons."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Response

from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.platform.act import Act
from services.platform.http import allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.registry import queries
from services.registry.api.services import RegistryCall
from services.registry.commands import changes
from services.registry.schemas import ChangeDecision, ChangeDetail, ChangeRequest, ChangeShown

router = APIRouter(prefix="/registry/v1", tags=["changes"])
ChangeId = Annotated[str, Path(max_length=40, description="imp_…")]


@router.post("/changes", status_code=201, response_model=ChangeShown)
async def change_propose(
    body: ChangeRequest, call: Annotated[RegistryCall, allow("registry:change:write")]
) -> Response:
    """Propose what is to stand on file in a record's place: another account of a seller or payer,
    another post of an officer, another port of a group or an enterprise, another place of a bank in
    the rota."""

    async def work(act: Act) -> Answer:
        made = await changes.change_propose(act, body.record(), call.services.vault)
        return Answer(status=201, body=ChangeShown.of(made))

    return await call.act(work)


@router.get("/changes", response_model=Page[ChangeShown])
async def change_list(
    call: Annotated[RegistryCall, allow("registry:change:read")],
    state: Literal["PROPOSED", "CONFIRMED", "TURNED_DOWN"] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """What is proposed, of whose record, and from when it may be confirmed; never an account or a
    name. Whoever deals with a seller sees here that its account is about to change, and residents,
    groups, firms and banks what is to be filed of them."""
    async with call.services.database.reading() as tx:
        rows = await queries.change_list(
            tx, call.actor, state=state, after=decode_cursor(cursor), rows=limit + 1
        )
    return page(rows, limit=limit, key=lambda row: row.change_id, show=ChangeShown.of)


@router.get("/changes/{change_id}", response_model=ChangeDetail)
async def change_get(
    change_id: ChangeId, call: Annotated[RegistryCall, allow("registry:change:read")]
) -> Response:
    """A proposal with what it says, for whoever is to confirm it and those whom it concerns."""
    async with call.services.database.reading() as tx:
        change, rows = await queries.change_get(
            tx, uuid_of(change_id, "imp"), call.services.vault, call.actor
        )
        others = await queries.accounts_also_of(tx, change.kind, rows, call.actor)
        acts = await changes.acts_on(tx, change, call.actor, at=call.now)
    shown = {**ChangeShown.of(change), "rows": rows, "accounts_also_of": others, "acts": acts}
    return call.shown(ChangeDetail, shown)


@router.post("/changes/{change_id}/decision", response_model=ChangeShown)
async def change_decide(
    change_id: ChangeId,
    body: ChangeDecision,
    call: Annotated[RegistryCall, allow("registry:change:write", upon_reading=True)],
) -> Response:
    """Confirm what another person proposed, once it has been seen long enough, or turn it down."""

    async def work(act: Act) -> Answer:
        uuid = uuid_of(change_id, "imp")
        row = await changes.change_decide(act, uuid, call.services.vault, confirm=body.confirm)
        return Answer(status=200, body=ChangeShown.of(row))

    return await call.act(work)
