"""The screening lists: what a bank lists holds its own payments, and ends by two of its persons."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.kernel.canonical import identity_number
from services.kernel.fields import YesNoAsked
from services.kernel.identifiers import show, uuid_of
from services.kernel.identity import identity_fault
from services.kernel.messages import Answer
from services.kernel.refusal import Reason, Refused
from services.platform.act import Act
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.settlement.api.services import SettlementServices
from services.settlement.commands import screening as commands
from services.settlement.domain.refusals import LISTS_NOBODY
from services.settlement.domain.rules.screening import close_hashes, name_hash, normalised
from services.settlement.queries import screening as queries
from services.settlement.schemas import screening as schemas

router = APIRouter(prefix="/settlement/v1/screening-entries", tags=["screening"])
EntryId = Annotated[str, Path(max_length=40, description="scn_…")]


@router.post("", status_code=201, response_model=schemas.ScreeningEntryAnswer)
async def entry_add(
    body: schemas.ScreeningEntryRequest,
    call: Annotated[Call[SettlementServices], allow("settlement:screening:write")],
) -> Response:
    """Put a name, or a resident by number, on your bank's screening list. Only its hash is kept.

    Of a name also hashes by which one is found that is a letter off. It holds your bank's payments
    alone, and from now on. Refuses ID_INVALID and REQUEST_INVALID: a mistyped number, or a name
    with nothing in it, would list nobody.
    """
    close: tuple[bytes, ...] = ()
    fault: Reason | None = None
    if body.kind == "NAME":
        fault = None if normalised(body.value) else LISTS_NOBODY
        match_hash, close = name_hash(body.value), close_hashes(body.value)
    else:
        number = identity_number(body.value)
        fault = identity_fault(number)
        match_hash = call.services.vault.keyed_hash(number)

    async def work(act: Act) -> Answer:
        if fault is not None:
            raise Refused(fault.at("/value"))
        entry_id = await commands.entry_add(
            act,
            list_name=body.list_name,
            reference=body.reference,
            kind=body.kind,
            match_hash=match_hash,
            close_hashes=close,
        )
        shown = {
            "entry_id": show("scn", entry_id),
            "list_name": body.list_name,
            "reference": body.reference,
            "kind": body.kind,
            "bank_bic": act.actor.party_code,
        }
        return Answer(status=201, body=shown)

    return await call.act(work)


@router.get("", response_model=Page[schemas.ListedEntry])
async def entry_list(
    call: Annotated[Call[SettlementServices], allow("settlement:screening:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
    ended: Annotated[
        YesNoAsked | None, Query(description="only what has ended, or has not")
    ] = None,
) -> dict[str, Any]:
    """What your bank's payments are compared with: every bank's lists and your own; auditors read
    all. What an entry stands for is in none: only its hash is kept."""
    async with call.services.database.reading() as tx:
        rows = await queries.page_rows(
            tx, call.actor, limit=limit + 1, after=decode_cursor(cursor), ended=ended
        )
    return page(rows, limit=limit, key=lambda row: row.entry_id, show=schemas.entry_answer)


@router.get("/{entry_id}", response_model=schemas.ListedEntry)
async def entry_get(
    entry_id: EntryId,
    call: Annotated[Call[SettlementServices], allow("settlement:screening:read")],
) -> Response:
    """One entry, with who wants it ended and why."""
    async with call.services.database.reading() as tx:
        row = await queries.visible(tx, uuid_of(entry_id, "scn"), call.actor)
    return call.shown(schemas.ListedEntry, schemas.entry_answer(row))


@router.post("/{entry_id}/ending", response_model=schemas.ListedEntry)
async def entry_end(
    entry_id: EntryId,
    body: schemas.EntryEndingRequest,
    call: Annotated[Call[SettlementServices], allow("settlement:screening:end", upon_reading=True)],
) -> Response:
    """Sign that an entry of your bank's list ends: it takes two different persons (四眼原则).

    Payments that it holds already stay held until two persons have looked.
    """

    async def work(act: Act) -> Answer:
        row = await commands.entry_end(act, uuid_of(entry_id, "scn"), body.remark)
        shown = {**schemas.entry_answer(row), "version": row.version + act.changes(entry_id)}
        return Answer(status=200, body=shown)

    return await call.act(work)
