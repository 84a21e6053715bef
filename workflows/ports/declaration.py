"""What a lot's case asks of the declaration service. Queue ``declaration``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from temporalio import activity

from services.kernel.messages import Case, Standing

QUEUE: Final = "declaration"
RESIDENT_DECLARATION: Final = "ResidentDeclaration"


class LotStanding(Standing):
    """Where a lot stands; ``lane`` is what screening decided, None while it is not screened."""

    lane: str | None = None


class DeclarationSteps(ABC):
    """The step of a lot's case: one transaction that is safe to run twice."""

    @activity.defn(name="declaration.attend_lot")
    @abstractmethod
    async def attend_lot(self, case: Case) -> LotStanding:
        """Take every step that the record justifies: release, keep back, end, sell, close."""
