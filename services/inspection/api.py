"""Inspection orders (查验单): the officer's queue, findings and signature."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from services.inspection import queries
from services.inspection.commands import findings, open_acts, orders, withdrawal
from services.inspection.commands.eligibility import said_away_by
from services.inspection.domain.states import ORDER, OrderState
from services.inspection.schemas import answers, models, requests
from services.kernel.clock import business_day
from services.kernel.fields import SignatureRequest
from services.kernel.identifiers import show, uuid_of
from services.kernel.messages import Answer
from services.kernel.mistakes import CURSOR_FOREIGN
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.draws.seeds import SeedKeeper
from services.platform.http import Call, allow
from services.platform.intake import LOT
from services.platform.pagination import Cursor, Limit, Page, key_of, page
from services.platform.services import Services
from services.platform.waiting import PATIENTLY, Waits, answer_when

router = APIRouter(prefix="/inspection/v1", tags=["orders"])
ROUTERS = (router,)
OrderId = Annotated[str, Path(max_length=40, description="ins_…")]
_NO_CLOCK: Final = "-"


@router.get("/orders", response_model=Page[models.OrderAnswer])
async def order_list(
    call: Annotated[Call[Services], allow("inspection:order:read")],
    wanted: Annotated[queries.Wanted, Depends()],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Your port's queue: perishables first, then by the release clock."""
    async with call.services.database.reading() as tx:
        rows = await queries.order_list(
            tx,
            call.actor,
            wanted,
            after=_after(cursor),
            rows=limit + 1,
        )
    return page(rows, limit=limit, key=_place_of, show=answers.order_answer)


@router.get("/roster", response_model=models.Roster)
async def roster_get(
    call: Annotated[Call[Services], allow("inspection:roster:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """The officers of your port in the order of their badges: who is there, who is away and until
    when, and how many open orders each was drawn for. For what somebody is away reads who keeps the
    roster, and he himself."""
    async with call.services.database.reading() as tx:
        keeps = await queries.keeps_roster(tx, call.actor)
        rows = await queries.roster(tx, call.actor, after=key_of(cursor), rows=limit + 1)
        away = [show("ofc", row.officer_id) for row in rows if row.duty is not None]
        today = business_day(call.now)
        own = await said_away_by(tx, call.actor, away, today=today) if keeps and away else ()
    me = call.actor.party_code

    def shown(row: Row) -> dict[str, Any]:
        officer = show("ofc", row.officer_id)
        return answers.on_roster(row, why=keeps or officer == me, yours=officer in own)

    found = page(rows, limit=limit, key=lambda r: r.badge_no, show=shown)
    return {**found, "keeps": keeps}


@router.get("/orders/{order_id}", response_model=models.OrderAnswer, responses=PATIENTLY)
async def order_get(
    order_id: OrderId,
    call: Annotated[Call[Services], allow("inspection:order:read")],
    wish: Waits,
) -> Response:
    """One order: who was drawn, what was found, when release is due.

    With ``Prefer: wait=N`` as soon as its version is another than in ``If-None-Match``; without
    that, as soon as it is concluded or withdrawn.
    """

    async def read() -> Answer:
        async with call.services.database.reading() as tx:
            row = await _order(tx, order_id, call)
            acts = await open_acts.acts_on(tx, row, call.actor, today=business_day(call.now))
        return Answer(status=200, body={**answers.order_answer(row, alone=True), "acts": acts})

    return await answer_when(call, wish, uuid_of(order_id, "ins"), read, decided=_is_decided)


@router.post("/orders/{order_id}/findings", response_model=models.OrderAnswer)
async def findings_record(
    order_id: OrderId,
    body: requests.FindingsRequest,
    call: Annotated[Call[Services], allow("inspection:order:decide", room=LOT, upon_reading=True)],
) -> Response:
    """Report what you found and what should become of the goods; the other officer signs."""

    async def work(act: Act) -> Answer:
        await findings.findings_record(act, order_id, body.findings())
        return await _as_it_is_then(act, order_id, call)

    return await call.act(work)


@router.post("/orders/{order_id}/countersignature", response_model=models.OrderAnswer)
async def findings_countersign(
    order_id: OrderId,
    body: SignatureRequest,
    call: Annotated[Call[Services], allow("inspection:order:decide", upon_reading=True)],
) -> Response:
    """Sign the other officer's findings, which disposes of the goods, or send them back."""

    async def work(act: Act) -> Answer:
        await findings.findings_countersign(act, order_id, agree=body.agree, remark=body.remark)
        return await _as_it_is_then(act, order_id, call)

    return await call.act(work)


@router.post("/orders/{order_id}/withdrawal", response_model=models.OrderAnswer)
async def order_let_go(
    order_id: OrderId,
    body: requests.WithdrawalRequest,
    call: Annotated[Call[Services], allow("inspection:order:decide", upon_reading=True)],
) -> Response:
    """Let a selected lot be withdrawn before anything was found; it takes both drawn officers."""

    async def work(act: Act) -> Answer:
        await withdrawal.order_let_go(act, order_id, grounds=body.grounds)
        return await _as_it_is_then(act, order_id, call)

    return await call.act(work)


@router.post("/orders/{order_id}/redraw", response_model=models.OrderAnswer)
async def order_redraw(
    order_id: OrderId,
    body: requests.RedrawRequest,
    call: Annotated[Call[Services], allow("inspection:order:decide", upon_reading=True)],
) -> Response:
    """Draw for whoever is missing: a drawn officer left, lost the skill or has a conflict of
    interest, or there were too few to draw from. Who stays, stays, and so does what was found."""

    async def work(act: Act) -> Answer:
        await orders.order_redraw(act, order_id, keeper=SeedKeeper(call.services.vault))
        return await _as_it_is_then(act, order_id, call)

    return await call.act(work)


async def _as_it_is_then(act: Act, order_id: str, call: Call[Services]) -> Answer:
    """The order as the act leaves it."""
    row = await _order(act, order_id, call)
    version = row.version + act.changes(order_id)
    return Answer(status=200, body={**answers.order_answer(row, alone=True), "version": version})


def _is_decided(order: dict[str, Any]) -> bool:
    return ORDER.is_final(OrderState(order["state"]))


async def _order(tx: Statements, order_id: str, call: Call[Services]) -> Row:
    row = await queries.order_get(tx, uuid_of(order_id, "ins"), call.actor)
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row


def _place_of(row: Row) -> str:
    due = _NO_CLOCK if row.due_at is None else row.due_at.isoformat()
    return f"{int(not row.perishable)}|{due}|{row.order_id.hex}"


def _after(cursor: str | None) -> tuple[bool, datetime | None, UUID] | None:
    """Where a page begins. Raises Refused REQUEST_INVALID."""
    if cursor is None:
        return None
    try:
        slow, due, last = key_of(cursor).split("|")
        at = None if due == _NO_CLOCK else datetime.fromisoformat(due)
        if at is not None and at.tzinfo is None:
            raise ValueError("an instant without offset")
        return slow == "1", at, UUID(hex=last)
    except ValueError:
        raise Refused(CURSOR_FOREIGN.at("/query/cursor")) from None
