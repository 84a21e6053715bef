"""The declaration API: submit, confirm, cancel, look up; manifests, gate, quota."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from temporalio.client import Client

from services.declaration import queries, schemas
from services.declaration.commands import confirmation, gate, release, submission
from services.declaration.domain.states import LotState
from services.kernel.clock import BEIJING
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Actor, Answer
from services.kernel.money import Money
from services.kernel.refusal import Refusal, Refused
from services.platform.authentication import Authenticator
from services.platform.database import Database, Row, Tx
from services.platform.decisions import update_id
from services.platform.http import Call, allow, prefer_wait
from services.platform.idempotency import Receipts, Written
from services.platform.pagination import Cursor, Limit, decode_cursor, page
from services.platform.policy import PolicyCache
from services.platform.relay import Relay
from services.platform.tail import Tail
from services.platform.vault import Vault
from workflows.ports.declaration import QUEUE, RESIDENT_DECLARATION, LotCase


@dataclass
class DeclarationServices:
    """What the API has at hand."""

    database: Database
    temporal: Client
    authenticator: Authenticator
    receipts: Receipts
    vault: Vault
    policy: PolicyCache
    tail: Tail
    relay: Relay | None = None


router = APIRouter(prefix="/declaration/v1", tags=["declaration"])
LotId = Annotated[str, Path(max_length=40, description="lot_…")]
_UNDECIDED = {LotState.SUBMITTED, LotState.IDENTITY_OK}


@router.post("/lots", status_code=201, response_model=schemas.LotAnswer)
async def lot_submit(
    body: schemas.LotRequest,
    call: Annotated[Call[DeclarationServices], allow("declaration:lot:submit")],
    wait: Annotated[float, Depends(prefer_wait)],
) -> Response:
    """Declare a lot (互市申报). Accepted whole, or refused with every reason found."""
    lot = schemas.submission(body, call.services.vault)

    async def work(tx: Tx) -> Written:
        accepted, values = await submission.lot_assess(
            tx, lot, actor=call.actor, policy=call.services.policy, now=call.now
        )
        answer = Answer(status=201, body=schemas.accepted_answer(lot, accepted, call.now))
        return Written(submission.ACCEPT, values, answer)

    answer = await call.written_once(work)
    if wait and answer.accepted:
        answer = await _when_decided(call, answer, wait)
    return call.respond(answer)


@router.get("/lots", response_model=schemas.LotPage)
async def lot_list(
    call: Annotated[Call[DeclarationServices], allow("declaration:lot:read")],
    state: LotState | None = None,
    reference: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Lots you may see, oldest first; by your own reference or by state."""
    async with call.services.database.reading() as tx:
        rows = await queries.lot_list(
            tx,
            call.actor,
            _own_resident(call.actor),
            state=state,
            reference=reference,
            after=decode_cursor(cursor),
            rows=limit + 1,
        )
    return page(rows, limit=limit, key=lambda r: r.lot_id, show=schemas.lot_answer)


@router.get("/lots/{lot_id}", response_model=schemas.LotAnswer)
async def lot_get(
    lot_id: LotId, call: Annotated[Call[DeclarationServices], allow("declaration:lot:read")]
) -> Response:
    """One lot: its state, who holds it, what is missing, when release is due."""
    async with call.services.database.reading() as tx:
        return call.respond(
            Answer(status=200, body=schemas.lot_answer(await _lot(tx, lot_id, call)))
        )


@router.get("/lots/{lot_id}/tickets", response_model=schemas.TicketPage)
async def ticket_list(
    lot_id: LotId,
    call: Annotated[Call[DeclarationServices], allow("declaration:lot:read")],
    limit: Limit = 50,
    after: Annotated[int, Query(ge=0, le=1000, description="next_cursor of the page before")] = 0,
) -> dict[str, Any]:
    """The tickets of a lot in line order; a resident sees only the own one."""
    async with call.services.database.reading() as tx:
        lot = await _lot(tx, lot_id, call)
        only = None if lot.submitted_by == call.actor.party else _own_resident(call.actor)
        rows = await queries.ticket_list(tx, lot.lot_id, only=only, after=after, rows=limit + 1)
    kept = rows[:limit]
    return {
        "items": [schemas.ticket_answer(r) for r in kept],
        "next_cursor": str(kept[-1].line_no) if len(rows) > limit else None,
    }


@router.post("/lots/{lot_id}/confirmations", response_model=schemas.LotAnswer)
async def share_confirm(
    lot_id: LotId,
    body: schemas.ConfirmationRequest,
    call: Annotated[Call[DeclarationServices], allow("declaration:share:confirm")],
) -> Response:
    """Confirm your own share, or as a clerk all shares of members who gave you a mandate."""

    receipt = await call.receipt()

    async def work(tx: Tx) -> Answer:
        await _lot(tx, lot_id, call)
        lot = await release.lot_lock(tx, lot_id)
        await confirmation.shares_confirm(
            tx,
            lot,
            resident_id=_own_resident(call.actor),
            by_mandate=body.by_mandate and call.actor.party_kind == "group",
            actor=call.actor,
            policy=call.services.policy,
            now=call.now,
            step=f"confirm:{update_id(receipt)[:32]}",
        )
        return Answer(status=200, body=schemas.lot_answer(await _lot(tx, lot_id, call)))

    return await call.once(work)


@router.post("/lots/{lot_id}/cancellation")
async def lot_cancel(
    lot_id: LotId,
    body: schemas.CancellationRequest,
    call: Annotated[Call[DeclarationServices], allow("declaration:lot:cancel")],
) -> Response:
    """Withdraw a lot before it is released; quota and manifest weight are given back."""
    async with call.services.database.reading() as tx:
        lot = await _lot(tx, lot_id, call)
    return await call.decide(
        workflow=RESIDENT_DECLARATION,
        queue=QUEUE,
        case=lot_id,
        update="cancel",
        body=body,
        version=lot.version,
        start=LotCase(
            lot_id=lot_id,
            identity_confirmed=lot.state != LotState.SUBMITTED,
            release_due_at=lot.release_due_at,
        ),
    )


@router.post("/lots/{lot_id}/gate-passes", status_code=201, response_model=schemas.LotAnswer)
async def gate_pass(
    lot_id: LotId,
    body: schemas.GatePassRequest,
    call: Annotated[Call[DeclarationServices], allow("declaration:gate:pass")],
) -> Response:
    """Let a released lot's truck out of the supervised place (过卡)."""

    async def work(tx: Tx) -> Answer:
        await gate.gate_pass(
            tx,
            lot_id,
            vehicle_plate=body.vehicle_plate,
            gross_kg=body.gross_kg,
            actor=call.actor,
            book=await call.services.policy.book(tx),
            at=call.now,
        )
        return Answer(status=201, body=schemas.lot_answer(await _lot(tx, lot_id, call)))

    return await call.once(work)


@router.post("/manifests", status_code=201, response_model=schemas.ManifestAnswer)
async def manifest_lodge(
    body: schemas.ManifestRequest,
    call: Annotated[Call[DeclarationServices], allow("declaration:manifest:lodge")],
) -> Response:
    """Lodge what a truck carries, before its lots are declared."""

    async def work(tx: Tx) -> Answer:
        await gate.manifest_lodge(tx, **body.model_dump(), actor=call.actor, at=call.now)
        return Answer(
            status=201, body=schemas.manifest_answer(await _manifest(tx, body.manifest_no))
        )

    return await call.once(work)


@router.get("/manifests/{manifest_no}", response_model=schemas.ManifestAnswer)
async def manifest_get(
    manifest_no: Annotated[str, Path(max_length=64)],
    call: Annotated[Call[DeclarationServices], allow("declaration:manifest:lodge")],
) -> dict[str, Any]:
    """What a manifest carries and what of it is still undeclared."""
    async with call.services.database.reading() as tx:
        return schemas.manifest_answer(await _manifest(tx, manifest_no))


@router.get("/residents/{resident_id}/quota", response_model=schemas.QuotaAnswer)
async def quota_get(
    resident_id: Annotated[str, Path(max_length=40, description="res_…")],
    call: Annotated[Call[DeclarationServices], allow("declaration:quota:read")],
    day: date | None = None,
) -> dict[str, Any]:
    """What a resident may still declare on a Beijing day (today when not given)."""
    on = day or datetime.now(BEIJING).date()
    resident = uuid_of(resident_id, "res")
    async with call.services.database.reading() as tx:
        await _may_see_quota(tx, call.actor, resident_id)
        row = await queries.quota_day(tx, resident, on)
        book = await call.services.policy.book(tx)
    general = Money.parse(str(book.get("hushi.daily_quota_cny", on=on)), "CNY")
    limit = general if row is None else Money(row.limit_minor, general.currency)
    return schemas.quota_answer(resident_id, on, limit, row)


async def _may_see_quota(tx: Tx, actor: Actor, resident_id: str) -> None:
    """A resident sees the own quota, a clerk that of the group's members."""
    if actor.is_party("resident", resident_id):
        return
    member = actor.party_kind == "group" and await queries.is_member(
        tx, uuid_of(resident_id, "res"), actor.party_code
    )
    if not member:
        raise Refused(Refusal("NOT_FOUND", "No such resident in your group."))


async def _manifest(tx: Tx, manifest_no: str) -> Row:
    row = await queries.manifest_get(tx, manifest_no)
    if row is None:
        raise Refused(Refusal("NOT_FOUND", "No such manifest is lodged."))
    return row


def _own_resident(actor: Actor) -> Any:
    return uuid_of(actor.party_code, "res") if actor.party_kind == "resident" else None


async def _lot(tx: Tx, lot_id: str, call: Call[DeclarationServices]) -> Row:
    row = await queries.lot_get(tx, uuid_of(lot_id, "lot"), call.actor, _own_resident(call.actor))
    if row is None:
        raise Refused(Refusal("NOT_FOUND", "There is no such lot, or it is not yours to see."))
    return row


async def _when_decided(call: Call[DeclarationServices], answer: Answer, wait: float) -> Answer:
    """The lot once it is decided, or the receipt when the caller's patience ends first."""
    lot_id = answer.body["lot_id"]

    async def decided() -> Row | None:
        async with call.services.database.reading() as tx:
            lot = await _lot(tx, lot_id, call)
        return None if lot.state in _UNDECIDED else lot

    lot = await call.services.tail.until(uuid_of(lot_id, "lot"), decided, wait)
    return answer if lot is None else Answer(status=201, body=schemas.lot_answer(lot))
