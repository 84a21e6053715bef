"""That a name in a lot is in question: it is found out whether its bearer used it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.kernel.refusal import Refusal
from services.kernel.refusals import NAME_IN_QUESTION


@dataclass(frozen=True, slots=True)
class Question:
    """Since when somebody says so, and by when the registrar's office is to have decided."""

    since: datetime
    due_at: datetime

    @property
    def refusal(self) -> Refusal:
        """Why nobody sells or pays meanwhile: who decides, since when, by when."""
        return NAME_IN_QUESTION.at("/lot_id", since=self.since, due=self.due_at)
