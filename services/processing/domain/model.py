"""What callers ask of landing processing, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DispatchRequest:
    """The escorted movement of a purchase: under which seal, on which vehicle."""

    purchase_id: str
    seal_no: str
    vehicle_plate: str


@dataclass(frozen=True, slots=True)
class ReceiptRequest:
    """What the factory's scale showed for one purchase, and whether the seal was intact."""

    purchase_id: str
    book_id: str
    received_kg: Decimal
    seal_intact: bool
    reference: str | None = None
    """The factory's own, so that a receipt sent twice is entered once."""


@dataclass(frozen=True, slots=True)
class ConsumptionRequest:
    """Unit consumption (单耗) of a material by a product, per kilogram of product."""

    book_id: str
    product_hs: str
    material_hs: str
    net: Decimal
    loss_rate: Decimal
    processes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutputRequest:
    """Products made on a day, or scrap (边角料) of a material."""

    book_id: str
    hs_code: str
    weight_kg: Decimal
    produced_on: date
    reference: str | None = None
    """The factory's own, so that a report sent twice is entered once."""
    grounds: str | None = None
    """How more was made than the book's material gives, if it was."""


@dataclass(frozen=True, slots=True)
class Count:
    """What is left of every material at closing, in kilograms."""

    closing_kg: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """What a factory asks to have put right, and why; which fields it names says the kind."""

    book_id: str
    kind: str
    grounds: str
    receipt_id: str | None = None
    received_kg: Decimal | None = None
    product_hs: str | None = None
    material_hs: str | None = None
    net: Decimal | None = None
    loss_rate: Decimal | None = None
    period_from: date | None = None
    period_to: date | None = None
    purchase_id: str | None = None
