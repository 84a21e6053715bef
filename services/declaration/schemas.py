"""Requests and answers of the declaration API."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StringConstraints,
    model_validator,
)
from stdnum import bic as bic_number
from stdnum.iso7064 import mod_11_2

from services.declaration.commands.submission import Accepted
from services.declaration.domain import refusals
from services.declaration.domain.model import Purpose, Share, Submission
from services.declaration.domain.states import LOT
from services.kernel.clock import rfc3339
from services.kernel.fields import Instant, Whole, YesNo, few_mistakes
from services.kernel.identifiers import show
from services.kernel.money import Money
from services.kernel.quantity import decimal_text, kilograms
from services.kernel.refusal import Mistake
from services.kernel.wording import fit_to_keep
from services.platform.database import Row
from services.platform.vault import Vault

# Control characters are no text: PostgreSQL cannot store NUL, and logs and labels break on others.
_PRINTABLE: Final = r"^[^\x00-\x1f\x7f-\x9f]+$"
_RESIDENT_NO: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")

Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=120, strip_whitespace=True, pattern=_PRINTABLE),
    AfterValidator(fit_to_keep),
]
Code = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]{1,64}$"), AfterValidator(fit_to_keep)
]
Plate = Annotated[
    str, StringConstraints(min_length=1, max_length=20, strip_whitespace=True, pattern=_PRINTABLE)
]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


Weight = Annotated[
    Decimal,
    BeforeValidator(decimal_text, json_schema_input_type=str),
    Field(gt=0, max_digits=15, decimal_places=3, description="kg, up to three decimals"),
]
Amount = Annotated[
    Decimal,
    BeforeValidator(decimal_text, json_schema_input_type=str),
    Field(gt=0, max_digits=15, decimal_places=2, description="a decimal string, in CNY"),
]


def _bic(text: str) -> str:
    """A bank that could be paid: the form of ISO 9362 with a country that there is."""
    if not bic_number.is_valid(text):
        raise Mistake(refusals.BIC_FORM.at())
    return text


Bic = Annotated[
    str, StringConstraints(pattern=r"^[A-Z0-9]{8}([A-Z0-9]{3})?$"), AfterValidator(_bic)
]


Entry = Annotated[Instant, Field(ge=datetime(1996, 4, 1, tzinfo=UTC))]  # Order 56 is of 1996.


class Request(BaseModel):
    """Base of requests: an unknown field is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid")


class TicketRequest(Request):
    """One resident's share. The number travels in the body only and is never shown again."""

    resident_no: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    net_kg: Weight
    value: Amount


class LotRequest(Request):
    """A lot: one truck's goods in the names of 1 to 1,000 residents."""

    reference: Code
    port: Code
    customs_office: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    direction: Literal["I"] = "I"
    vehicle_plate: Plate
    foreign_plate: Plate | None = None
    manifest_no: Code | None = None
    entered_at: Entry
    origin: Country
    shipped_from: Country
    seller: Text
    seller_bank_bic: Bic
    group_code: Code | None = None
    hs_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,10}$")]
    goods_name: Text
    perishable: YesNo
    net_kg: Weight
    gross_kg: Weight
    pieces: Annotated[Whole, Field(ge=1, le=10_000_000)]
    value: Amount
    currency: Literal["CNY"] = "CNY"
    purpose: Purpose = Purpose.RESALE
    tickets: Annotated[list[TicketRequest], Field(min_length=1, max_length=1000)]

    @model_validator(mode="wrap")
    @classmethod
    def _mistakes(cls, body: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        return few_mistakes(body, read)


class ConfirmationRequest(Request):
    """A member confirms the own share; a clerk all shares of members who gave a mandate."""

    by_mandate: YesNo = False


class CancellationRequest(Request):
    """Why the lot is withdrawn. The reason is kept in the case's log, so nobody is named in it."""

    reason: Text


class ManifestRequest(Request):
    """What a truck carries, lodged by its carrier."""

    manifest_no: Code
    port: Code
    vehicle_plate: Plate
    foreign_plate: Plate | None = None
    total_kg: Weight


class GatePassRequest(Request):
    """The truck as the gate saw it, and what its weighbridge said of this lot's goods."""

    vehicle_plate: Plate
    gross_kg: Annotated[
        Weight, Field(description="kg of the goods with their packing, the truck itself taken off")
    ]


class MoneyAnswer(BaseModel):
    """A sum: a decimal string and its ISO 4217 code."""

    amount: str
    currency: str


class Missing(BaseModel):
    """What a lot still waits for, as a code with a number."""

    code: str
    count: int


class LotAnswer(BaseModel):
    """A lot as its parties see it."""

    lot_id: str
    reference: str
    state: str
    version: int
    holder: str = Field(description="who has to act now")
    lane: str | None
    order_id: str | None
    port: str
    group_code: str | None
    hs_code: str
    goods_name: str
    perishable: bool
    purpose: Purpose
    value: MoneyAnswer
    net_kg: str
    gross_kg: str
    ticket_count: int
    missing: list[Missing]
    carrying_out: Literal["VERDICT", "SALE", "PAYMENT"] | None
    entered_at: str
    submitted_at: str
    clock_started_at: str | None
    release_due_at: str | None
    clock_ran_out: bool
    released_at: str | None


class LotPage(BaseModel):
    """A page of lots, newest last."""

    items: list[LotAnswer]
    next_cursor: str | None


class TicketAnswer(BaseModel):
    """A ticket without personal data."""

    ticket_id: str
    line_no: int
    resident_id: str
    net_kg: str
    value: MoneyAnswer
    confirmed_at: str | None


class TicketPage(BaseModel):
    """A page of a lot's tickets, in line order."""

    items: list[TicketAnswer]
    next_cursor: str | None


class ManifestAnswer(BaseModel):
    """A manifest and what of it is still undeclared."""

    manifest_no: str
    port: str
    vehicle_plate: str
    total_kg: str
    reserved_kg: str
    written_off_kg: str
    left_kg: str


class QuotaAnswer(BaseModel):
    """A resident's quota of one Beijing day."""

    resident_id: str
    business_on: str
    limit: MoneyAnswer
    reserved: MoneyAnswer
    consumed: MoneyAnswer
    left: MoneyAnswer
    tickets: int


def submission(body: LotRequest, vault: Vault) -> Submission:
    """The request as the rules see it: identity numbers become keyed hashes here and end here."""
    fields = body.model_dump(exclude={"tickets", "value", "currency", "net_kg", "gross_kg"})
    shares = [
        Share(
            resident=vault.keyed_hash(t.resident_no) if is_resident_no(t.resident_no) else None,
            net_kg=kilograms(t.net_kg),
            value=Money.parse(t.value, body.currency),
        )
        for t in body.tickets
    ]
    return Submission(
        **{**fields, "entered_at": body.entered_at.astimezone(UTC)},
        net_kg=kilograms(body.net_kg),
        gross_kg=kilograms(body.gross_kg),
        value=Money.parse(body.value, body.currency),
        shares=shares,
    )


def is_resident_no(number: str) -> bool:
    """18 characters with a valid ISO 7064 MOD 11-2 check character (GB 11643)."""
    return _RESIDENT_NO.fullmatch(number) is not None and bool(mod_11_2.is_valid(number))


def accepted_answer(lot: Submission, accepted: Accepted, now: datetime) -> dict[str, Any]:
    """The receipt of a lot, made from what was just written, without reading it back."""
    clock = accepted.clock
    unconfirmed = 0 if clock else len(lot.shares)
    return {
        "lot_id": accepted.lot_id,
        "reference": lot.reference,
        "state": accepted.state,
        "version": accepted.version,
        "holder": LOT.holder(accepted.state),
        "lane": None,
        "order_id": None,
        "port": lot.port,
        "group_code": lot.group_code,
        "hs_code": lot.hs_code,
        "goods_name": lot.goods_name,
        "perishable": lot.perishable,
        "purpose": lot.purpose,
        "value": money_answer(lot.value.minor, lot.value.currency),
        "net_kg": str(lot.net_kg),
        "gross_kg": str(lot.gross_kg),
        "ticket_count": len(lot.shares),
        "missing": _missing(unconfirmed),
        "carrying_out": None,
        "entered_at": rfc3339(lot.entered_at),
        "submitted_at": rfc3339(now),
        "clock_started_at": clock and rfc3339(clock.started_at),
        "release_due_at": clock and rfc3339(clock.due_at),
        "clock_ran_out": False,
        "released_at": None,
    }


def lot_answer(row: Row) -> dict[str, Any]:
    """A lot as it stands."""
    return {
        "lot_id": show("lot", row.lot_id),
        "reference": row.reference,
        "state": row.state,
        "version": row.version,
        "holder": row.holder,
        "lane": row.lane,
        "order_id": row.order_id,
        "port": row.port,
        "group_code": row.group_code,
        "hs_code": row.hs_code,
        "goods_name": row.goods_name,
        "perishable": row.perishable,
        "purpose": row.purpose,
        "value": money_answer(row.value_minor, row.currency),
        "net_kg": str(row.net_kg),
        "gross_kg": str(row.gross_kg),
        "ticket_count": row.ticket_count,
        "missing": _missing(row.unconfirmed),
        "carrying_out": row.carrying_out,
        "entered_at": rfc3339(row.entered_at),
        "submitted_at": rfc3339(row.submitted_at),
        "clock_started_at": _instant(row.clock_started_at),
        "release_due_at": _instant(row.release_due_at),
        "clock_ran_out": row.clock_ran_out_at is not None,
        "released_at": _instant(row.released_at),
    }


def ticket_answer(row: Row) -> dict[str, Any]:
    """A ticket without personal data."""
    return {
        "ticket_id": show("tkt", row.ticket_id),
        "line_no": row.line_no,
        "resident_id": show("res", row.resident_id),
        "net_kg": str(row.net_kg),
        "value": money_answer(row.value_minor, row.currency),
        "confirmed_at": _instant(row.confirmed_at),
    }


def manifest_answer(row: Row) -> dict[str, Any]:
    """A manifest with what is left of it."""
    return {
        "manifest_no": row.manifest_no,
        "port": row.port,
        "vehicle_plate": row.vehicle_plate,
        "total_kg": str(row.total_kg),
        "reserved_kg": str(row.reserved_kg),
        "written_off_kg": str(row.written_off_kg),
        "left_kg": str(row.total_kg - row.reserved_kg - row.written_off_kg),
    }


def quota_answer(resident_id: str, day: date, limit: Money, row: Row | None) -> dict[str, Any]:
    """A day's quota; a day without a row is untouched."""
    spent = (0, 0, 0) if row is None else (row.reserved_minor, row.consumed_minor, row.tickets)
    (reserved, consumed, tickets), currency = spent, limit.currency
    return {
        "resident_id": resident_id,
        "business_on": day.isoformat(),
        "limit": money_answer(limit.minor, currency),
        "reserved": money_answer(reserved, currency),
        "consumed": money_answer(consumed, currency),
        "left": money_answer(limit.minor - reserved - consumed, currency),
        "tickets": tickets,
    }


def money_answer(minor: int, currency: str) -> dict[str, str]:
    """A sum at the edge."""
    return {"amount": Money(minor, currency).amount, "currency": currency}


def _missing(unconfirmed: int) -> list[dict[str, Any]]:
    return [{"code": "SHARES_TO_CONFIRM", "count": unconfirmed}] if unconfirmed else []


def _instant(value: datetime | None) -> str | None:
    return None if value is None else rfc3339(value)
