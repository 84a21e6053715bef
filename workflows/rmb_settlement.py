"""Cross-border RMB settlement (跨境人民币结算): one workflow per instruction.

A child of the lot's own case; its workflow id is the instruction's id. The bank's silence is
asked about again and again, and never taken for a payment.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.kernel.messages import Decision, Outcome
    from workflows import runs, steps
    from workflows.ports.settlement import (
        RMB_SETTLEMENT,
        AskBank,
        BankStatusSignal,
        SettlementCase,
        SettlementOutcome,
        SettlementStanding,
        SettlementStep,
        SettlementSteps,
        SettlementWait,
    )
    from workflows.search_attributes import CASE_TYPE, STATE

_FINAL = frozenset({"SETTLED", "REJECTED", "REFUSED"})
#: A day of hourly questions, some two hundred events of history.
_QUESTIONS_PER_RUN = 24


@workflow.defn(name=RMB_SETTLEMENT)
class RmbSettlement:
    """Draw down, check, screen, reserve, offer to the bank, wait for its word, post or void."""

    @workflow.init
    def __init__(self, case: SettlementCase) -> None:
        self._case = case
        self._step = SettlementStep(instruction_id=case.instruction_id)
        waiting = case.waiting
        self._standing: SettlementStanding | None = None if waiting is None else waiting.standing
        self._heard: list[BankStatusSignal] = [] if waiting is None else list(waiting.unread)
        self._turn = asyncio.Lock()

    @workflow.run
    async def run(self, case: SettlementCase) -> SettlementOutcome:
        """Carry the instruction to its end; held cases wait for two persons of compliance."""
        if case.waiting is None:
            await self._examine_and_offer()
        if self._now.state not in _FINAL:
            await self._wait_for_the_bank()
        await workflow.wait_condition(workflow.all_handlers_finished)
        settled = self._now.amount_minor if self._now.state == "SETTLED" else 0
        return SettlementOutcome(
            instruction_id=case.instruction_id,
            lot_id=case.lot_id,
            state=self._now.state,
            settled_minor=settled,
            currency=self._now.currency,
        )

    async def _examine_and_offer(self) -> None:
        examined: SettlementStanding = await steps.take(SettlementSteps.examine, self._step)
        workflow.upsert_search_attributes([CASE_TYPE.value_set("settlement")])
        self._stand(examined)
        await workflow.wait_condition(lambda: self._now.state != "HELD" or runs.is_full())
        if self._now.state == "HELD":
            await workflow.wait_condition(workflow.all_handlers_finished)
            # Examined again, a case answers with where it stands.
            workflow.continue_as_new(self._case)
        # A step whose answer was lost with its worker answers with where the case stands by then,
        # perhaps further than it brought it itself: what is asked is whether the case is open.
        if self._now.state not in _FINAL:
            offered: SettlementStanding = await steps.take(SettlementSteps.offer, self._step)
            self._stand(offered)

    @workflow.signal
    async def bank_answered(self, answer: BankStatusSignal) -> None:
        """A status lies in the inbox; one that was delivered twice is carried out once."""
        if answer not in self._heard:
            self._heard.append(answer)

    @workflow.update
    async def decide_hold(self, decision: Decision) -> Outcome:
        """A person of bank compliance signs a held case; answers with what that did."""
        await workflow.wait_condition(lambda: self._standing is not None)
        async with self._turn:
            outcome: Outcome = await steps.take(SettlementSteps.record_compliance, decision)
            # A first signature that is brought again after the second one moves nothing back.
            if outcome.state is not None and self._now.state == "HELD":
                self._stand(self._now.model_copy(update={"state": outcome.state}))
        return outcome

    @property
    def _now(self) -> SettlementStanding:
        if self._standing is None:
            raise RuntimeError("the instruction has not been examined yet")
        return self._standing

    def _stand(self, standing: SettlementStanding) -> None:
        self._standing = standing
        workflow.upsert_search_attributes([STATE.value_set(standing.state)])

    async def _wait_for_the_bank(self) -> None:
        """Carry out each answer; after silence ask again, ever more slowly; escalate once."""
        done, wait = 0, self._case.waiting or self._first_wait()
        began_with = wait.attempt
        while self._now.state not in _FINAL:
            if await self._answer_within(done, _patience(wait)):
                answered: SettlementStanding = await steps.take(
                    SettlementSteps.apply_status, self._heard[done]
                )
                self._stand(answered)
                done += 1
            elif not wait.escalated and workflow.now() >= wait.escalate_at:
                wait = wait.model_copy(update={"escalated": True})
                await steps.take(SettlementSteps.escalate, self._step)
            else:
                wait = await self._asked_again(wait)
            if _run_is_long(wait.attempt, began_with) and self._now.state not in _FINAL:
                await self._go_on_in_a_new_run(wait, done)

    def _first_wait(self) -> SettlementWait:
        return SettlementWait(
            standing=self._now,
            pause_s=self._now.ask_after_s,
            escalate_at=workflow.now() + timedelta(seconds=self._now.escalate_after_s),
        )

    async def _asked_again(self, wait: SettlementWait) -> SettlementWait:
        attempt = wait.attempt + 1
        await steps.take(
            SettlementSteps.ask_again,
            AskBank(instruction_id=self._case.instruction_id, attempt=attempt),
        )
        pause_s = min(wait.pause_s * 2, self._now.ask_at_most_every_s)
        return wait.model_copy(update={"attempt": attempt, "pause_s": pause_s})

    async def _answer_within(self, done: int, wait: timedelta) -> bool:
        try:
            await workflow.wait_condition(lambda: len(self._heard) > done, timeout=wait)
        except TimeoutError:
            return False
        return True

    async def _go_on_in_a_new_run(self, wait: SettlementWait, done: int) -> None:
        """Nothing is lost: what has come and is not carried out goes along."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        left = {"standing": self._now, "unread": tuple(self._heard[done:])}
        waiting = wait.model_copy(update=left)
        workflow.continue_as_new(self._case.model_copy(update={"waiting": waiting}))


def _patience(wait: SettlementWait) -> timedelta:
    pause = timedelta(seconds=wait.pause_s)
    if wait.escalated:
        return pause
    return min(pause, max(wait.escalate_at - workflow.now(), timedelta(0)))


def _run_is_long(attempt: int, began_with: int) -> bool:
    """Whether to go on in a new run: a bank may be silent for months.

    Patched by the question's number: a case begun under the version before passes by the
    questions in its history and takes the new way at its next one.
    """
    long = attempt - began_with >= _QUESTIONS_PER_RUN
    long = long or runs.is_full()
    return long and workflow.patched(f"new-run-after-question-{attempt}")
