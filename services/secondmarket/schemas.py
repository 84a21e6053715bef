"""What callers send to and get from the second market."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field

from services.kernel.events import MoneyBody
from services.kernel.fields import (
    CommodityCode,
    Currency,
    Identifier,
    Kilograms,
    Moment,
    Reference,
    Request,
    UnitPrice,
)


class OrderBody(Request):
    """An order: ``unit_price`` is per kilogram in ``currency``."""

    reference: Reference
    hs_code: CommodityCode
    wanted_kg: Kilograms
    unit_price: UnitPrice
    currency: Currency = "CNY"


class OrderAnswer(BaseModel):
    """The receipt of an order."""

    order_id: str
    reference: str


class OrderShown(BaseModel):
    """An order and how far it is filled."""

    order_id: str
    reference: str
    enterprise_code: str
    hs_code: str
    wanted_kg: Decimal
    bought_kg: Decimal
    unit_price: str
    currency: str
    filled: bool
    created_at: Moment
    cancelled_at: Moment | None = Field(description="since when nothing more is bought under it")


class Sale(Request):
    """A lot and the order that it is sold to."""

    order_id: Identifier
    lot_id: Identifier


class OfferBody(Sale):
    """Agree to sell a whole lot to an order; ``unit_price`` is the order's, per kilogram."""

    unit_price: UnitPrice


class OfferAnswer(BaseModel):
    """What the residents' side agreed to, and what the lot brings at that price."""

    lot_id: str
    order_id: str
    enterprise_code: str
    unit_price: str
    price: MoneyBody


class PurchaseBody(Sale):
    """Buy a whole lot under an order."""


class PurchaseAnswer(BaseModel):
    """What was bought, for how much, and what the residents earned by it together."""

    purchase_id: str
    order_id: str
    lot_id: str
    enterprise_code: str
    net_kg: str
    price: MoneyBody
    residents_income: MoneyBody
    tickets: int
    due_on: date | None


class PurchaseShown(BaseModel):
    """A purchase with its movement and its receipt."""

    purchase_id: str
    order_id: str
    lot_id: str
    enterprise_code: str
    hs_code: str
    net_kg: Decimal
    price: MoneyBody
    state: Literal["BOUGHT", "DISPATCHED", "RECEIVED"]
    bought_at: Moment
    due_on: date | None = Field(description="the last day on which it is to be received")
    overdue: bool
    overdue_days: int = Field(description="how many days ago its day was over, else 0")
    seal_no: str | None
    dispatched_at: Moment | None
    receipt_id: str | None
    book_id: str | None
    received_kg: Decimal | None
    received_at: Moment | None


class IncomeShown(BaseModel):
    """What one ticket brought its resident."""

    ticket_id: str
    lot_id: str
    net_kg: Decimal
    proceeds: MoneyBody
    cost: MoneyBody
    income: MoneyBody
    bought_at: Moment
