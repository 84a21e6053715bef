"""Requests of the settlement API, and the wishes in them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.kernel.fields import (
    Amount,
    Currency,
    Identifier,
    Reference,
    Remark,
    Request,
)
from services.kernel.money import Money
from services.settlement.commands.instructing import Instruction


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
