"""Requests of the declaration API."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from services.declaration.commands.touches import Touch
from services.declaration.domain import refusals
from services.declaration.domain.amendment import Amendment, TicketChange
from services.declaration.domain.model import Purpose, Share, Submission
from services.kernel.canonical import identity_number
from services.kernel.fields import (
    Base64Url,
    Bic,
    Code,
    Country,
    CustomsOffice,
    Exact,
    HsCode,
    IdentityNumber,
    Instant,
    Kilograms,
    Label,
    ManifestNo,
    Plate,
    PortCode,
    Reference,
    Request,
    Title,
    Whole,
    YesNo,
    few_mistakes,
)
from services.kernel.identity import identity_fault
from services.kernel.money import Money
from services.kernel.quantity import kilograms
from services.kernel.refusal import Refusal, Refused
from services.platform import problem
from services.platform.mistaken import refusal_of
from services.platform.passkeys import Assertion, Unfit, read_base64url
from services.platform.vault import Vault

Entry = Annotated[Instant, Field(ge=datetime(1996, 4, 1, tzinfo=UTC))]  # Order 56 is of 1996.
Yuan = Annotated[
    Exact, Field(gt=0, max_digits=15, decimal_places=2, description="a decimal string, in CNY")
]


class TouchRequest(Request):
    """What a phone answers when its holder agrees by one touch (``navigator.credentials.get``)."""

    nonce: Annotated[str, Field(max_length=200, description="of the asking that is answered")]
    credential_id: Base64Url
    authenticator_data: Base64Url
    client_data: Base64Url
    signature: Base64Url


class TicketRequest(Request):
    """One resident's share. The number travels in the body only and is never shown again."""

    resident_no: IdentityNumber
    net_kg: Kilograms
    value: Yuan


class LotRequest(Request):
    """A lot: one truck's goods in the names of 1 to 1,000 residents."""

    reference: Reference
    port: PortCode
    customs_office: CustomsOffice
    direction: Literal["I"] = "I"
    vehicle_plate: Plate
    foreign_plate: Plate | None = None
    manifest_no: ManifestNo | None = None
    entered_at: Entry
    origin: Country
    shipped_from: Country
    seller: Label
    seller_bank_bic: Bic
    group_code: Code | None = None
    hs_code: HsCode
    goods_name: Title
    perishable: Annotated[
        YesNo, Field(description="as the papers say; what counts is the line of the tariff")
    ] = False
    net_kg: Kilograms
    gross_kg: Kilograms
    pieces: Annotated[Whole, Field(ge=1, le=10_000_000)]
    value: Yuan
    currency: Literal["CNY"] = "CNY"
    purpose: Purpose = Purpose.RESALE
    tickets: Annotated[list[TicketRequest], Field(min_length=1, max_length=1000)]
    touch: Annotated[
        TouchRequest | None, Field(description="where a resident declares own goods by one touch")
    ] = None

    _misread: tuple[Refusal, ...] = PrivateAttr(())
    _lines: tuple[int, ...] = PrivateAttr(())

    @model_validator(mode="wrap")
    @classmethod
    def _mistakes(cls, body: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        return few_mistakes(body, lambda lot: _read_what_can_be(lot, read))

    def reasons(self, found: Sequence[Refusal]) -> list[Refusal]:
        """What rules found in the tickets that could be read, with the mistakes in the others.

        Each points at its ticket as it was sent. Whether all tickets add up to the lot cannot be
        known while one of them cannot be read.
        """
        if not self._misread:
            return list(found)
        placed = [
            refusal.to(_TICKET.sub(self._as_sent, refusal.pointer))
            for refusal in found
            if refusal.code != "SPLIT_MISMATCH"
        ]
        return [*self._misread, *placed]

    def _as_sent(self, ticket: re.Match[str]) -> str:
        return f"/tickets/{self._lines[int(ticket.group(1))]}"


L = TypeVar("L", bound="LotRequest")
_TICKET: Final = re.compile(r"^/tickets/([0-9]+)")


def _read_what_can_be(body: Any, read: Callable[[Any], L]) -> L:
    """The lot without the tickets that cannot be read, if it is sound but for them.

    A wrong figure in one ticket keeps nobody from reading what is wrong with the others.
    """
    try:
        return read(body)
    except ValidationError as error:
        if error.error_count() > problem.MISTAKES_MAX:
            raise
        places = [mistake["loc"] for mistake in error.errors()]
        # What is no lot at all has no place in it.
        of_tickets = [place for place in places if place[:1] == ("tickets",)]
        lines = {place[1] for place in of_tickets if len(place) > 1}
        sound = [line for line in range(len(body["tickets"])) if line not in lines] if lines else []
        if not sound or len(of_tickets) < len(places):
            raise
        lot = read({**body, "tickets": [body["tickets"][line] for line in sound]})
        lot._misread = tuple(refusal_of(item, None) for item in error.errors())
        lot._lines = tuple(sound)
        return lot


class TicketAmendment(Request):
    """What a ticket is to say; what is not given stays."""

    line_no: Annotated[Whole, Field(ge=1, le=1000)]
    net_kg: Kilograms | None = None
    value: Yuan | None = None


class AmendmentRequest(Request):
    """What a mistyped lot is to say; what is not given stays. All tickets together add up to it."""

    vehicle_plate: Plate | None = None
    foreign_plate: Annotated[
        Plate | None, Field(description="null of a truck that has none, when it is given")
    ] = None
    manifest_no: Annotated[
        ManifestNo | None, Field(description="null where none is lodged, when it is given")
    ] = None
    seller: Annotated[Label | None, Field(description="by its name or its code")] = None
    seller_bank_bic: Bic | None = None
    net_kg: Kilograms | None = None
    gross_kg: Kilograms | None = None
    pieces: Annotated[Whole, Field(ge=1, le=10_000_000)] | None = None
    value: Yuan | None = None
    tickets: Annotated[list[TicketAmendment], Field(max_length=1000, default_factory=list)]


class ConfirmationRequest(Request):
    """A member confirms the own share, by one touch or without; a clerk all shares of members who
    gave a mandate."""

    by_mandate: YesNo = False
    touch: TouchRequest | None = None


class ShareRefusalRequest(Request):
    """A member refuses the own share; nobody owes a reason."""

    touch: TouchRequest | None = None


class NameFreezeRequest(Request):
    """Freeze the own name, so that nobody declares in it; or, with ``false``, lift that."""

    frozen: YesNo = True


class ReminderRequest(Request):
    """Remind whoever has not confirmed; there is nothing to say beside."""


class CancellationRequest(Request):
    """Why the lot is withdrawn. The reason is kept in the case's log, so nobody is named in it."""

    reason: Title


class ManifestRequest(Request):
    """What a truck carries, lodged by its carrier."""

    manifest_no: ManifestNo
    port: PortCode
    vehicle_plate: Plate
    foreign_plate: Plate | None = None
    total_kg: Kilograms


def submission(body: LotRequest, vault: Vault) -> Submission:
    """The request as the rules see it: identity numbers become keyed hashes here and end here."""
    fields = body.model_dump(
        exclude={"tickets", "value", "currency", "net_kg", "gross_kg", "touch"}
    )
    shares = [_share(ticket, body.currency, vault) for ticket in body.tickets]
    return Submission(
        **{**fields, "entered_at": body.entered_at.astimezone(UTC)},
        net_kg=kilograms(body.net_kg),
        gross_kg=kilograms(body.gross_kg),
        value=Money.parse(body.value, body.currency),
        shares=shares,
    )


def touch(body: TouchRequest | None) -> Touch | None:
    """A phone's answer as it is checked. Raises Refused TOUCH_UNFIT."""
    if body is None:
        return None
    try:
        assertion = Assertion(
            credential_id=read_base64url(body.credential_id),
            authenticator_data=read_base64url(body.authenticator_data),
            client_data=read_base64url(body.client_data),
            signature=read_base64url(body.signature),
        )
    except Unfit:
        raise Refused(refusals.TOUCH_UNFIT.at("/touch")) from None
    return Touch(body.nonce, assertion)


def _share(ticket: TicketRequest, currency: str, vault: Vault) -> Share:
    """A ticket with its number's keyed hash, however that was spelled, or why it is none."""
    number = identity_number(ticket.resident_no)
    fault = identity_fault(number)
    return Share(
        resident=vault.keyed_hash(number) if fault is None else None,
        net_kg=kilograms(ticket.net_kg),
        value=Money.parse(ticket.value, currency),
        fault=fault,
    )


_WEIGHTS: Final = ("net_kg", "gross_kg")


def amendment(body: AmendmentRequest) -> Amendment:
    """The request as the rules see it."""
    given = body.model_dump(exclude={"tickets"}, exclude_none=True)
    fields = {
        name: kilograms(value) if name in _WEIGHTS else value for name, value in given.items()
    }
    if body.value is not None:
        fields["value"] = Money.parse(body.value, "CNY")
    # A truck may have no foreign plate and no manifest: who says so means it.
    for name in {"foreign_plate", "manifest_no"} & body.model_fields_set:
        fields[name] = getattr(body, name)
    tickets = [
        TicketChange(
            line=ticket.line_no,
            net_kg=None if ticket.net_kg is None else kilograms(ticket.net_kg),
            value=None if ticket.value is None else Money.parse(ticket.value, "CNY"),
        )
        for ticket in body.tickets
    ]
    return Amendment(fields, tickets)
