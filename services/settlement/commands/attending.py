"""The step of a payment's case: what nobody asks for while the bank is silent.

======================================  ==================================================
what the record says                    what is done
======================================  ==================================================
HELD, its goods to come                 nothing: persons of compliance are waited for
HELD, its goods never come              as to its payer: taken back, or as one that is taken
OFFERED, not taken, its lot not to pay  taken back when the goods do not come; else nothing
taken or SETTLED, its goods never come  two of compliance must find what becomes of the money
OFFERED or IN_PROGRESS, a question due  the bank is asked again, ever more slowly
the same, later than was promised       it is said visibly, once
ended                                   nothing more
======================================  ==================================================
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import text

from services.kernel.identifiers import uuid_of
from services.kernel.messages import Case, Standing
from services.platform.act import Act
from services.platform.database import Database, Row
from services.platform.event_log import LOCKED
from services.settlement.commands.cancelling import payment_lapse
from services.settlement.commands.goods_gone import goods_gone_open
from services.settlement.commands.patience import Patience, patience
from services.settlement.domain import events
from services.settlement.domain.model import GONE_STATES, RELEASED_STATES
from services.settlement.domain.rules.disputing import money_without_goods
from services.settlement.domain.states import INSTRUCTION, Disposition, InstructionState
from services.settlement.queries.outside import is_taken_to_others

# The lot's turn is taken for a payment that may be taken back, and for no other: only this step
# asks, and two at once would record the same question.
_GONE: Final = """(
        SELECT p.lot_id FROM settlement_instructions AS p
        LEFT JOIN bank_messages AS n USING (instruction_id)
        JOIN v_lots AS g ON g.lot_id = p.lot_id
        WHERE p.instruction_id = CAST(:id AS uuid) AND n.fetched_at IS NULL
            AND g.state = ANY(CAST(:gone AS text[]))
    )"""
_DISPUTED: Final = f"""
        SELECT FROM bank_disputes AS d WHERE d.instruction_id = i.instruction_id
            AND d.disposition = '{Disposition.GOODS_GONE}'
    """
# Of a release, or a decision about a name, that was waited for the payment is read, and its message
# is not: nothing is asked yet.
_LOCK = text(f"""
    SELECT i.*, coalesce(m.asked_count, 0) AS asked_count, m.asked_at, l.state AS lot_state,
        i.state = 'OFFERED' AND m.fetched_at IS NULL AS untaken, m.fetched_at IS NOT NULL AS taken,
        EXISTS ({_DISPUTED}) AS goods_disputed, header.version, EXISTS (
            SELECT FROM v_name_reports AS q WHERE q.lot_id = i.lot_id AND q.decided_at IS NULL
        ) AS questioned,
        (SELECT version FROM v_policy_version) AS policy_version
    FROM {LOCKED.format(lot=_GONE, case="CAST(:id AS uuid)")}, settlement_instructions AS i
    LEFT JOIN bank_messages AS m USING (instruction_id)
    JOIN v_lots AS l ON l.lot_id = i.lot_id
    WHERE i.instruction_id = CAST(:id AS uuid) FOR UPDATE OF i
""")
# What is paid for goods that never come is not done with until its dispute is open.
_STATE = text(f"""
    SELECT i.state, i.state = 'SETTLED' AND EXISTS (
            SELECT FROM v_lots AS l
            WHERE l.lot_id = i.lot_id AND l.state = ANY(CAST(:gone AS text[]))
        ) AND NOT EXISTS ({_DISPUTED}) AS goods_due
    FROM settlement_instructions AS i WHERE i.instruction_id = :id
""")
_ASKED = text(
    "UPDATE bank_messages SET asked_count = :count, asked_at = :at WHERE instruction_id = :id"
)
_ESCALATED = text(
    "UPDATE settlement_instructions SET escalated_at = :at WHERE instruction_id = :id"
)


async def payment_ended(database: Database, case: Case) -> Standing | None:
    """Where a payment ended, read without a lock, for no end is left again; None of an open one,
    and of one for goods that never come and of which nobody was told yet.

    The last look of every payment finds just this: one statement in the place of a transaction.
    """
    async with database.reading() as tx:
        values = {"id": uuid_of(case.case_id, "stl"), "gone": sorted(GONE_STATES)}
        row = (await tx.execute(_STATE, values)).one_or_none()
    if row is None or row.goods_due or not INSTRUCTION.is_final(InstructionState(row.state)):
        return None
    return Standing(state=row.state, ended=True)


async def payment_attend(act: Act, case: Case) -> Standing:
    """Ask and escalate as far as it is due; run again, it finds nothing to do.

    The bank's silence is never taken for a payment, nor for a refusal.
    """
    named = {"id": uuid_of(case.case_id, "stl"), "gone": sorted(GONE_STATES)}
    row = (await act.execute(_LOCK, **named)).one_or_none()
    if row is None:
        return Standing(state="UNKNOWN", ended=True)
    state = InstructionState(row.state)
    act.policy_version = row.policy_version
    kept_back = state is InstructionState.HELD and is_taken_to_others(row, act.at)
    to_take_back = row.untaken or (state is InstructionState.HELD and not kept_back)
    if to_take_back and row.lot_state in GONE_STATES and await payment_lapse(act, row):
        return Standing(state=InstructionState.CANCELLED, ended=True)
    # Who could not take it back any more finds it taken; so does the payer of one kept back.
    taken = row.taken or row.untaken or kept_back
    stands = InstructionState.OFFERED if kept_back else state
    due = money_without_goods(stands, lot_state=row.lot_state, taken=taken)
    if due and not row.goods_disputed:
        await goods_gone_open(act, row, state)
    if INSTRUCTION.is_final(state) or state is InstructionState.HELD:
        return Standing(state=state, ended=INSTRUCTION.is_final(state))
    waits = patience(await act.law(), row.requested_at)
    if row.untaken and (row.questioned or row.lot_state not in RELEASED_STATES):
        return Standing(state=state, look_at=act.at + waits.ask_after)
    look_at = [await _asked(act, case, row, waits)]
    if row.escalated_at is None:
        look_at += await _escalated(act, case, row, waits)
    return Standing(state=state, look_at=min(look_at))


async def _asked(act: Act, case: Case, row: Row, waits: Patience) -> datetime:
    """Put a question if it is due, which the bank's list shows; when the next one is."""
    count = row.asked_count
    # Of one that was held meanwhile nothing was asked since it was offered again.
    since = max(row.asked_at or row.offered_at, row.offered_at)
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
