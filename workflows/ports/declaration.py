"""What workflows ask of the declaration service. Queue ``declaration``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Final

from temporalio import activity

from services.kernel.messages import Decision, Message, Outcome

QUEUE: Final = "declaration"
RESIDENT_DECLARATION: Final = "ResidentDeclaration"


class LotCase(Message):
    """Input of the workflow ``ResidentDeclaration``; its workflow id is ``lot_id``."""

    lot_id: str
    identity_confirmed: bool = False
    """Whether every share was confirmed when the lot was submitted (a resident's own phone)."""
    release_due_at: datetime | None = None
    """When the release clock ends, if it runs already; cases begun earlier were not told."""


class IdentityConfirmedSignal(Message):
    """Signal ``identity_confirmed``: every share is confirmed, and the release clock runs."""

    lot_id: str
    release_due_at: datetime


class ReleaseClockRanOutSignal(Message):
    """Signal ``clock_ran_out``: the lot's inspection was not decided in the legal time."""

    lot_id: str
    at: datetime


class GatePassedSignal(Message):
    """Signal ``gate_passed``: the goods left the supervised place."""

    lot_id: str


class LotSoldSignal(Message):
    """Signal ``lot_sold``: the title passed to a factory."""

    lot_id: str
    purchase_id: str


class SettlementRequestedSignal(Message):
    """Signal ``settlement_requested``: an instruction drew on the lot's released value."""

    lot_id: str
    instruction_id: str


class LotStep(Message):
    """A step of the window itself on a lot."""

    lot_id: str


class EscalateLot(Message):
    """Say that a lot's release clock ran out; ``at`` is the moment in its case's own time."""

    lot_id: str
    at: datetime | None = None


class ReleaseLot(Message):
    """Release a lot, screened green or passed by an inspection."""

    lot_id: str
    lane: str
    order_id: str | None = None


class SendToInspection(Message):
    """Keep a lot back for its inspection order."""

    lot_id: str
    lane: str
    order_id: str


class EndUnreleased(Message):
    """End a lot that inspection did not pass; ``move`` is reject, return or seize."""

    lot_id: str
    order_id: str
    move: str
    disposal: str


class RecordSale(Message):
    """Record that a factory bought the lot."""

    lot_id: str
    purchase_id: str


class LotStanding(Message):
    """Where a lot stands after a step."""

    lot_id: str
    state: str
    release_due_at: datetime | None = None
    own_use: bool = False
    value_minor: int = 0
    settled_minor: int = 0


class DeclarationSteps(ABC):
    """The steps of a lot's case; each is one transaction that is safe to run twice."""

    @activity.defn(name="declaration.release_lot")
    @abstractmethod
    async def release_lot(self, message: ReleaseLot) -> LotStanding:
        """Let the goods go: consume quota, write off the manifest."""

    @activity.defn(name="declaration.send_to_inspection")
    @abstractmethod
    async def send_to_inspection(self, message: SendToInspection) -> LotStanding:
        """Keep the lot back; its release clock goes on."""

    @activity.defn(name="declaration.end_unreleased")
    @abstractmethod
    async def end_unreleased(self, message: EndUnreleased) -> LotStanding:
        """Refuse, return or seize; give quota and weight back."""

    @activity.defn(name="declaration.cancel_lot")
    @abstractmethod
    async def cancel_lot(self, decision: Decision) -> Outcome:
        """Withdraw a lot before release at its party's word."""

    @activity.defn(name="declaration.clock_ran_out")
    @abstractmethod
    async def clock_ran_out(self, message: EscalateLot) -> LotStanding:
        """Say visibly that the release clock ran out. Releases nothing."""

    @activity.defn(name="declaration.record_sale")
    @abstractmethod
    async def record_sale(self, message: RecordSale) -> LotStanding:
        """The factory's purchase takes effect on the lot."""

    @activity.defn(name="declaration.close_if_settled")
    @abstractmethod
    async def close_if_settled(self, message: LotStep) -> LotStanding:
        """Settle and close a lot that is out, sold (or for own use) and paid in full."""
