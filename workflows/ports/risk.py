"""What a lot's case asks of the risk service: screening.

Its one step is cheap and runs as a local activity inside the declaration worker, under the risk
service's own database role; it has no queue.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from temporalio import activity

from services.kernel.messages import Case


class LotScreening(ABC):
    """The screening step of a lot's own case."""

    @activity.defn(name="risk.screen_lot")
    @abstractmethod
    async def screen_lot(self, case: Case) -> None:
        """Decide the lane of a confirmed lot once; any but green opens its order."""
