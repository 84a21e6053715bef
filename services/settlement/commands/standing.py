"""Where a payment stands, on whose desk it lies, and whether its lot is still to be paid."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.kernel.clock import business_day
from services.kernel.header import Header
from services.kernel.lot_waits import LotWait
from services.platform.act import Act
from services.platform.visibility import compliance
from services.settlement.commands.patience import patience
from services.settlement.domain.model import GONE_STATES
from services.settlement.domain.states import DISPUTE, INSTRUCTION, InstructionState


def payment_stand(
    act: Act,
    case: str,
    bic: str,
    state: InstructionState,
    *,
    due_at: datetime | None = None,
    header: Header | None = None,
    disputed: bool = False,
) -> None:
    """Keep where an instruction stands: with its bank, with its bank's compliance, or done.

    ``disputed``: what its bank said before is still to be found out, whatever ends it now.
    """
    desks = {"bank": [f"bank:{bic}"], "compliance": [compliance(bic)]}
    act.headers.stand(case, INSTRUCTION, state, desks=desks, due_at=due_at, header=header)
    if disputed:
        dispute_stand(act, case, state)


async def answer_due(act: Act) -> datetime:
    """When the bank is to have answered what it is offered now. Raises Refused POLICY_MISSING."""
    return act.at + patience(await act.law(), act.at).promised


def lot_claimed(act: Act, lot: str) -> None:
    """An instruction is under way for a lot: its side is not waited for meanwhile."""
    act.headers.brought(lot, LotWait.SETTLEMENT)


def lot_unpaid(act: Act, lot: str, side: str, *, state: str) -> None:
    """A lot is (still, or again) to be paid for by its side, unless its goods never come."""
    if state not in GONE_STATES:
        act.headers.wait(lot, LotWait.SETTLEMENT, [side])


async def dispute_due(act: Act) -> datetime:
    """Until when a dispute that opens now is to be resolved. Raises Refused POLICY_MISSING."""
    hours = (await act.law()).integer("settle.dispute_h", on=business_day(act.at))
    return act.at + timedelta(hours=hours)


def dispute_stand(act: Act, case: str, state: InstructionState, *, open_: bool = True) -> None:
    """Who holds a payment that has ended, while a dispute about it is open and afterwards."""
    if INSTRUCTION.is_final(state):
        holder = INSTRUCTION.holder_of(state, [DISPUTE.code] if open_ else [])
        act.headers.note(case, Header(state=state, holder=holder))
