"""What the case of an accreditation (AEO认证) asks of its service, on queue ``accreditation``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from temporalio import activity

from services.kernel.messages import Case, Standing

QUEUE: Final = "accreditation"
ACCREDITATION: Final = "AeoAccreditation"


class AccreditationSteps(ABC):
    """The step of one accreditation (AEO认证)."""

    @activity.defn(name="accreditation.attend_accreditation")
    @abstractmethod
    async def attend_accreditation(self, case: Case) -> Standing:
        """Draw examiners, say that a clock ran out, open the re-examination that fell due."""
