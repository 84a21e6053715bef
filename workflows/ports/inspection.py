"""What workflows ask of the inspection service: screening, inspection orders, accreditation.

Queue ``inspection``. ``LotScreening`` is the exception: its one step is cheap and runs as a local
activity inside the declaration worker, under the inspection service's own database role.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from temporalio import activity

from services.kernel.messages import Decision, Message, Outcome

QUEUE: Final = "inspection"
INSPECTION: Final = "Inspection"
ACCREDITATION: Final = "AeoAccreditation"


class Lane(StrEnum):
    """What screening decides for a lot."""

    GREEN = "GREEN"
    """Released without a person."""
    YELLOW = "YELLOW"
    """Document check by two drawn officers."""
    RED = "RED"
    """Physical inspection (查验) by two drawn officers in a drawn bay."""


class LotMove(StrEnum):
    """What the lot's own case does with the disposal of its inspection."""

    RELEASE = "release"
    REJECT = "reject"
    RETURN = "return"
    SEIZE = "seize"
    WITHDRAW = "withdraw"


class ScreenLot(Message):
    """Screen a lot once; asking again gives the same answer."""

    lot_id: str


class ScreeningResult(Message):
    """The lane of a lot and why. ``order_id`` names the inspection to open, None when green."""

    screening_id: str
    lot_id: str
    lane: Lane
    reasons: tuple[str, ...] = ()
    """Codes of the rules that hit, RANDOM, CONTROL_HIT, or why it could not be judged."""
    draw_value: str | None = None
    """The lot's verifiable draw in [0,1), ten decimals; None when no draw was possible."""
    rate: str | None = None
    """The share of such lots that is inspected at random."""
    perishable: bool = False
    order_id: str | None = None


class InspectionCase(Message):
    """Input of the child workflow ``Inspection``; its workflow id is ``order_id``."""

    order_id: str
    lot_id: str
    attempt: int = 0
    """Draws tried so far; only a long wait that continues as new sets it."""
    release_due_at: datetime | None = None
    """When the lot's release clock ends; None once the lot was told, or if its case watches it."""


class InspectionOutcome(Message):
    """How an inspection ended: what two officers signed and what the lot's case does with it."""

    order_id: str
    lot_id: str
    disposal: str
    """RELEASE, AMEND, TAX_AGAIN, RETURN, DESTROY, SEIZE, TRANSFER or WITHDRAWN."""
    lot_move: LotMove
    results: tuple[str, ...] = ()
    """NO_DIFFERENCE, NAME, QUANTITY, CLASS, VALUE, ORIGIN, IPR, SMUGGLED, QUARANTINE_FAIL."""
    concluded_at: datetime | None = None


class LotWithdrawn(Message):
    """Signal ``lot_withdrawn``: the lot was cancelled, so its inspection has no object left."""

    lot_id: str


class OrderState(Message):
    """Where an order stands after a step of the window itself."""

    order_id: str
    state: str
    port: str = ""
    lane: str = ""
    officers: tuple[str, ...] = ()
    outcome: InspectionOutcome | None = None


class DrawOrder(Message):
    """Open the order if it is not open yet and try to draw its officers and bay."""

    order_id: str
    lot_id: str
    attempt: int


class LotScreening(ABC):
    """The screening step of a lot's own case."""

    @activity.defn(name="inspection.screen_lot")
    @abstractmethod
    async def screen_lot(self, message: ScreenLot) -> ScreeningResult:
        """Decide the lane and record it on the lot's chain."""


class InspectionSteps(ABC):
    """The steps of one inspection order."""

    @activity.defn(name="inspection.draw_order")
    @abstractmethod
    async def draw_order(self, message: DrawOrder) -> OrderState:
        """Open the order; draw two officers and a bay, or leave it visibly UNSTAFFED."""

    @activity.defn(name="inspection.record_findings")
    @abstractmethod
    async def record_findings(self, decision: Decision) -> Outcome:
        """A drawn officer's findings and proposed disposal."""

    @activity.defn(name="inspection.countersign_findings")
    @abstractmethod
    async def countersign_findings(self, decision: Decision) -> Outcome:
        """The other drawn officer's signature, or the findings sent back with a remark."""

    @activity.defn(name="inspection.redraw_order")
    @abstractmethod
    async def redraw_order(self, decision: Decision) -> Outcome:
        """Draw again because a drawn officer may no longer decide."""

    @activity.defn(name="inspection.order_standing")
    @abstractmethod
    async def order_standing(self, message: InspectionCase) -> OrderState:
        """The order as it stands, with its outcome once it is concluded."""

    @activity.defn(name="inspection.withdraw_order")
    @abstractmethod
    async def withdraw_order(self, message: InspectionCase) -> OrderState:
        """End the order of a cancelled lot, unless two officers have concluded it."""


class AccreditationCase(Message):
    """Input of the workflow ``AeoAccreditation``; its workflow id is ``aeo_id``."""

    aeo_id: str
    cycle: int = 1
    """1 for the application, 2 and on for each re-examination."""


class AccreditationStep(Message):
    """One step of the window itself on an accreditation."""

    aeo_id: str
    cycle: int
    at: datetime
    """The case's own time: what a clock that ran out is recorded under."""
    attempt: int = 0


class AccreditationState(Message):
    """Where an accreditation stands after a step; dates are Beijing days."""

    aeo_id: str
    state: str
    cycle: int
    due_on: date | None = None
    """Last day for the decision (90 days, extended once by 30)."""
    review_due_on: date | None = None
    """Day of the next re-examination."""
    officers: tuple[str, ...] = ()
    overdue: bool = False


class AccreditationSteps(ABC):
    """The steps of one accreditation (AEO认证)."""

    @activity.defn(name="inspection.accreditation_state")
    @abstractmethod
    async def accreditation_state(self, message: AccreditationStep) -> AccreditationState:
        """The case as it stands."""

    @activity.defn(name="inspection.draw_examiners")
    @abstractmethod
    async def draw_examiners(self, message: AccreditationStep) -> AccreditationState:
        """Draw two officers for the on-site inspection, or leave it visibly unstaffed."""

    @activity.defn(name="inspection.clock_ran_out")
    @abstractmethod
    async def clock_ran_out(self, message: AccreditationStep) -> AccreditationState:
        """Say visibly that the decision is overdue. Decides nothing."""

    @activity.defn(name="inspection.review_fell_due")
    @abstractmethod
    async def review_fell_due(self, message: AccreditationStep) -> AccreditationState:
        """Open the re-examination of a certified enterprise."""

    @activity.defn(name="inspection.decide_accreditation")
    @abstractmethod
    async def decide_accreditation(self, decision: Decision) -> Outcome:
        """Any person's act on the case; ``decision.body['act']`` says which."""
