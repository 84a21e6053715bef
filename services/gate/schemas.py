"""What callers send to and get from the gate."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.kernel.fields import Kilograms, Moment, Plate, Request
from services.kernel.identifiers import show
from services.platform.database import Row


class PassRequest(Request):
    """The truck as the gate saw it, and what its weighbridge said of this lot's goods."""

    vehicle_plate: Plate
    gross_kg: Annotated[
        Kilograms,
        Field(description="kg of goods and packing, the truck itself taken off"),
    ]


class PassAnswer(BaseModel):
    """A lot's exit, and where the lot stands after it."""

    lot_id: str
    state: str
    version: int
    carrying_out: Literal["SALE", "PAYMENT"] | None = Field(
        description="what was done before it was out, and becomes of the lot now"
    )
    vehicle_plate: str
    gross_kg: str
    passed_at: Moment


class PassShown(BaseModel):
    """A lot's exit, for whoever keeps the gate; who let it out is the log's to say."""

    lot_id: str
    reference: str
    vehicle_plate: str
    gross_kg: str
    passed_at: Moment

    @classmethod
    def of(cls, row: Row) -> PassShown:
        """A pass as it stands on record."""
        return cls(
            lot_id=show("lot", row.lot_id),
            reference=row.reference,
            vehicle_plate=row.vehicle_plate,
            gross_kg=str(row.gross_kg),
            passed_at=row.passed_at,
        )


class VehicleShown(BaseModel):
    """A vehicle's latest entry declaration and how long it is valid."""

    domestic_plate: str
    foreign_plate: str
    port: str
    declared_at: Moment
    valid_until: Moment
    rated_load_kg: Decimal
    tare_kg: Decimal
