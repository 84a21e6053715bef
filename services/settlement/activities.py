"""The steps of a settlement's workflow, as activities over this service's own database role."""

from __future__ import annotations

from datetime import UTC, datetime

from temporalio import activity

from services.kernel.identifiers import uuid_of
from services.kernel.messages import Answer, Decision, Outcome
from services.platform import telemetry
from services.platform.database import Database, Row, Tx
from services.platform.decisions import carry_out
from services.platform.policy import PolicyCache
from services.settlement.commands import concluding, examining, offering
from services.settlement.domain.messages.official import OfficialSchemas
from services.settlement.domain.states import INSTRUCTION, InstructionState
from services.settlement.queries import instructions
from services.settlement.schemas.answers import instruction_answer
from workflows.ports.settlement import (
    AskBank,
    BankStatusSignal,
    SettlementStanding,
    SettlementStep,
    SettlementSteps,
)


class SettlementActivities(SettlementSteps):
    """Each step locks the instruction, looks at its state and changes it or finds it done."""

    def __init__(self, database: Database, official: OfficialSchemas) -> None:
        self._database = database
        self._official = official
        self._policy = PolicyCache()

    @activity.defn(name="settlement.examine")
    async def examine(self, message: SettlementStep) -> SettlementStanding:
        async with self._database.transaction() as tx:
            book = await self._policy.book(tx)
            state, row = await examining.examine(
                tx, message.instruction_id, book=book, now=datetime.now(UTC)
            )
            return examining.standing(row, state, book)

    @activity.defn(name="settlement.record_compliance")
    async def record_compliance(self, decision: Decision) -> Outcome:
        async def work(tx: Tx) -> Answer:
            await examining.compliance_sign(
                tx,
                decision.case,
                act=decision.body["act"],
                remark=decision.body["remark"],
                actor=decision.actor,
                expected_version=decision.expected_version,
                now=datetime.now(UTC),
            )
            row = await instructions.locked(tx, uuid_of(decision.case, "stl"))
            details = await instructions.details(tx, row.instruction_id)
            inside = instructions.reads_inside(decision.actor, row)
            return Answer(status=200, body=instruction_answer(row, details, inside=inside))

        answer = await carry_out(self._database, decision, work)
        return Outcome(answer=answer, state=answer.body["state"] if answer.accepted else None)

    @activity.defn(name="settlement.offer")
    async def offer(self, message: SettlementStep) -> SettlementStanding:
        async with self._database.transaction() as tx:
            book = await self._policy.book(tx)
            state, row = await offering.offer(
                tx, message.instruction_id, official=self._official, now=datetime.now(UTC)
            )
            return examining.standing(row, state, book)

    @activity.defn(name="settlement.apply_status")
    async def apply_status(self, message: BankStatusSignal) -> SettlementStanding:
        async with self._database.transaction() as tx:
            book = await self._policy.book(tx)
            now = datetime.now(UTC)
            state, row = await concluding.status_apply(tx, message, book=book, now=now)
            standing = examining.standing(row, state, book)
        if INSTRUCTION.is_final(state) and row.ended_at is None:
            lag = (now - row.requested_at).total_seconds()
            telemetry.settlement_lag.labels(state.value).observe(lag)
        return standing

    @activity.defn(name="settlement.ask_again")
    async def ask_again(self, message: AskBank) -> SettlementStanding:
        async with self._database.transaction() as tx:
            await offering.ask_again(
                tx, message.instruction_id, message.attempt, now=datetime.now(UTC)
            )
            return await self._standing(tx, message.instruction_id)

    @activity.defn(name="settlement.escalate")
    async def escalate(self, message: SettlementStep) -> SettlementStanding:
        async with self._database.transaction() as tx:
            standing = await self._standing(tx, message.instruction_id)
            await offering.escalate(
                tx,
                message.instruction_id,
                promised_s=standing.escalate_after_s,
                now=datetime.now(UTC),
            )
            return standing

    async def _standing(self, tx: Tx, case: str) -> SettlementStanding:
        row: Row = await instructions.locked(tx, uuid_of(case, "stl"))
        book = await self._policy.book(tx)
        return examining.standing(row, InstructionState(row.state), book)
