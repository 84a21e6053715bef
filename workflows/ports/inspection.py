"""What the case of an inspection order (查验) asks of its service, on queue ``inspection``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from temporalio import activity

from services.kernel.messages import Case, Standing

QUEUE: Final = "inspection"
INSPECTION: Final = "Inspection"


class InspectionSteps(ABC):
    """The step of one inspection order."""

    @activity.defn(name="inspection.attend_order")
    @abstractmethod
    async def attend_order(self, case: Case) -> Standing:
        """Draw while the order is short of officers; end the order of a withdrawn lot."""
