"""Cross-border RMB settlement (跨境人民币结算): one workflow per instruction.

The instruction, the release of a hold and the bank's word are transactions of their own. The case
asks a silent bank again, ever more slowly, and says once that it is later than promised. The bank's
silence is never taken for a payment.
"""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from services.kernel.messages import Case
    from workflows.desk import Desk
    from workflows.ports.settlement import RMB_SETTLEMENT, SettlementSteps


@workflow.defn(name=RMB_SETTLEMENT)
class RmbSettlement:
    """Waits for compliance and for the bank."""

    @workflow.init
    def __init__(self, case: Case) -> None:
        self._desk = Desk(case)

    @workflow.run
    async def run(self, case: Case) -> str:
        """The instruction's final state: SETTLED, REJECTED, CANCELLED or REFUSED."""
        return await self._desk.attend(SettlementSteps.attend_payment)

    @workflow.signal
    def look(self) -> None:
        """Something has changed on record: a hold released or refused, the bank's word."""
        self._desk.look()
