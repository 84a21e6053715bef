"""What callers send to and get from the gate."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from services.gate.domain import refusals
from services.kernel.fields import Kilograms, Moment, Plate, Request, Title
from services.kernel.identifiers import show
from services.kernel.refusal import Mistake
from services.platform.database import Row


class PassRequest(Request):
    """The truck as the gate saw it, and what its weighbridge said of this lot's goods."""

    vehicle_plate: Plate
    gross_kg: Annotated[
        Kilograms,
        Field(description="kg of goods and packing, the truck itself taken off"),
    ]


class EntryRequest(Request):
    """What comes in now: a truck by its plate, or a resident on foot by the filing number."""

    vehicle_plate: Plate | None = None
    filing_no: Annotated[
        Title | None, Field(description="on the resident's certificate (边民证)")
    ] = None

    @model_validator(mode="after")
    def _one_comes(self) -> Self:
        if (self.vehicle_plate is None) == (self.filing_no is None):
            raise Mistake(refusals.ENTRY_OF_ONE.at())
        return self


class EntryShown(BaseModel):
    """What came in, and when: lots that it brought are declared for that day."""

    entry_id: str
    port: str
    vehicle_plate: str | None
    resident_id: str | None
    entered_at: Moment

    @classmethod
    def of(cls, row: Row) -> EntryShown:
        """An entry as it stands on record."""
        return cls(
            entry_id=show("ent", row.entry_id),
            port=row.port,
            vehicle_plate=row.vehicle_plate,
            resident_id=None if row.resident_id is None else show("res", row.resident_id),
            entered_at=row.entered_at,
        )


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
    carrier: str | None


def vehicle_shown(row: Row) -> dict[str, Any]:
    """A vehicle's declaration as it is shown."""
    return {name: getattr(row, name) for name in VehicleShown.model_fields}
