"""The steps of screening, inspection and accreditation, over this service's own database role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from temporalio import activity

from services.inspection import queries
from services.inspection.commands import accreditation, accreditation_decisions, findings, orders
from services.inspection.commands.rules import RuleBookCache
from services.inspection.commands.screening import Screener, lot_screen
from services.inspection.commands.seeds import SeedKeeper, SeedMissing, seed_commit
from services.inspection.commands.words import decision_whole, travels_light
from services.inspection.domain.model import CreditLevel
from services.inspection.domain.rules.accreditation import act_belongs_to
from services.inspection.domain.rules.score import Mark
from services.inspection.schemas import answers, requests
from services.kernel.identifiers import show, uuid_of
from services.kernel.messages import SYSTEM, Answer, Decision, Outcome
from services.kernel.policy import PolicyBook
from services.kernel.refusal import refuse_if_any
from services.platform.database import Database, Row, Tx
from services.platform.decisions import carry_out
from services.platform.policy import PolicyCache
from services.platform.vault import Vault
from workflows.ports.inspection import (
    AccreditationState,
    AccreditationStep,
    AccreditationSteps,
    DrawOrder,
    InspectionCase,
    InspectionOutcome,
    InspectionSteps,
    LotMove,
    LotScreening,
    OrderState,
    ScreeningResult,
    ScreenLot,
)

R = TypeVar("R")


async def _with_seed(database: Database, keeper: SeedKeeper, run: Callable[[], Awaitable[R]]) -> R:
    """Run a step; where it lacks a draw seed, commit to one first, in a transaction of its own."""
    while True:
        try:
            return await run()
        except SeedMissing as missing:
            async with database.transaction() as tx:
                await seed_commit(tx, keeper, port=missing.port, day=missing.business_on)


class ScreeningActivities(LotScreening):
    """Screening, run in the declaration worker under the inspection role."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._database = database
        self._screener = Screener(PolicyCache(), RuleBookCache(), SeedKeeper(vault))

    @activity.defn(name="inspection.screen_lot")
    async def screen_lot(self, message: ScreenLot) -> ScreeningResult:
        async def run() -> ScreeningResult:
            async with self._database.transaction() as tx:
                return await lot_screen(tx, self._screener, message.lot_id)

        return await _with_seed(self._database, self._screener.seeds, run)


class InspectionActivities(InspectionSteps):
    """Each step locks the order, looks at its state and changes it or finds it done."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._database = database
        self._policies = PolicyCache()
        self._seeds = SeedKeeper(vault)

    @activity.defn(name="inspection.draw_order")
    async def draw_order(self, message: DrawOrder) -> OrderState:
        async def run() -> OrderState:
            async with self._database.transaction() as tx:
                row = await orders.order_draw(
                    tx,
                    order_id=message.order_id,
                    lot_id=message.lot_id,
                    attempt=message.attempt,
                    keeper=self._seeds,
                    policies=self._policies,
                    now=datetime.now(UTC),
                )
                return _standing(row)

        return await _with_seed(self._database, self._seeds, run)

    @activity.defn(name="inspection.record_findings")
    async def record_findings(self, decision: Decision) -> Outcome:
        async def work(tx: Tx) -> Answer:
            body = await decision_whole(tx, decision)
            request = requests.FindingsRequest.model_validate(body)
            await findings.findings_record(
                tx,
                decision.case,
                request.findings(),
                actor=decision.actor,
                expected_version=decision.expected_version,
                book=await self._policies.book(tx),
                now=datetime.now(UTC),
            )
            return await _order_answer(tx, decision)

        return _outcome(decision, await carry_out(self._database, decision, work))

    @activity.defn(name="inspection.countersign_findings")
    async def countersign_findings(self, decision: Decision) -> Outcome:
        async def work(tx: Tx) -> Answer:
            body = await decision_whole(tx, decision)
            request = requests.SignatureRequest.model_validate(body)
            await findings.findings_countersign(
                tx,
                decision.case,
                agree=request.agree,
                remark=request.remark,
                actor=decision.actor,
                expected_version=decision.expected_version,
                now=datetime.now(UTC),
            )
            return await _order_answer(tx, decision)

        return _outcome(decision, await carry_out(self._database, decision, work))

    @activity.defn(name="inspection.redraw_order")
    async def redraw_order(self, decision: Decision) -> Outcome:
        async def work(tx: Tx) -> Answer:
            await orders.order_redraw(
                tx,
                decision.case,
                actor=decision.actor,
                expected_version=decision.expected_version,
                keeper=self._seeds,
                policies=self._policies,
                now=datetime.now(UTC),
            )
            return await _order_answer(tx, decision)

        async def run() -> Answer:
            return await carry_out(self._database, decision, work)

        return _outcome(decision, await _with_seed(self._database, self._seeds, run))

    @activity.defn(name="inspection.order_standing")
    async def order_standing(self, message: InspectionCase) -> OrderState:
        async with self._database.transaction() as tx:
            return _standing(await orders.order_locked(tx, message.order_id))

    @activity.defn(name="inspection.withdraw_order")
    async def withdraw_order(self, message: InspectionCase) -> OrderState:
        async with self._database.transaction() as tx:
            row = await orders.order_withdraw(
                tx, message.order_id, message.lot_id, now=datetime.now(UTC)
            )
            return _standing(row)


class AccreditationActivities(AccreditationSteps):
    """The steps of an accreditation; every act of a person goes through one of them."""

    def __init__(self, database: Database, *, vault: Vault) -> None:
        self._database = database
        self._policies = PolicyCache()
        self._seeds = SeedKeeper(vault)

    @activity.defn(name="inspection.accreditation_state")
    async def accreditation_state(self, message: AccreditationStep) -> AccreditationState:
        async with self._database.transaction() as tx:
            return _state(await accreditation.case_locked(tx, message.aeo_id))

    @activity.defn(name="inspection.draw_examiners")
    async def draw_examiners(self, message: AccreditationStep) -> AccreditationState:
        async def run() -> AccreditationState:
            async with self._database.transaction() as tx:
                row = await accreditation.examiners_draw(
                    tx,
                    message.aeo_id,
                    attempt=message.attempt,
                    keeper=self._seeds,
                    now=datetime.now(UTC),
                )
                return _state(row)

        return await _with_seed(self._database, self._seeds, run)

    @activity.defn(name="inspection.clock_ran_out")
    async def clock_ran_out(self, message: AccreditationStep) -> AccreditationState:
        async with self._database.transaction() as tx:
            row = await accreditation.clock_ran_out(tx, message.aeo_id, at=message.at)
            return _state(row)

    @activity.defn(name="inspection.review_fell_due")
    async def review_fell_due(self, message: AccreditationStep) -> AccreditationState:
        async with self._database.transaction() as tx:
            row = await accreditation.review_open(
                tx, message.aeo_id, asked=False, actor=SYSTEM, now=message.at
            )
            return _state(row)

    @activity.defn(name="inspection.decide_accreditation")
    async def decide_accreditation(self, decision: Decision) -> Outcome:
        async def work(tx: Tx) -> Answer:
            body = await decision_whole(tx, decision)
            act = str(body["act"])
            refusal = act_belongs_to(decision.actor.party_kind, act)
            refuse_if_any(() if refusal is None else (refusal,))
            row = await accreditation.case_for_decision(
                tx,
                decision.case,
                actor=decision.actor,
                expected_version=decision.expected_version,
            )
            await _act(tx, act, row, decision, body, await self._policies.book(tx))
            shown = await queries.accreditation_get(
                tx, uuid_of(decision.case, "aeo"), decision.actor
            )
            assert shown is not None  # noqa: S101 - locked above under the same visibility
            return Answer(status=200, body=answers.accreditation_answer(shown))

        return _outcome(decision, await carry_out(self._database, decision, work))


async def _act(
    tx: Tx, act: str, row: Row, decision: Decision, body: dict[str, Any], book: PolicyBook
) -> None:
    """Carry out a person's act on an accreditation."""
    actor, now = decision.actor, datetime.now(UTC)
    match act:
        case "accept":
            await accreditation.accept(tx, row, actor=actor, book=book, now=now)
        case "decline":
            await accreditation.decline(
                tx, row, reason_code=body["reason_code"], actor=actor, now=now
            )
        case "withdraw":
            await accreditation.withdraw(tx, row, actor=actor, book=book, now=now)
        case "extend":
            await accreditation.extend(tx, row, actor=actor, book=book, now=now)
        case "self_assess":
            await accreditation.self_assess(
                tx, row, marks=_marks(body), actor=actor, book=book, now=now
            )
        case "report":
            await accreditation.report(
                tx,
                row,
                marks=_marks(body),
                opinion=body["opinion"],
                actor=actor,
                book=book,
                now=now,
            )
        case "review":
            await accreditation.review_open(tx, decision.case, asked=True, actor=actor, now=now)
        case "propose":
            level = None if body["level"] is None else CreditLevel(body["level"])
            await accreditation_decisions.decision_propose(
                tx,
                row,
                kind=body["kind"],
                level=level,
                grounds=body["grounds"],
                actor=actor,
                book=book,
                now=now,
            )
        case "countersign":
            await accreditation_decisions.decision_countersign(
                tx,
                row,
                agree=body["agree"],
                remark=body["remark"],
                actor=actor,
                book=book,
                now=now,
            )


def _marks(body: dict[str, Any]) -> dict[str, Mark]:
    return {item: Mark(mark) for item, mark in body["marks"].items()}


async def _order_answer(tx: Tx, decision: Decision) -> Answer:
    row = await queries.order_get(tx, uuid_of(decision.case, "ins"), decision.actor)
    assert row is not None  # noqa: S101 - its officer has just decided on it
    return Answer(status=200, body=answers.order_answer(row))


def _outcome(decision: Decision, answer: Answer) -> Outcome:
    """What the case's history keeps of an answer: of the case as shown, its state and version."""
    if not answer.accepted:
        return Outcome(answer=answer)
    shown = answer.body
    if travels_light(decision):
        answer = Answer(
            status=answer.status, body={name: shown[name] for name in ("state", "version")}
        )
    return Outcome(answer=answer, state=shown["state"])


def _standing(row: Row) -> OrderState:
    order_id, lot_id = show("ins", row.order_id), show("lot", row.lot_id)
    outcome = None
    if row.concluded_at is not None:
        outcome = InspectionOutcome(
            order_id=order_id,
            lot_id=lot_id,
            disposal=row.disposal,
            lot_move=LotMove(row.lot_move),
            results=tuple(row.results or ()),
            concluded_at=row.concluded_at,
        )
    return OrderState(
        order_id=order_id,
        state=row.state,
        port=row.port,
        lane=row.lane,
        officers=tuple(row.officers),
        outcome=outcome,
    )


def _state(row: Row) -> AccreditationState:
    return AccreditationState(
        aeo_id=show("aeo", row.aeo_id),
        state=row.state,
        cycle=row.cycle,
        due_on=row.due_on,
        review_due_on=row.review_due_on,
        officers=tuple(row.examiners),
        overdue=row.overdue_at is not None,
    )
