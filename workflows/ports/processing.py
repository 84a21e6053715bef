"""What a book's case asks of the processing service. Queue ``processing``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from temporalio import activity

from services.kernel.messages import Case, Standing

QUEUE: Final = "processing"
LANDING_PROCESSING: Final = "LandingProcessing"


class ProcessingSteps(ABC):
    """The step of one e-book period: one transaction that is safe to run twice."""

    @activity.defn(name="processing.attend_book")
    @abstractmethod
    async def attend_book(self, case: Case) -> Standing:
        """Say once that the period is over and the book still open. Closes nothing."""
