"""What workflows ask of the processing service. Queue ``processing``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Final

from temporalio import activity

from services.kernel.messages import Decision, Message, Outcome

QUEUE: Final = "processing"
LANDING_PROCESSING: Final = "LandingProcessing"


class BookCase(Message):
    """Input of the workflow ``LandingProcessing``; its workflow id is ``book_id``."""

    book_id: str
    ends_at: datetime
    """When the period is over; a book still open then is escalated, never closed by itself."""


class BookStep(Message):
    """A step of the window itself on a book."""

    book_id: str


class BookStanding(Message):
    """Where a book stands after a step."""

    book_id: str
    state: str


class ProcessingSteps(ABC):
    """The steps of one e-book period; each is one transaction that is safe to run twice."""

    @activity.defn(name="processing.close_book")
    @abstractmethod
    async def close_book(self, decision: Decision) -> Outcome:
        """The factory's count of what is left: the period closes, or waits for an officer."""

    @activity.defn(name="processing.close_alert")
    @abstractmethod
    async def close_alert(self, decision: Decision) -> Outcome:
        """An officer's word on one alert; the last one closes the period or gives it back."""

    @activity.defn(name="processing.period_ran_out")
    @abstractmethod
    async def period_ran_out(self, message: BookStep) -> BookStanding:
        """Say visibly that the period is over and the book still open. Closes nothing."""
