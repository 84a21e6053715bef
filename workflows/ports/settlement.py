"""What an instruction's case asks of the settlement service. Queue ``settlement``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from temporalio import activity

from services.kernel.messages import Case, Standing

QUEUE: Final = "settlement"
RMB_SETTLEMENT: Final = "RmbSettlement"


class SettlementSteps(ABC):
    """The step of one settlement: one transaction that is safe to run twice."""

    @activity.defn(name="settlement.attend_payment")
    @abstractmethod
    async def attend_payment(self, case: Case) -> Standing:
        """Ask a silent bank again when that is due; say once that it is later than promised."""
