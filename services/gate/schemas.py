"""What callers send to and get from the gate."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, Field, model_validator

from services.gate.domain import refusals
from services.gate.domain.rules.control import (
    LEAVES_FROM,
    came_in_on_its_day,
    fits_beside_the_manifest,
    no_name_in_question,
    nothing_keeps_it_in,
    truck_is_here,
)
from services.kernel.fields import Kilograms, Moment, Plate, Request, Title
from services.kernel.identifiers import show
from services.kernel.refusal import Mistake
from services.kernel.rule import asked
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


class EntryAnswer(EntryShown):
    """What came in, as it was recorded now, or within the minutes before."""

    same_until: Moment | None = Field(
        default=None,
        description="the truck's entry was on record already and nothing was written (200): until"
        " when another record of it is this same entry, unless it has left before",
    )

    @classmethod
    def answering(cls, row: Row, same_until: datetime | None) -> EntryAnswer:
        """An entry as it stands on record, and whether it stood there before it was asked for."""
        return cls(**EntryShown.of(row).model_dump(), same_until=same_until)


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


class LotInside(BaseModel):
    """A lot that is declared and not out, as whoever keeps the gate looks at its truck."""

    lot_id: str
    reference: str
    state: str
    version: int
    holder: str
    goods_name: str
    gross_kg: str
    vehicle_plate: str
    foreign_plate: str | None
    may_leave: bool = Field(description="it is released and nothing keeps it in, as of now")
    kept_by_customs: bool = Field(description="released, and not to leave before an inspection")
    kept_for_a_name: bool = Field(description="released, and somebody says that it was not them")
    truck_elsewhere: bool = Field(
        description="released, and its truck came in at another port since it came in here"
    )
    truck_entered_later: bool = Field(
        description="released, and its truck came in here after the lot's day and not on it"
    )
    no_room_beside_manifest: bool = Field(
        description="released, declared without its truck's manifest, and more than the others of"
        " the entry leave of the truck's rated load"
    )

    @classmethod
    def of(cls, row: Row, *, day: date) -> LotInside:
        """A lot as it stands, and by the rules of which day it may leave."""
        shown = {name: getattr(row, name) for name in _AS_IT_STANDS}
        kept = bool(asked(day, nothing_keeps_it_in, kept_in=row.kept_in))
        in_question = bool(asked(day, no_name_in_question, in_question=row.in_question))
        elsewhere = bool(asked(day, truck_is_here, elsewhere=row.elsewhere))
        later = bool(asked(day, came_in_on_its_day, entered_later=row.entered_later))
        room = {"lot_kg": row.gross_kg, "left_kg": row.room_kg}
        no_room = bool(asked(day, fits_beside_the_manifest, **room))
        stays = kept or in_question or elsewhere or later or no_room
        may_leave = row.state == LEAVES_FROM and not stays
        return cls(
            lot_id=show("lot", row.lot_id),
            gross_kg=str(row.gross_kg),
            may_leave=may_leave,
            kept_by_customs=kept,
            kept_for_a_name=in_question,
            truck_elsewhere=elsewhere,
            truck_entered_later=later,
            no_room_beside_manifest=no_room,
            **shown,
        )


_AS_IT_STANDS: Final = (
    *("reference", "state", "version", "holder"),
    *("goods_name", "vehicle_plate", "foreign_plate"),
)


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
