"""A payment is taken back while its bank has not taken the message: by its payer, or by the window
once the goods never come."""

from __future__ import annotations

from sqlalchemy import text

from services.kernel.events import MoneyBody
from services.kernel.identifiers import show, uuid_of
from services.kernel.money import Money
from services.kernel.refusal import Refused
from services.platform.act import Act
from services.platform.database import Row
from services.settlement.commands.offering import reservation_void
from services.settlement.commands.standing import lot_unpaid, payment_stand
from services.settlement.domain import events, refusals
from services.settlement.domain.states import INSTRUCTION, InstructionState
from services.settlement.queries import instructions
from services.settlement.queries.outside import is_taken_to_others
from services.settlement.tables import RELEASED_VALUE

# Who is first counts: what its bank has taken is not withdrawn, what is withdrawn is not taken.
_CANCEL = text(f"""
    WITH withdrawn AS (
        UPDATE bank_messages SET withdrawn_at = CAST(:at AS timestamptz),
            closed_at = CAST(:at AS timestamptz)
        WHERE instruction_id = CAST(:id AS uuid) AND fetched_at IS NULL
        RETURNING instruction_id
    ), given_back AS (
        {RELEASED_VALUE.give_back("CAST(:given_back AS bigint)")}
    )
    UPDATE settlement_instructions SET state = :state, ended_at = CAST(:at AS timestamptz),
        drawn_minor = drawn_minor - CAST(:given_back AS bigint)
    WHERE instruction_id = CAST(:id AS uuid)
        AND (CAST(:held AS boolean) OR EXISTS (SELECT FROM withdrawn))
    RETURNING *
""")


async def payment_cancel(act: Act, case: str) -> tuple[Row, int]:
    """The instruction as cancelled, and its version: its value may be paid again.

    What is reserved is void, what was drawn is given back, the message is withdrawn. Raises Refused
    NOT_FOUND (also for whoever did not instruct it), VERSION_MISMATCH, STATE_CONFLICT,
    WITH_THE_BANK once the bank has taken the message: from then on it alone says what became of it.
    The same once it would have, of one whose hold is kept back, though it was released meanwhile.
    """
    payment = await instructions.locked(act, uuid_of(case, "stl"))
    if act.actor.party not in (payment.instructed_by, payment.buyer):
        raise Refused(instructions.not_found())
    act.require_version(case, payment.version - payment.untold)
    before = InstructionState(payment.state)
    state = INSTRUCTION.move(before, "cancel")
    if is_taken_to_others(payment, act.at):
        raise Refused(refusals.WITH_THE_BANK.at())
    row = await _taken_back(act, case, payment, before, state)
    if row is None:
        raise Refused(refusals.WITH_THE_BANK.at())
    act.tell(case)
    return row, payment.version + act.changes(case)


async def payment_lapse(act: Act, payment: Row) -> bool:
    """Take a payment back of whose lot the goods never come; whether that could be done.

    The payment is locked, in its lot's turn. One that its bank took just before is the bank's.
    """
    before = InstructionState(payment.state)
    state = INSTRUCTION.move(before, "cancel")
    case = show("stl", payment.instruction_id)
    return await _taken_back(act, case, payment, before, state) is not None


async def _taken_back(
    act: Act, case: str, payment: Row, before: InstructionState, state: InstructionState
) -> Row | None:
    """A locked payment as it is after having been taken back; None if its bank was first."""
    facts = await instructions.held_facts(act, payment)
    values = {"id": payment.instruction_id, "lot_id": payment.lot_id, "state": state.value}
    held = before is InstructionState.HELD
    withdrawn = {"given_back": payment.drawn_minor, "held": held}
    found = await act.execute(_CANCEL, at=act.at, **values, **withdrawn)
    row: Row | None = found.one_or_none()
    if row is None:
        return None
    void = await reservation_void(act, case, payment.instruction_id)
    amount = MoneyBody.of(Money(payment.amount_minor, payment.currency))
    lot = show("lot", payment.lot_id)
    cancelled = events.SettlementCancelled(lot_id=lot, amount=amount, transaction_id=void)
    act.record(case, cancelled, step="cancel")
    payment_stand(act, case, payment.bank_bic, state, disputed=facts.disputed)
    lot_unpaid(act, lot, facts.lot.side, state=facts.lot.state)
    return row
