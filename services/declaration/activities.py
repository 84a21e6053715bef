"""The steps of a lot's workflow, as activities over this service's own database role."""

from __future__ import annotations

from datetime import UTC, datetime

from temporalio import activity

from services.declaration.commands import release
from services.kernel.messages import Answer, Decision, Outcome
from services.platform.database import Database, Tx
from services.platform.decisions import carry_out
from workflows.ports.declaration import (
    DeclarationSteps,
    EndUnreleased,
    EscalateLot,
    LotStanding,
    LotStep,
    RecordSale,
    ReleaseLot,
    SendToInspection,
)


class DeclarationActivities(DeclarationSteps):
    """Each step locks the lot, looks at its state and changes it or finds it done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name="declaration.release_lot")
    async def release_lot(self, message: ReleaseLot) -> LotStanding:
        async with self._database.transaction() as tx:
            return await release.lot_release(tx, message, at=datetime.now(UTC))

    @activity.defn(name="declaration.send_to_inspection")
    async def send_to_inspection(self, message: SendToInspection) -> LotStanding:
        async with self._database.transaction() as tx:
            return await release.lot_send_to_inspection(tx, message, at=datetime.now(UTC))

    @activity.defn(name="declaration.end_unreleased")
    async def end_unreleased(self, message: EndUnreleased) -> LotStanding:
        async with self._database.transaction() as tx:
            return await release.lot_end_unreleased(tx, message, at=datetime.now(UTC))

    @activity.defn(name="declaration.cancel_lot")
    async def cancel_lot(self, decision: Decision) -> Outcome:
        async def work(tx: Tx) -> Answer:
            standing = await release.lot_cancel(
                tx,
                decision.case,
                reason=decision.body["reason"],
                actor=decision.actor,
                expected_version=decision.expected_version,
                at=datetime.now(UTC),
            )
            return Answer(status=200, body={"lot_id": decision.case, "state": standing.state})

        answer = await carry_out(self._database, decision, work)
        return Outcome(answer=answer, state=answer.body["state"] if answer.accepted else None)

    @activity.defn(name="declaration.clock_ran_out")
    async def clock_ran_out(self, message: EscalateLot) -> LotStanding:
        async with self._database.transaction() as tx:
            at = message.at or datetime.now(UTC)
            return await release.lot_clock_ran_out(tx, message.lot_id, at=at)

    @activity.defn(name="declaration.record_sale")
    async def record_sale(self, message: RecordSale) -> LotStanding:
        async with self._database.transaction() as tx:
            return await release.lot_record_sale(tx, message, at=datetime.now(UTC))

    @activity.defn(name="declaration.close_if_settled")
    async def close_if_settled(self, message: LotStep) -> LotStanding:
        async with self._database.transaction() as tx:
            return await release.lot_close_if_settled(tx, message.lot_id, at=datetime.now(UTC))
