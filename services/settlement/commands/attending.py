"""The step of a payment's case: what nobody asks for while the bank is silent.

======================================  ==================================================
what the record says                    what is done
======================================  ==================================================
HELD                                    nothing: persons of compliance are waited for
OFFERED or IN_PROGRESS, a question due  the bank is asked again, ever more slowly
the same, later than was promised       it is said visibly, once
ended                                   nothing more
======================================  ==================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from services.kernel.clock import business_day
from services.kernel.identifiers import uuid_of
from services.kernel.messages import Case, Standing
from services.kernel.policy import PolicyBook
from services.platform.act import Act
from services.platform.database import Row
from services.platform.event_log import LOCKED
from services.settlement.domain import events
from services.settlement.domain.states import INSTRUCTION, InstructionState

# Only this step asks: no lot's turn is needed, and two at once would record the same question. Of a
# release that was waited for the payment is read, and its message is not: nothing is asked yet.
_LOCK = text(
    "SELECT i.*, coalesce(m.asked_count, 0) AS asked_count, m.asked_at,"
    " (SELECT version FROM v_policy_version) AS policy_version FROM"
    f" {LOCKED.format(lot='CAST(NULL AS uuid)', case='CAST(:id AS uuid)')},"
    " settlement_instructions AS i LEFT JOIN bank_messages AS m USING (instruction_id)"
    " WHERE i.instruction_id = CAST(:id AS uuid) FOR UPDATE OF i"
)
_ASKED = text(
    "UPDATE bank_messages SET asked_count = :count, asked_at = :at WHERE instruction_id = :id"
)
_ESCALATED = text(
    "UPDATE settlement_instructions SET escalated_at = :at WHERE instruction_id = :id"
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a bank is waited for: before the first question, at most between two, in all."""

    ask_after: timedelta
    ask_at_most_every: timedelta
    promised: timedelta

    def pause(self, asked: int) -> timedelta:
        """The wait before the next question, twice as long after each one."""
        longer: timedelta = self.ask_after * 2 ** min(asked, 20)
        return min(longer, self.ask_at_most_every)


def patience(law: PolicyBook, requested_at: datetime) -> Patience:
    """The law's patience on the day of the instruction. Raises Refused POLICY_MISSING."""
    day = business_day(requested_at)
    keys = ("settle.ask_after_s", "settle.ask_at_most_every_s", "settle.sla_s")
    return Patience(*(timedelta(seconds=law.integer(key, on=day)) for key in keys))


async def payment_attend(act: Act, case: Case) -> Standing:
    """Ask and escalate as far as it is due; run again, it finds nothing to do.

    The bank's silence is never taken for a payment, nor for a refusal.
    """
    row = (await act.execute(_LOCK, id=uuid_of(case.case_id, "stl"))).one_or_none()
    if row is None:
        return Standing(state="UNKNOWN", ended=True)
    state = InstructionState(row.state)
    if INSTRUCTION.is_final(state) or state is InstructionState.HELD:
        return Standing(state=state, ended=INSTRUCTION.is_final(state))
    act.policy_version = row.policy_version
    waits = patience(await act.law(), row.requested_at)
    look_at = [await _asked(act, case, row, waits)]
    if row.escalated_at is None:
        look_at += await _escalated(act, case, row, waits)
    return Standing(state=state, look_at=min(look_at))


async def _asked(act: Act, case: Case, row: Row, waits: Patience) -> datetime:
    """Put a question if it is due, which the bank's list shows; when the next one is."""
    count = row.asked_count
    since = row.asked_at or row.offered_at
    if act.at >= since + waits.pause(count):
        count, since = count + 1, act.at
        await act.execute(_ASKED, id=row.instruction_id, count=count, at=act.at)
        act.record(case.case_id, events.BankAskedAgain(attempt=count), step=f"ask:{count}")
    due: datetime = since + waits.pause(count)
    return due


async def _escalated(act: Act, case: Case, row: Row, waits: Patience) -> list[datetime]:
    """Call a person if the payment is later than promised; until when it is not yet."""
    due = row.offered_at + waits.promised
    if act.at < due:
        return [due]
    await act.execute(_ESCALATED, id=row.instruction_id, at=act.at)
    late = events.SettlementEscalated(promised_s=int(waits.promised.total_seconds()))
    act.record(case.case_id, late, step="escalate")
    return []
