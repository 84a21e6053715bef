"""Accreditation (AEO认证): application, clock, assessment, on-site report, decision, signature."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.accreditation import queries
from services.accreditation.commands import cases, decisions, examining, open_acts
from services.accreditation.domain.rules.score import GENERAL_STANDARDS, SINGLE_STANDARDS
from services.accreditation.domain.states import AeoState
from services.accreditation.schemas import answers, models, requests
from services.kernel.clock import business_day
from services.kernel.fields import SignatureRequest
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import NOT_FOUND
from services.platform.act import Act
from services.platform.database import Row, Statements
from services.platform.draws.seeds import SeedKeeper
from services.platform.http import Call, allow
from services.platform.pagination import Cursor, Limit, Page, decode_cursor, page
from services.platform.services import Services
from services.platform.waiting import PATIENTLY, Waits, answer_when

router = APIRouter(prefix="/accreditation/v1", tags=["accreditation"])
_CASE: Final = "/accreditations/{accreditation_id}"
_UNDECIDED: Final = {
    AeoState.APPLIED,
    AeoState.ACCEPTED,
    AeoState.SELF_ASSESSED,
    AeoState.ON_SITE,
    AeoState.SCORED,
    AeoState.REPORTED,
    AeoState.UNDER_REVIEW,
}
AeoId = Annotated[str, Path(max_length=40, description="aeo_…")]


@router.get("/standards", response_model=models.StandardsAnswer)
async def standard_list(
    call: Annotated[Call[Services], allow("accreditation:level:read")],
) -> dict[str, Any]:
    """The items to be marked (sample lists): for everybody, and by trade."""
    return {"sample": True, "general": GENERAL_STANDARDS, "by_trade": SINGLE_STANDARDS}


@router.get("/accreditations", response_model=Page[models.AccreditationAnswer])
async def accreditation_list(
    call: Annotated[Call[Services], allow("accreditation:level:read")],
    state: AeoState | None = None,
    reference: Annotated[str | None, Query(max_length=64)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Accreditations you may see, oldest first."""
    async with call.services.database.reading() as tx:
        rows = await queries.accreditation_list(
            tx,
            call.actor,
            state=state,
            reference=reference,
            after=decode_cursor(cursor),
            rows=limit + 1,
        )
    return page(
        rows,
        limit=limit,
        key=lambda r: r.aeo_id,
        show=lambda r: answers.accreditation_answer(r, call.actor),
    )


@router.post("/accreditations", status_code=201, response_model=models.AccreditationAnswer)
async def accreditation_apply(
    body: requests.ApplicationRequest,
    call: Annotated[Call[Services], allow("accreditation:level:apply")],
) -> Response:
    """Apply for a level; customs accepts or declines, then the clock starts."""

    async def work(act: Act) -> Answer:
        row = await cases.accreditation_apply(
            act,
            level=body.level,
            trades=tuple(dict.fromkeys(body.trades)),
            reference=body.reference,
        )
        return Answer(status=201, body=answers.accreditation_answer(row, call.actor))

    return await call.act(work)


@router.get(_CASE, response_model=models.AccreditationAnswer, responses=PATIENTLY)
async def accreditation_get(
    accreditation_id: AeoId,
    call: Annotated[Call[Services], allow("accreditation:level:read")],
    wish: Waits,
) -> Response:
    """One accreditation: its clock, its examiners, its score, its certificate.

    With ``Prefer: wait=N`` as soon as its version is another than in ``If-None-Match``; without
    that, as soon as it is decided.
    """

    async def read() -> Answer:
        async with call.services.database.reading() as tx:
            row = await _case(tx, accreditation_id, call)
            acts = await open_acts.acts_on(tx, row, call.actor, today=business_day(call.now))
            signed_on = await queries.decisions_signed_on(tx, row.aeo_id)
        upon = answers.upon_answer(row, signed_on, call.actor)
        shown = {**answers.accreditation_answer(row, call.actor), **upon}
        return Answer(status=200, body={**shown, "acts": acts})

    return await answer_when(
        call, wish, uuid_of(accreditation_id, "aeo"), read, decided=_is_decided
    )


@router.post(f"{_CASE}/acceptance", response_model=models.AccreditationAnswer)
async def accreditation_accept(
    accreditation_id: AeoId,
    body: requests.AcceptanceRequest,
    call: Annotated[Call[Services], allow("accreditation:level:decide", upon_reading=True)],
) -> Response:
    """Accept the application, which starts the 90 days, or decline it."""

    async def work(act: Act) -> None:
        if body.accept:
            await cases.accreditation_accept(act, accreditation_id, trades=tuple(body.trades))
        else:
            await cases.accreditation_decline(
                act, accreditation_id, reason_code=body.reason_code or ""
            )

    return await _carried_out(call, accreditation_id, work)


@router.post(f"{_CASE}/extension", response_model=models.AccreditationAnswer)
async def accreditation_extend(
    accreditation_id: AeoId,
    body: requests.ExtensionRequest,
    call: Annotated[Call[Services], allow("accreditation:level:decide", upon_reading=True)],
) -> Response:
    """Extend the clock by 30 days, once, before it has run out."""

    async def work(act: Act) -> None:
        await cases.accreditation_extend(act, accreditation_id, grounds=body.grounds)

    return await _carried_out(call, accreditation_id, work)


@router.post(f"{_CASE}/withdrawal", response_model=models.AccreditationAnswer)
async def accreditation_withdraw(
    accreditation_id: AeoId,
    body: requests.WithdrawalRequest,
    call: Annotated[Call[Services], allow("accreditation:level:apply")],
) -> Response:
    """Give the application up; a new one is possible after a year."""

    async def work(act: Act) -> None:
        await cases.accreditation_withdraw(act, accreditation_id, grounds=body.grounds)

    return await _carried_out(call, accreditation_id, work)


@router.post(f"{_CASE}/self-assessment", response_model=models.AccreditationAnswer)
async def accreditation_self_assess(
    accreditation_id: AeoId,
    body: requests.SelfAssessmentRequest,
    call: Annotated[Call[Services], allow("accreditation:level:apply")],
) -> Response:
    """Mark yourself against every standard; two officers are drawn for the visit then."""

    async def work(act: Act) -> None:
        await cases.accreditation_self_assess(act, accreditation_id, marks=body.marks)

    return await _carried_out(call, accreditation_id, work)


@router.post(f"{_CASE}/on-site-report", response_model=models.AccreditationAnswer)
async def accreditation_report(
    accreditation_id: AeoId,
    body: requests.OnSiteReportRequest,
    call: Annotated[Call[Services], allow("accreditation:level:decide", upon_reading=True)],
) -> Response:
    """A drawn examiner's marks and opinion; the score follows from them, and the other agrees."""

    async def work(act: Act) -> None:
        await examining.accreditation_report(
            act, accreditation_id, marks=body.marks, opinion=body.opinion
        )

    return await _carried_out(call, accreditation_id, work)


@router.post(f"{_CASE}/on-site-report/countersignature", response_model=models.AccreditationAnswer)
async def accreditation_report_countersign(
    accreditation_id: AeoId,
    body: SignatureRequest,
    call: Annotated[Call[Services], allow("accreditation:level:decide", upon_reading=True)],
) -> Response:
    """The other examiner agrees to the score, which is both examiners' then, or sends it back."""

    async def work(act: Act) -> None:
        await examining.report_concur(act, accreditation_id, agree=body.agree, remark=body.remark)

    return await _carried_out(call, accreditation_id, work)


@router.post(f"{_CASE}/redraw", response_model=models.AccreditationAnswer)
async def accreditation_redraw(
    accreditation_id: AeoId,
    body: requests.ExaminersRedrawRequest,
    call: Annotated[Call[Services], allow("accreditation:level:decide", upon_reading=True)],
) -> Response:
    """Draw anew for an examiner who left, lost the skill or has a conflict of interest."""

    async def work(act: Act) -> None:
        keeper = SeedKeeper(call.services.vault)
        await examining.examiners_redraw(act, accreditation_id, grounds=body.grounds, keeper=keeper)

    return await _carried_out(call, accreditation_id, work)


@router.post(f"{_CASE}/decision", response_model=models.AccreditationAnswer)
async def accreditation_decide(
    accreditation_id: AeoId,
    body: requests.AccreditationDecisionRequest,
    call: Annotated[Call[Services], allow("accreditation:level:decide", upon_reading=True)],
) -> Response:
    """Certify, fail, suspend, reinstate or downgrade; in effect with the second signature."""

    async def work(act: Act) -> None:
        await decisions.decision_propose(
            act, accreditation_id, kind=body.kind, level=body.level, grounds=body.grounds
        )

    return await _carried_out(call, accreditation_id, work)


@router.post(f"{_CASE}/countersignature", response_model=models.AccreditationAnswer)
async def accreditation_countersign(
    accreditation_id: AeoId,
    body: SignatureRequest,
    call: Annotated[Call[Services], allow("accreditation:level:decide", upon_reading=True)],
) -> Response:
    """Sign another officer's decision, which carries it out, or send it back."""

    async def work(act: Act) -> None:
        await decisions.decision_countersign(
            act, accreditation_id, agree=body.agree, remark=body.remark
        )

    return await _carried_out(call, accreditation_id, work)


@router.post(f"{_CASE}/review", response_model=models.AccreditationAnswer)
async def accreditation_review(
    accreditation_id: AeoId,
    body: requests.ReviewRequest,
    call: Annotated[Call[Services], allow("accreditation:level:decide", upon_reading=True)],
) -> Response:
    """Open a re-examination (复核) before the five years are over."""

    async def work(act: Act) -> None:
        await cases.review_ask(act, accreditation_id, grounds=body.grounds)

    return await _carried_out(call, accreditation_id, work)


async def _carried_out(
    call: Call[Services], aeo_id: str, work: Callable[[Act], Awaitable[None]]
) -> Response:
    """Carry out a person's act and answer with the accreditation as it leaves it."""

    async def whole(act: Act) -> Answer:
        await work(act)
        row = await _case(act, aeo_id, call)
        shown = answers.accreditation_answer(row, call.actor)
        shown["version"] += act.changes(aeo_id)
        return Answer(status=200, body=shown)

    return await call.act(whole)


def _is_decided(case: dict[str, Any]) -> bool:
    return case["state"] not in _UNDECIDED


async def _case(tx: Statements, aeo_id: str, call: Call[Services]) -> Row:
    row = await queries.accreditation_get(tx, uuid_of(aeo_id, "aeo"), call.actor)
    if row is None:
        raise Refused(NOT_FOUND.at())
    return row
