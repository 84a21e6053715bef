"""What callers send to and get from landing processing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.kernel.fields import (
    CommodityCode,
    CountedKilograms,
    Day,
    Exact,
    Grounds,
    Identifier,
    Kilograms,
    Moment,
    Plate,
    Request,
    Symbol,
    Title,
    YesNo,
)


class MovementBody(Request):
    """The escorted movement to the factory."""

    seal_no: Title
    vehicle_plate: Plate


class MovementAnswer(BaseModel):
    """The movement has begun."""

    purchase_id: str
    lot_id: str
    seal_no: str


class ReceiptBody(Request):
    """What the factory's scale showed."""

    purchase_id: Identifier
    book_id: Identifier
    received_kg: Kilograms
    seal_intact: YesNo = True


class ReceiptAnswer(BaseModel):
    """The receipt, and the alerts it raised."""

    receipt_id: str
    purchase_id: str
    lot_id: str
    book_id: str
    bought_kg: str
    received_kg: str
    seal_intact: bool
    alerts: list[str]


class BookBody(Request):
    """A period, both days included."""

    period_from: Day
    period_to: Day


class BookAnswer(BaseModel):
    """The opened book with the stock carried over."""

    book_id: str
    state: str
    opening_kg: dict[str, str]
    version: int


class MaterialShown(BaseModel):
    """The balance of a material; ``unexplained_kg`` once it is counted."""

    material_hs: str
    opening_kg: Decimal
    received_kg: Decimal
    consumed_kg: Decimal
    scrap_kg: Decimal
    closing_kg: Decimal | None
    unexplained_kg: Decimal | None
    remaining_kg: Decimal


class ConsumptionShown(BaseModel):
    """Unit consumption as declared."""

    product_hs: str
    material_hs: str
    net: str
    loss_rate: str
    unit: str
    processing_rule: str
    processes: list[str]
    declared_at: Moment


class ProductShown(BaseModel):
    """Products of a period."""

    product_hs: str
    product_kg: Decimal
    reports: int


class BookShown(BaseModel):
    """An e-book period."""

    book_id: str
    enterprise_code: str
    port: str
    period_from: date
    period_to: date
    state: str
    version: int
    opened_at: Moment
    ran_out_at: Moment | None
    closed_at: Moment | None


class BookDetail(BookShown):
    """An e-book period with its balance."""

    materials: list[MaterialShown]
    unit_consumptions: list[ConsumptionShown]
    products: list[ProductShown]


class ConsumptionBody(Request):
    """Net consumption (净耗) and process loss rate (工艺损耗率) per kilogram of product."""

    product_hs: CommodityCode
    material_hs: CommodityCode
    net: Annotated[Exact, Field(gt=0, le=10000, decimal_places=6)]
    loss_rate: Annotated[Exact, Field(ge=0, le=Decimal("0.99"), decimal_places=6)] = Decimal(0)
    processes: Annotated[list[Symbol], Field(max_length=20, default_factory=list)]


class ConsumptionAnswer(BaseModel):
    """The declared unit consumption (单耗)."""

    book_id: str
    product_hs: str
    material_hs: str
    net: str
    loss_rate: str
    unit: str
    processing_rule: str


class OutputBody(Request):
    """Products made on a day."""

    product_hs: CommodityCode
    product_kg: Kilograms
    produced_on: Day


class OutputAnswer(BaseModel):
    """What was written off by it."""

    book_id: str
    output_id: str
    product_hs: str
    product_kg: str
    consumed_kg: dict[str, str]


class ScrapBody(Request):
    """Scrap (边角料) of a material on a day."""

    material_hs: CommodityCode
    scrap_kg: Kilograms
    produced_on: Day


class ScrapAnswer(BaseModel):
    """The scrap as entered."""

    book_id: str
    output_id: str
    material_hs: str
    scrap_kg: str


class ReversalAnswer(BaseModel):
    """The entry that takes a report back; its weights are negative."""

    book_id: str
    output_id: str
    reverses: str
    hs_code: str
    weight_kg: str
    consumed_kg: dict[str, str]


class CountBody(Request):
    """What is left of every material of the book."""

    closing_kg: Annotated[dict[CommodityCode, CountedKilograms], Field(max_length=1000)]


class ClosingAnswer(BaseModel):
    """Whether the period is closed, or which alerts an officer must close first."""

    book_id: str
    state: str
    version: int
    alerts: list[str]
    closing_kg: dict[str, str]
    unexplained_kg: dict[str, str]


class AlertBody(Request):
    """Accept the difference with a reason, or give the book back to be corrected."""

    resolution: Literal["ACCEPT", "REOPEN"]
    reason: Annotated[Grounds, Field(min_length=3)]


class AlertAnswer(BaseModel):
    """Where the book stands after the officer's word."""

    book_id: str
    state: str
    version: int
    alert_id: str
    alerts_waiting: int


class AlertShown(BaseModel):
    """An alert and the officer's word on it."""

    alert_id: str
    book_id: str
    enterprise_code: str
    kind: str
    hs_code: str
    receipt_id: str | None
    deviation: str
    tolerance: str
    state: str
    raised_at: Moment
    closed_at: Moment | None
    closed_by: str | None
    reason: str | None
