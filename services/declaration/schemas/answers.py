"""Answers of the declaration API: what was sent is given back, with where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from services.declaration.commands.submission import Accepted
from services.declaration.commands.touches import Asking
from services.declaration.domain.model import Purpose, Submission
from services.declaration.domain.states import LOT
from services.declaration.domain.touch import Consent
from services.kernel.base64url import base64url
from services.kernel.clock import rfc3339
from services.kernel.events import MoneyBody
from services.kernel.fields import Moment
from services.kernel.identifiers import show
from services.kernel.lanes import Lane
from services.kernel.money import Money
from services.kernel.policy import PolicyRow
from services.platform.database import Row
from services.platform.passkeys import RelyingParty, challenge_of


class TouchAsked(BaseModel):
    """What a phone is asked when its holder is to agree by one touch."""

    terms: dict[str, Any] = Field(description="what is agreed to; its digest is the challenge")
    nonce: str = Field(description="goes with the answer")
    challenge: str = Field(description="SHA-256 of the terms as canonical JSON, in base64url")
    rp_id: str
    credentials: list[str] = Field(description="bound phones, in base64url; none: none is bound")
    valid_until: Moment


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
    customs_office: str
    direction: str
    vehicle_plate: str
    foreign_plate: str | None
    manifest_no: str | None
    origin: str
    shipped_from: str
    seller: str
    seller_bank_bic: str
    group_code: str | None
    hs_code: str
    goods_name: str
    perishable: bool
    purpose: Purpose
    value: MoneyBody
    net_kg: str
    gross_kg: str
    pieces: int
    ticket_count: int
    missing: list[Missing]
    carrying_out: Literal["VERDICT", "SALE", "PAYMENT"] | None
    entered_at: Moment = Field(description="as the gate saw it, where it did")
    replay: bool = Field(description="of a port that plays days of the past")
    submitted_at: Moment
    amended_at: Moment | None = Field(None, description="since when it says what it says")
    shares_due_at: Moment | None = Field(description="until when members answer for their shares")
    clock_started_at: Moment | None
    release_due_at: Moment | None
    clock_stopped_at: Moment | None = Field(description="null while the release clock runs")
    clock_ran_out: bool
    released_at: Moment | None
    acts: list[str] | None = Field(
        default=None,
        description="the acts that are open to you in this state; null but where one is read alone",
    )
    call_in_lanes: list[Lane] | None = Field(
        default=None,
        description="how closely you may call it in; null but where it is read alone and you may",
    )


class TicketAnswer(BaseModel):
    """A ticket without personal data."""

    ticket_id: str
    line_no: int
    resident_id: str
    net_kg: str
    value: MoneyBody
    confirmed_at: Moment | None
    consent: Consent | None = Field(
        default=None,
        description="who said yes: its bearer, signed in or by a phone's touch, or the clerk by"
        " mandate; null as long as nobody has, and of goods that their bearer declared alone",
    )
    refused_at: Moment | None


class ManifestAnswer(BaseModel):
    """A manifest and what of it is still undeclared."""

    manifest_no: str
    port: str
    vehicle_plate: str
    foreign_plate: str | None
    carrier: str | None = Field(description="whose manifest it is, as its token names it")
    total_kg: str
    reserved_kg: str
    written_off_kg: str
    left_kg: str
    lodged_at: Moment


class PortQuota(BaseModel):
    """The quota at a port with a limit of its own, and what is left of it."""

    port: str
    limit: MoneyBody
    left: MoneyBody


class QuotaAnswer(BaseModel):
    """A resident's quota of one Beijing day."""

    resident_id: str
    business_on: str
    limit: MoneyBody
    reserved: MoneyBody
    consumed: MoneyBody
    left: MoneyBody
    tickets: int
    ports: list[PortQuota] = Field(description="ports whose limit is another")


class NameFreezeAnswer(BaseModel):
    """Whether a resident lets nobody declare in the own name, and since when."""

    resident_id: str
    frozen: bool
    frozen_at: Moment | None


_AS_DECLARED: Final = (
    "reference",
    "port",
    "customs_office",
    "direction",
    "vehicle_plate",
    "foreign_plate",
    "manifest_no",
    "origin",
    "shipped_from",
    "seller",
    "seller_bank_bic",
    "group_code",
    "hs_code",
    "goods_name",
    "perishable",
    "purpose",
    "pieces",
    "entered_at",
    "replay",
)
"""What an answer gives back as it was filed."""


def _declared(lot: Row | Submission) -> dict[str, Any]:
    given = {name: getattr(lot, name) for name in _AS_DECLARED}
    return {**given, "net_kg": str(lot.net_kg), "gross_kg": str(lot.gross_kg)}


def accepted_answer(accepted: Accepted, now: datetime) -> dict[str, Any]:
    """The receipt of a lot, made from what was just written, without reading it back."""
    lot, clock = accepted.lot, accepted.clock
    return LotAnswer(
        **_declared(lot),
        lot_id=accepted.lot_id,
        state=accepted.state,
        version=accepted.version,
        holder=LOT.holder(accepted.state),
        lane=None,
        order_id=None,
        value=MoneyBody.of(lot.value),
        ticket_count=len(lot.shares),
        missing=_missing(0 if clock else len(lot.shares)),
        carrying_out=None,
        submitted_at=now,
        amended_at=None,
        shares_due_at=accepted.shares_due_at,
        clock_started_at=clock and clock.started_at,
        release_due_at=clock and clock.due_at,
        clock_stopped_at=None,
        clock_ran_out=False,
        released_at=None,
    ).model_dump(mode="json")


def lot_answer(row: Row) -> dict[str, Any]:
    """A lot as it stands."""
    return LotAnswer(
        **_declared(row),
        lot_id=show("lot", row.lot_id),
        state=row.state,
        version=row.version,
        # By the lot's own state: an act answers before its last statement writes the header.
        holder=LOT.holder(row.state),
        lane=row.lane,
        order_id=row.order_id,
        value=_money(row.value_minor, row.currency),
        ticket_count=row.ticket_count,
        missing=_missing(row.unconfirmed),
        carrying_out=row.carrying_out,
        submitted_at=row.submitted_at,
        amended_at=row.amended_at,
        shares_due_at=row.shares_due_at,
        clock_started_at=row.clock_started_at,
        release_due_at=row.release_due_at,
        clock_stopped_at=row.clock_started_at and (row.released_at or row.ended_at),
        clock_ran_out=row.clock_ran_out_at is not None,
        released_at=row.released_at,
    ).model_dump(mode="json")


def ticket_answer(row: Row) -> dict[str, Any]:
    """A ticket without personal data."""
    return TicketAnswer(
        ticket_id=show("tkt", row.ticket_id),
        line_no=row.line_no,
        resident_id=show("res", row.resident_id),
        net_kg=str(row.net_kg),
        value=_money(row.value_minor, row.currency),
        confirmed_at=row.confirmed_at,
        consent=row.consent,
        refused_at=row.refused_at,
    ).model_dump(mode="json")


def manifest_answer(row: Row) -> dict[str, Any]:
    """A manifest with what is left of it."""
    return ManifestAnswer(
        manifest_no=row.manifest_no,
        port=row.port,
        vehicle_plate=row.vehicle_plate,
        foreign_plate=row.foreign_plate,
        carrier=row.carrier,
        total_kg=str(row.total_kg),
        reserved_kg=str(row.reserved_kg),
        written_off_kg=str(row.written_off_kg),
        left_kg=str(row.total_kg - row.reserved_kg - row.written_off_kg),
        lodged_at=row.lodged_at,
    ).model_dump(mode="json")


def quota_answer(
    resident_id: str, day: date, limit: PolicyRow, own: Sequence[PolicyRow], row: Row | None
) -> dict[str, Any]:
    """A day's quota under a limit, and under those that ports have of their own.

    A day without a row is untouched.
    """
    spent = (0, 0, 0) if row is None else (row.reserved_minor, row.consumed_minor, row.tickets)
    reserved, consumed, tickets = spent
    whole, currency = Money.parse(str(limit.value), "CNY"), "CNY"
    return QuotaAnswer(
        resident_id=resident_id,
        business_on=day.isoformat(),
        limit=MoneyBody.of(whole),
        reserved=_money(reserved, currency),
        consumed=_money(consumed, currency),
        left=_left(whole, reserved + consumed),
        tickets=tickets,
        ports=[_at_port(port, reserved + consumed) for port in own],
    ).model_dump(mode="json")


def _at_port(limit: PolicyRow, spent: int) -> PortQuota:
    whole = Money.parse(str(limit.value), "CNY")
    return PortQuota(port=limit.scope, limit=MoneyBody.of(whole), left=_left(whole, spent))


def _left(whole: Money, spent: int) -> MoneyBody:
    """What is left of a limit; where more is spent than a port allows, nothing is."""
    return _money(max(whole.minor - spent, 0), whole.currency)


def name_freeze_answer(resident_id: str, frozen_at: datetime | None) -> dict[str, Any]:
    """Where a name stands; ``frozen_at`` is None of one that may be declared in."""
    return NameFreezeAnswer(
        resident_id=resident_id, frozen=frozen_at is not None, frozen_at=frozen_at
    ).model_dump(mode="json")


def _money(minor: int, currency: str) -> MoneyBody:
    return MoneyBody.of(Money(minor, currency))


def _missing(unconfirmed: int) -> list[Missing]:
    return [Missing(code="SHARES_TO_CONFIRM", count=unconfirmed)] if unconfirmed else []


def touch_asked(asking: Asking, party: RelyingParty | None) -> dict[str, Any]:
    """What a phone is asked; of a window that phones do not know, by no phone."""
    terms = dict(asking.terms)
    return {
        "terms": terms,
        "nonce": terms["nonce"],
        "challenge": base64url(challenge_of(terms)),
        "rp_id": "" if party is None else party.rp_id,
        "credentials": [base64url(one) for one in asking.passkeys if party is not None],
        "valid_until": rfc3339(asking.valid_until),
    }
