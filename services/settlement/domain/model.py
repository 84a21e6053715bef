"""Values of settlement: lots as settlement sees them, exchanges, payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.kernel.money import Money
from services.kernel.questioned import Question

CHINA: Final = "CN"
GOODS: Final = "GOD"
"""For what a lot's seller is paid."""
RETURNED_GOODS: Final = "RGOD"
"""Of money that comes back for goods."""
PURPOSE_GOODS: Final = frozenset({GOODS, RETURNED_GOODS, "PRGOD"})


class LotStage(StrEnum):
    """What a lot's state means for its money."""

    BEFORE_RELEASE = "BEFORE_RELEASE"
    RELEASED = "RELEASED"
    GONE = "GONE"


#: States of a lot after which its value may be paid for (release has happened).
RELEASED_STATES: Final = frozenset({"RELEASED", "GATE_OUT", "SOLD", "SETTLED", "CLOSED"})
#: States that a lot never leaves towards release.
GONE_STATES: Final = frozenset({"REJECTED", "CANCELLED", "RETURNED", "SEIZED"})


@dataclass(frozen=True, slots=True)
class LotFacts:
    """A lot as settlement sees it, read from the view its owner publishes."""

    lot_id: str
    port: str
    state: str
    direction: str
    seller: str
    group_code: str | None
    submitted_by: str
    value: Money
    seller_bank_bic: str | None
    business_on: date
    bought_by: str | None = None
    question: Question | None = None
    """Whether a name in it is in question."""

    @property
    def side(self) -> str:
        """Who acts for the residents: their group, or the one who declared alone."""
        return f"group:{self.group_code}" if self.group_code else self.submitted_by

    @property
    def stage(self) -> LotStage:
        """Whether the value may be drawn on."""
        if self.state in RELEASED_STATES:
            return LotStage.RELEASED
        return LotStage.GONE if self.state in GONE_STATES else LotStage.BEFORE_RELEASE


@dataclass(frozen=True, slots=True)
class Drawdown:
    """How much of a lot's released value has been drawn."""

    released: Money
    drawn: Money

    @property
    def left(self) -> Money:
        """Released value that nothing has been paid against yet."""
        return self.released - self.drawn

    def gives(self, amount: Money) -> bool:
        """Whether this amount may still be drawn."""
        return amount.currency == self.left.currency and amount.minor <= self.left.minor


@dataclass(frozen=True, slots=True)
class Price:
    """What a pair is dealt at: bid (the bank buys the base), ask (it sells it), and their mid."""

    mid: Decimal
    bid: Decimal
    ask: Decimal


@dataclass(frozen=True, slots=True)
class Conversion:
    """One exchange: what the payer gives, what the payee gets, what the bank keeps."""

    gives: Money
    gets: Money
    at_mid: Money
    rate: Decimal

    @property
    def spread(self) -> Money:
        """The bank's margin, in the currency the payee gets."""
        return self.at_mid - self.gets


@dataclass(frozen=True, slots=True)
class Seller:
    """Who is paid: the registered name and account, and the bank that keeps it."""

    code: str
    name: str
    country: str
    bank_bic: str
    account: str


@dataclass(frozen=True, slots=True)
class Named:
    """Who has a part in a payment by a name, and what he was called before."""

    part: str
    name: str
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment, from its instruction on: who pays whom how much for which lot, by which bank."""

    instruction_id: UUID
    lot_id: UUID
    buyer: str
    seller: Seller
    bank_bic: str
    amount: Money
    paid: Money
    purpose_code: str
    exchange: Conversion | None
    payer_account: bytes | None = None
    """The account to debit, sealed, as it was on file at the paying bank when it was instructed."""

    @property
    def is_a_persons(self) -> bool:
        """Whether who pays is a person, whose particulars are kept sealed."""
        return self.payer_account is not None and self.buyer.startswith("resident:")
