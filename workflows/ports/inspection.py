"""What cases ask of the inspection service: screening, inspection orders, accreditation.

Queue ``inspection``. ``LotScreening`` is the exception: its one step is cheap and runs as a local
activity inside the declaration worker, under the inspection service's own database role.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from temporalio import activity

from services.kernel.messages import Case, Standing

QUEUE: Final = "inspection"
INSPECTION: Final = "Inspection"
ACCREDITATION: Final = "AeoAccreditation"


class LotScreening(ABC):
    """The screening step of a lot's own case."""

    @activity.defn(name="inspection.screen_lot")
    @abstractmethod
    async def screen_lot(self, case: Case) -> None:
        """Decide the lane of a confirmed lot once; any but green opens its order, drawn at once."""


class InspectionSteps(ABC):
    """The step of one inspection order."""

    @activity.defn(name="inspection.attend_order")
    @abstractmethod
    async def attend_order(self, case: Case) -> Standing:
        """Draw while the order is short of officers; end the order of a withdrawn lot."""


class AccreditationSteps(ABC):
    """The step of one accreditation (AEO认证)."""

    @activity.defn(name="inspection.attend_accreditation")
    @abstractmethod
    async def attend_accreditation(self, case: Case) -> Standing:
        """Draw examiners, say that a clock ran out, open the re-examination that fell due."""
