"""What callers send to and get from landing processing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, Field, model_validator

from services.kernel.fields import (
    CommodityCode,
    CountedKilograms,
    Day,
    Exact,
    Grounds,
    Identifier,
    Kilograms,
    Plate,
    Reference,
    Request,
    Symbol,
    Title,
    YesNo,
)
from services.kernel.refusal import Mistake
from services.processing.domain import refusals

Net = Annotated[Exact, Field(gt=0, le=10000, decimal_places=6)]
LossRate = Annotated[Exact, Field(ge=0, le=Decimal("0.99"), decimal_places=6)]

OwnReference = Annotated[
    Reference | None,
    Field(
        description="the factory's own, once in a book: the same again is answered with the entry"
        " that it names (200), another entry under it is refused"
    ),
]


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
    reference: OwnReference = None


class ReceiptAnswer(BaseModel):
    """The receipt, and the alerts it raised."""

    receipt_id: str
    purchase_id: str
    lot_id: str
    book_id: str
    bought_kg: str
    received_kg: str
    seal_intact: bool
    reference: str | None
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


class ConsumptionBody(Request):
    """Net consumption (净耗) and process loss rate (工艺损耗率) per kilogram of product."""

    product_hs: CommodityCode
    material_hs: CommodityCode
    net: Net
    loss_rate: LossRate = Decimal(0)
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
    reference: OwnReference = None
    grounds: Annotated[
        Grounds | None,
        Field(description="how it was made, where the book holds less material than it uses"),
    ] = None


class OutputAnswer(BaseModel):
    """What was written off by it."""

    book_id: str
    output_id: str
    product_hs: str
    product_kg: str
    consumed_kg: dict[str, str]
    loss_kg: dict[str, str] = Field(description="what of it is declared process loss")
    reference: str | None
    explained: bool = Field(description="whether grounds were given; they are kept with the report")
    alerts: list[str]


class ScrapBody(Request):
    """Scrap (边角料) of a material on a day."""

    material_hs: CommodityCode
    scrap_kg: Kilograms
    produced_on: Day
    reference: OwnReference = None


class ScrapAnswer(BaseModel):
    """The scrap as entered, and what of all of it the declared loss does not hold."""

    book_id: str
    output_id: str
    material_hs: str
    scrap_kg: str
    reference: str | None
    declared_loss_kg: str
    beyond_loss_kg: str


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


class CorrectionBody(Request):
    """What is to be put right in a book: the fields of its kind, and why."""

    kind: Literal["RECEIPT", "CONSUMPTION", "MATERIAL", "PERIOD", "LOSS", "FOUND"]
    grounds: Annotated[Grounds, Field(min_length=3)]
    receipt_id: Identifier | None = None
    received_kg: Kilograms | None = None
    product_hs: CommodityCode | None = None
    material_hs: CommodityCode | None = None
    net: Net | None = None
    loss_rate: LossRate | None = None
    period_from: Day | None = None
    period_to: Day | None = None
    purchase_id: Identifier | None = None

    @model_validator(mode="after")
    def says_what_becomes(self) -> Self:
        """A correction names the fields of its kind, and no others."""
        values = {"kind", "grounds"}
        given = {name for name, value in self if value is not None} - values
        asked = CORRECTED[self.kind]
        missing = asked - given if self.kind != "PERIOD" or not given else set()
        if missing or given - asked:
            fields = ", ".join(sorted(asked))
            raise Mistake(refusals.CORRECTION_FIELDS.at(kind=self.kind, fields=fields))
        return self


CORRECTED: Final[Mapping[str, frozenset[str]]] = {
    "RECEIPT": frozenset({"receipt_id", "received_kg"}),
    "CONSUMPTION": frozenset({"product_hs", "material_hs", "net", "loss_rate"}),
    "MATERIAL": frozenset({"material_hs"}),
    "PERIOD": frozenset({"period_from", "period_to"}),
    "LOSS": frozenset({"purchase_id"}),
    "FOUND": frozenset({"purchase_id"}),
}
"""Which fields a kind of correction names; of a period's days at least one."""


class CorrectionAnswer(BaseModel):
    """What was asked for; the book is as it was until an officer consents."""

    correction_id: str
    book_id: str
    kind: str
    receipt_id: str | None
    product_hs: str | None
    material_hs: str | None
    former: dict[str, str]
    becomes: dict[str, str]
    state: str
    purchase_id: str | None = Field(None, description="of a load that is lost, or has turned up")


class CorrectionDecisionBody(Request):
    """Consent to a correction, or refuse it, with a reason."""

    decision: Literal["CONSENT", "REFUSE"]
    reason: Annotated[Grounds, Field(min_length=3)]


class CorrectionDecided(BaseModel):
    """Where the book stands after the officer's word."""

    book_id: str
    state: str
    version: int
    correction_id: str
    decision: str
    alerts_waiting: int
