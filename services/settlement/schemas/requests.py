"""Requests of the settlement API, and the wishes in them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from services.kernel.fields import (
    Amount,
    Currency,
    Day,
    Exact,
    Identifier,
    Instant,
    Reference,
    Remark,
    Request,
)
from services.kernel.money import Money
from services.kernel.refusal import Mistake, Refused
from services.settlement.commands.instructing import Instruction
from services.settlement.commands.market import Quote
from services.settlement.domain import refusals
from services.settlement.domain.model import PAIRS
from services.settlement.domain.rules.pricing import pair_named

Rate = Annotated[Exact, Field(gt=0, lt=10**9, decimal_places=6)]


# Not among the words that are kept: a resident is named by number, and only a hash of it stays.
Screened = Annotated[
    str,
    StringConstraints(
        strict=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$"
    ),
]


class QuoteRequest(Request):
    """A bank's quote: its mid, or bid and ask, for a volume of the base currency."""

    pair: Annotated[str, Field(description=f"one of {', '.join(PAIRS)}")]
    mid: Rate | None = None
    bid: Rate | None = None
    ask: Rate | None = None
    volume: Annotated[Exact, Field(gt=0, lt=10**15, decimal_places=2)]
    valid_until: Instant | None = None

    @model_validator(mode="after")
    def says_a_price(self) -> Self:
        """Give the mid, or both sides; a mid lies between its sides."""
        if self.mid is None and (self.bid is None or self.ask is None):
            raise Mistake(refusals.QUOTE_SIDES.at())
        sides = [side for side in (self.bid, self.middle, self.ask) if side is not None]
        if sides != sorted(sides):
            raise Mistake(refusals.QUOTE_ORDER.at())
        return self

    @property
    def middle(self) -> Decimal:
        """The mid as given, else the middle of the two sides."""
        if self.mid is not None:
            return self.mid
        return ((self.bid or Decimal(0)) + (self.ask or Decimal(0))) / 2


class AbsenceRequest(Request):
    """A day on which the bank does not do its rota duty."""

    absent_on: Day


class FirmQuoteRequest(Request):
    """What the payer gives, and in which currency the seller is paid."""

    amount: Amount
    currency: Currency = "CNY"
    pay_currency: Currency


class InstructionRequest(Request):
    """Pay the seller of a released lot: the lot's value, in the seller's currency."""

    client_reference: Reference
    lot_id: Identifier
    amount: Amount
    currency: Currency = "CNY"
    pay_currency: Currency = "CNY"
    purpose_code: Annotated[
        str | None, StringConstraints(strict=True, max_length=8), Field(description="GOD for goods")
    ] = None
    firm_quote_id: Identifier | None = None


class ComplianceRequest(Request):
    """A person of bank compliance signs: release takes two different persons."""

    act: Literal["release", "refuse"]
    remark: Annotated[Remark, Field(min_length=1)]


class ScreeningEntryRequest(Request):
    """A name, or a resident by number, for a screening list. Only a hash of it is kept."""

    list_name: Reference
    reference: Reference
    kind: Literal["NAME", "RESIDENT"]
    value: Screened


def quote(body: QuoteRequest, now: datetime) -> Quote:
    """A bank's quote as the market takes it. Raises Refused PAIR_UNKNOWN, REQUEST_INVALID."""
    if body.valid_until is not None and body.valid_until <= now:
        raise Refused(refusals.QUOTE_ENDED.at("/valid_until"))
    return Quote(
        pair=pair_named(body.pair),
        mid=body.middle,
        volume=body.volume,
        bid=body.bid,
        ask=body.ask,
        valid_until=body.valid_until or now + timedelta(days=1),
    )


def instruction(body: InstructionRequest) -> Instruction:
    """The wish in a request. Raises Refused AMOUNT_INVALID, CURRENCY_UNKNOWN."""
    return Instruction(
        client_reference=body.client_reference,
        lot_id=body.lot_id,
        amount=Money.parse(body.amount, body.currency),
        pay_currency=body.pay_currency,
        purpose_code=body.purpose_code,
        firm_quote_id=body.firm_quote_id,
    )
