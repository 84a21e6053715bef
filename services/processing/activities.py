"""The steps of the workflow ``LandingProcessing``, as activities under this service's own role."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from temporalio import activity

from services.kernel.messages import Answer, Decision, Outcome
from services.platform.database import Database, Tx
from services.platform.decisions import carry_out
from services.platform.policy import PolicyCache
from services.processing.commands import closing
from services.processing.commands.book import book_lock
from services.processing.domain.model import Count
from workflows.ports.processing import BookStanding, BookStep, ProcessingSteps


class ProcessingActivities(ProcessingSteps):
    """Each step locks the book, decides on what it then reads, and keeps its answer."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._policy = PolicyCache()

    @activity.defn(name="processing.close_book")
    async def close_book(self, decision: Decision) -> Outcome:
        counted = {hs: Decimal(kg) for hs, kg in decision.body["closing_kg"].items()}

        async def work(tx: Tx) -> Answer:
            return await closing.book_close(
                tx,
                decision.case,
                Count(counted),
                await self._policy.book(tx),
                expected_version=decision.expected_version,
                actor=decision.actor,
                at=datetime.now(UTC),
            )

        return await self._outcome(decision, await carry_out(self._database, decision, work))

    @activity.defn(name="processing.close_alert")
    async def close_alert(self, decision: Decision) -> Outcome:
        async def work(tx: Tx) -> Answer:
            return await closing.alert_close(
                tx,
                decision.case,
                alert_id=decision.body["alert_id"],
                accept=decision.body["resolution"] == "ACCEPT",
                reason=decision.body["reason"],
                expected_version=decision.expected_version,
                actor=decision.actor,
                at=datetime.now(UTC),
            )

        return await self._outcome(decision, await carry_out(self._database, decision, work))

    @activity.defn(name="processing.period_ran_out")
    async def period_ran_out(self, message: BookStep) -> BookStanding:
        async with self._database.transaction() as tx:
            return await closing.period_ran_out(tx, message.book_id, at=datetime.now(UTC))

    async def _outcome(self, decision: Decision, answer: Answer) -> Outcome:
        """The answer, which may be an earlier one, and where the book stands now."""
        if not answer.accepted:
            return Outcome(answer=answer)
        async with self._database.transaction() as tx:
            book = await book_lock(tx, decision.case)
        return Outcome(answer=answer, state=book.state)
