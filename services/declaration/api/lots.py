"""The declaration API: submit, confirm, cancel, look up; manifests, quota."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response
from sqlalchemy import TextClause

from services.declaration import queries, schemas
from services.declaration.api.touches import phones_of
from services.declaration.commands import (
    amendment,
    cancellation,
    checking,
    confirmation,
    lots,
    manifests,
    names,
    reminder,
    submission,
)
from services.declaration.domain.rules.submission import DAILY_QUOTA
from services.declaration.domain.states import LotState
from services.kernel.clock import BEIJING
from services.kernel.fields import Day, PortCode
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Actor, Answer
from services.kernel.refusal import Refused, refuse_if_any
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.http import Call, allow
from services.platform.intake import LOT
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, line_of, page
from services.platform.services import Services
from services.platform.waiting import (
    PATIENTLY,
    Waits,
    answer_when,
    applied,
    prefer_wait,
    until,
)

router = APIRouter(prefix="/declaration/v1", tags=["declaration"])
LotId = Annotated[str, Path(max_length=40, description="lot_…")]
ResidentId = Annotated[str, Path(max_length=40, description="res_…")]
_UNDECIDED = {LotState.SUBMITTED, LotState.IDENTITY_OK}


@router.post("/lots", status_code=201, response_model=schemas.LotAnswer)
async def lot_submit(
    body: schemas.LotRequest,
    call: Annotated[Call[Services], allow("declaration:lot:submit", room=LOT)],
    wait: Annotated[float, Depends(prefer_wait)],
) -> Response:
    """Declare a lot (互市申报). Accepted whole, or refused with every reason found. A resident
    declares own goods by one touch with ``touch``, the phone's answer to ``POST /touches``.

    With ``Prefer: wait=N`` the answer shows the lot as decided, if it is within N seconds.
    """
    lot, touch = schemas.submission(body, call.services.vault), schemas.touch(body.touch)
    statement = submission.ACCEPT if touch is None else submission.ACCEPT_TOUCHED

    # Steps past the act path: its constraints catch every race, so one statement is all of it.
    async def work(act: Act) -> tuple[TextClause, dict[str, Any], Answer]:
        try:
            accepted, values = await submission.lot_assess(act, lot, phones_of(call), touch)
        except Refused as refused:
            raise Refused(*body.reasons(refused.refusals)) from None
        refuse_if_any(body.reasons(()))
        answer = Answer(status=201, body=schemas.accepted_answer(accepted, call.now))
        return statement, values, answer

    answer = await call.written_once(work)
    if wait and answer.accepted:
        answer = await _when_decided(call, answer, wait)
    return applied(call.respond(answer), wait)


@router.post("/lots/checks", response_model=schemas.LotsCheckAnswer)
async def lots_check(
    body: schemas.LotsToCheck,
    call: Annotated[Call[Services], allow("declaration:lot:submit", room=LOT)],
) -> Response:
    """What would be refused if these lots were declared now, one after another: every reason
    against each. Nothing is declared or reserved. Where one cannot be read, that is said first."""
    lots = [schemas.sent(lot, call.services.vault) for lot in body.lots]

    async def work(act: Act) -> Answer:
        found = await checking.lots_check(act, lots)
        return Answer(status=200, body=schemas.check_answer(body, found))

    return await call.act(work)


@router.get("/lots", response_model=Page[schemas.LotAnswer])
async def lot_list(
    call: Annotated[Call[Services], allow("declaration:lot:read")],
    wanted: Annotated[queries.Wanted, Depends()],
    state: LotState | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Lots you may see, oldest or newest first; by your own reference, by state, truck, manifest,
    group, resident, code, lane or Beijing day of entry, each in any spelling."""
    async with call.services.database.reading() as tx:
        rows = await queries.lot_list(
            tx,
            call.actor,
            queries.own_resident(call.actor),
            state=state,
            wanted=wanted,
            after=decode_cursor(cursor),
            rows=limit + 1,
        )
    return page(rows, limit=limit, key=lambda r: r.lot_id, show=schemas.lot_answer)


@router.get("/lots/{lot_id}", response_model=schemas.LotAnswer, responses=PATIENTLY)
async def lot_get(
    lot_id: LotId,
    call: Annotated[Call[Services], allow("declaration:lot:read")],
    wish: Waits,
) -> Response:
    """One lot: its state, who holds it, what is missing, when release is due.

    With ``Prefer: wait=N`` as soon as its version is another than in ``If-None-Match``; without
    that, as soon as it is released, refused, cancelled or sent to inspection.
    """

    async def read() -> Answer:
        async with call.services.database.reading() as tx:
            row = await _lot(tx, lot_id, call)
            law = partial(call.services.policy.book, tx)
            told = await queries.acts_on(tx, row, call.actor, law, now=call.now)
        return Answer(status=200, body={**schemas.lot_answer(row), **told})

    return await answer_when(call, wish, uuid_of(lot_id, "lot"), read, decided=_is_decided)


@router.get("/lots/{lot_id}/tickets", response_model=Page[schemas.TicketAnswer])
async def ticket_list(
    lot_id: LotId,
    call: Annotated[Call[Services], allow("declaration:lot:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The tickets of a lot in line order; a resident sees only the own one."""
    async with call.services.database.reading() as tx:
        lot = await _lot(tx, lot_id, call)
        only = None if lot.submitted_by == call.actor.party else queries.own_resident(call.actor)
        after = line_of(cursor)
        rows = await queries.ticket_list(tx, lot.lot_id, only=only, after=after, rows=limit + 1)
    return page(rows, limit=limit, key=lambda r: r.line_no, show=schemas.ticket_answer)


@router.post("/lots/{lot_id}/confirmations", response_model=schemas.LotAnswer)
async def share_confirm(
    lot_id: LotId,
    body: schemas.ConfirmationRequest,
    call: Annotated[Call[Services], allow("declaration:share:confirm", upon_reading=True)],
) -> Response:
    """Confirm your own share, or as a clerk all shares of members who gave you a mandate."""

    async def work(act: Act) -> Answer:
        await _lot(act, lot_id, call)
        lot = await lots.lot_lock(act, lot_id)
        await confirmation.shares_confirm(
            act,
            lot,
            resident_id=queries.own_resident(call.actor),
            by_mandate=body.by_mandate and call.actor.party_kind == "group",
            phones=phones_of(call),
            touch=schemas.touch(body.touch),
        )
        return await _as_it_is_then(act, lot_id, call, status=200)

    return await call.act(work)


@router.post("/lots/{lot_id}/refusals", response_model=schemas.LotAnswer)
async def share_refuse(
    lot_id: LotId,
    body: schemas.ShareRefusalRequest,
    call: Annotated[Call[Services], allow("declaration:share:refuse", upon_reading=True)],
) -> Response:
    """Refuse your own share while the lot waits for its members: it is withdrawn whole, and what
    it held of anybody's quota is given back."""

    async def work(act: Act) -> Answer:
        await _lot(act, lot_id, call)
        await names.share_refuse(
            act,
            lot_id,
            resident_id=uuid_of(call.actor.party_code, "res"),
            phones=phones_of(call),
            touch=schemas.touch(body.touch),
        )
        return await _as_it_is_then(act, lot_id, call, status=200)

    return await call.act(work)


@router.post("/lots/{lot_id}/reminders", response_model=schemas.LotAnswer)
async def members_remind(
    lot_id: LotId,
    body: schemas.ReminderRequest,
    call: Annotated[Call[Services], allow("declaration:lot:submit")],
) -> Response:
    """Remind the members of a lot who have not confirmed their shares yet."""

    async def work(act: Act) -> Answer:
        await _lot(act, lot_id, call)
        await reminder.members_remind(act, await lots.lot_lock(act, lot_id))
        return await _as_it_is_then(act, lot_id, call, status=200)

    return await call.act(work)


@router.post("/lots/{lot_id}/amendments", response_model=schemas.LotAnswer)
async def lot_amend(
    lot_id: LotId,
    body: schemas.AmendmentRequest,
    call: Annotated[Call[Services], allow("declaration:lot:submit", room=LOT)],
) -> Response:
    """Amend what was mistyped in a lot that no member has confirmed: weights, pieces, plates,
    seller, tickets. It is judged like a new one, and every member is asked anew."""

    async def work(act: Act) -> Answer:
        await _lot(act, lot_id, call)
        await amendment.lot_amend(act, lot_id, schemas.amendment(body))
        return await _as_it_is_then(act, lot_id, call, status=200)

    return await call.act(work)


@router.post("/lots/{lot_id}/cancellation", response_model=schemas.LotAnswer)
async def lot_cancel(
    lot_id: LotId,
    body: schemas.CancellationRequest,
    call: Annotated[Call[Services], allow("declaration:lot:cancel")],
) -> Response:
    """Withdraw a lot before it is released; quota and manifest weight are given back."""

    async def work(act: Act) -> Answer:
        await _lot(act, lot_id, call)
        await cancellation.lot_cancel(act, lot_id, reason=body.reason)
        return await _as_it_is_then(act, lot_id, call, status=200)

    return await call.act(work)


@router.post("/manifests", status_code=201, response_model=schemas.ManifestAnswer)
async def manifest_lodge(
    body: schemas.ManifestRequest,
    call: Annotated[Call[Services], allow("declaration:manifest:lodge")],
) -> Response:
    """Lodge what a truck of yours carries, before its lots are declared; or, as customs, what a
    truck at your port carries."""

    async def work(act: Act) -> Answer:
        await manifests.manifest_lodge(act, **body.model_dump())
        shown = schemas.manifest_answer(await _manifest(act, body.manifest_no, call.actor))
        return Answer(status=201, body=shown)

    return await call.act(work)


@router.get("/manifests/{manifest_no}", response_model=schemas.ManifestAnswer)
async def manifest_get(
    manifest_no: Annotated[str, Path(max_length=64)],
    call: Annotated[Call[Services], allow("declaration:manifest:read")],
) -> dict[str, Any]:
    """What a manifest carries and what of it is still undeclared, for whom it concerns: its
    carrier, customs at its port, and who has declared on it."""
    async with call.services.database.reading() as tx:
        return schemas.manifest_answer(await _manifest(tx, manifest_no, call.actor))


@router.get("/residents/{resident_id}/quota", response_model=schemas.QuotaAnswer)
async def quota_get(
    resident_id: ResidentId,
    call: Annotated[Call[Services], allow("declaration:quota:read")],
    day: Day | None = None,
    port: Annotated[
        PortCode | None, Query(description="where it is to be declared; a port may allow less")
    ] = None,
) -> dict[str, Any]:
    """What a resident may still declare on a Beijing day (today when not given)."""
    on = day or datetime.now(BEIJING).date()
    resident = uuid_of(resident_id, "res")
    async with call.services.database.reading() as tx:
        await _may_see_quota(tx, call.actor, resident_id)
        row = await queries.quota_day(tx, resident, on)
        book = await call.services.policy.book(tx)
    limit = book.row(DAILY_QUOTA, on=on, scope=port or "")
    own = book.scopes(DAILY_QUOTA, on=on)
    return schemas.quota_answer(resident_id, on, limit, own, row)


@router.post("/residents/{resident_id}/name-freezes", response_model=schemas.NameFreezeAnswer)
async def name_freeze(
    resident_id: ResidentId,
    body: schemas.NameFreezeRequest,
    call: Annotated[Call[Services], allow("declaration:name:freeze")],
) -> Response:
    """Freeze your own name, so that nobody declares in it or confirms for you, or lift that."""

    async def work(act: Act) -> Answer:
        if not call.actor.is_party("resident", resident_id):
            raise Refused(NOT_FOUND.at())
        resident = uuid_of(resident_id, "res")
        frozen_at = await names.name_freeze(act, resident, frozen=body.frozen)
        return Answer(status=200, body=schemas.name_freeze_answer(resident_id, frozen_at))

    return await call.act(work)


@router.get("/residents/{resident_id}/name-freezes", response_model=schemas.NameFreezeAnswer)
async def name_freeze_get(
    resident_id: ResidentId,
    call: Annotated[Call[Services], allow("declaration:quota:read")],
) -> dict[str, Any]:
    """Whether a resident lets nobody declare in the own name; a clerk asks it of members."""
    async with call.services.database.reading() as tx:
        await _may_see_quota(tx, call.actor, resident_id)
        frozen_at = await queries.name_frozen_at(tx, uuid_of(resident_id, "res"))
    return schemas.name_freeze_answer(resident_id, frozen_at)


async def _may_see_quota(tx: Statements, actor: Actor, resident_id: str) -> None:
    """A resident sees the own quota, a clerk that of the group's members."""
    if actor.is_party("resident", resident_id):
        return
    member = actor.party_kind == "group" and await queries.is_member(
        tx, uuid_of(resident_id, "res"), actor.party_code
    )
    if not member:
        raise Refused(NOT_FOUND.at())


async def _manifest(tx: Statements, manifest_no: str, actor: Actor) -> Row:
    row = await queries.manifest_get(tx, manifest_no, actor)
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row


async def _lot(tx: Statements, lot_id: str, call: Call[Services]) -> Row:
    row = await queries.lot_get(
        tx, uuid_of(lot_id, "lot"), call.actor, queries.own_resident(call.actor)
    )
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row


async def _as_it_is_then(act: Act, lot_id: str, call: Call[Services], *, status: int) -> Answer:
    """The lot as the act leaves it; what changes it is the one event that raises its version."""
    await act.flush()
    row = await _lot(act, lot_id, call)
    version = row.version + act.changes(lot_id)
    return Answer(status=status, body={**schemas.lot_answer(row), "version": version})


def _is_decided(lot: dict[str, Any]) -> bool:
    return lot["state"] not in _UNDECIDED


async def _when_decided(call: Call[Services], answer: Answer, wait: float) -> Answer:
    """The lot once it is decided, or the receipt when the caller's patience ends first."""
    lot_id = answer.body["lot_id"]

    async def decided() -> Row | None:
        async with call.services.database.reading() as tx:
            lot = await _lot(tx, lot_id, call)
        return None if lot.state in _UNDECIDED else lot

    lot = await until(call, wait, uuid_of(lot_id, "lot"), decided)
    return answer if lot is None else Answer(status=201, body=schemas.lot_answer(lot))
