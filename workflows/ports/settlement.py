"""What workflows ask of the settlement service. Queue ``settlement``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Final

from temporalio import activity

from services.kernel.messages import Decision, Message, Outcome

QUEUE: Final = "settlement"
RMB_SETTLEMENT: Final = "RmbSettlement"


class SettlementOutcome(Message):
    """How a settlement ended. Settled only on the bank's own word."""

    instruction_id: str
    lot_id: str
    state: str
    """SETTLED, REJECTED (by the bank) or REFUSED (by rule or by compliance)."""
    settled_minor: int = 0
    currency: str = "CNY"


class BankStatusSignal(Message):
    """Signal ``bank_answered``: a status for this case lies in the inbox."""

    instruction_id: str
    report_id: str
    line_no: int


class SettlementStep(Message):
    """A step of the window itself on an instruction."""

    instruction_id: str


class AskBank(Message):
    """Ask a silent bank again, for the n-th time."""

    instruction_id: str
    attempt: int


class SettlementStanding(Message):
    """Where an instruction stands after a step, and how long its bank may stay silent."""

    instruction_id: str
    state: str
    ask_after_s: int = 30
    ask_at_most_every_s: int = 3600
    escalate_after_s: int = 60
    amount_minor: int = 0
    currency: str = "CNY"


class SettlementWait(Message):
    """A wait for the bank that goes on in a new run, so that its history stays bounded."""

    standing: SettlementStanding
    pause_s: int
    escalate_at: datetime
    escalated: bool = False
    attempt: int = 0
    """How often the bank was asked again, over all runs."""
    unread: tuple[BankStatusSignal, ...] = ()
    """Answers that have come and are not carried out yet."""


class SettlementCase(Message):
    """Input of the workflow ``RmbSettlement``; its workflow id is ``instruction_id``."""

    instruction_id: str
    lot_id: str
    waiting: SettlementWait | None = None
    """Where a long wait for the bank goes on; None at the beginning of a case."""


class SettlementSteps(ABC):
    """The steps of one settlement; each is one transaction that is safe to run twice."""

    @activity.defn(name="settlement.examine")
    @abstractmethod
    async def examine(self, message: SettlementStep) -> SettlementStanding:
        """Draw the released value down once, check the trade background, screen the names."""

    @activity.defn(name="settlement.record_compliance")
    @abstractmethod
    async def record_compliance(self, decision: Decision) -> Outcome:
        """A person of bank compliance releases or refuses what is held; release takes two."""

    @activity.defn(name="settlement.offer")
    @abstractmethod
    async def offer(self, message: SettlementStep) -> SettlementStanding:
        """Reserve the funds at the locked quote and offer the message to the bank."""

    @activity.defn(name="settlement.apply_status")
    @abstractmethod
    async def apply_status(self, message: BankStatusSignal) -> SettlementStanding:
        """Carry out the bank's word: post, void and give back, or go on waiting."""

    @activity.defn(name="settlement.ask_again")
    @abstractmethod
    async def ask_again(self, message: AskBank) -> SettlementStanding:
        """Record a status request; it shows in the bank's list of what waits for it."""

    @activity.defn(name="settlement.escalate")
    @abstractmethod
    async def escalate(self, message: SettlementStep) -> SettlementStanding:
        """Say visibly that the settlement is later than promised. Pays nothing."""
