"""Events that declaration appends to a lot's case."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from services.kernel.events import Event, MoneyBody


class ManifestLodged(Event):
    """A carrier, or customs for it, lodged a manifest."""

    manifest_no: str
    total_kg: str
    port: str | None = None
    vehicle_plate: str | None = None
    carrier: str | None = None


class LotSubmitted(Event):
    """A lot was accepted; each resident's quota and the manifest's weight are reserved.

    ``replay`` marks one of a port that plays days of the past.
    """

    reference: str
    port: str
    business_on: date
    hs_code: str
    origin: str
    ticket_count: int
    value: MoneyBody
    net_kg: str
    gross_kg: str
    manifest_no: str | None
    policy_version: int
    identity_confirmed: bool = False
    replay: bool = False
    declared: str | None = None
    """Salted digest of what else decides: parties, truck, account, tickets (``declared.py``)."""
    perishable: bool | None = None
    shares_due_at: datetime | None = None
    """Until when its members answer; None of a lot that its bearer declared alone."""
    touch: str | None = None
    """Where its resident declared by passkey, the digest (SHA-256, hex) of what it agreed to."""
    described: str | None = None
    """Salted digest of the rest: goods, way, seller by name, entry, truck (``declared.py``)."""
    loads: str | None = None
    """Salted digest of the trucks' entries of whose loads it is a part (``declared.py``)."""
    figures: str | None = None
    """Salted digest of in which of these loads it counts as under the truck's manifest."""


class TicketAmended(BaseModel):
    """A ticket of an amended lot: its weight in kg and its value, as they were and as they are."""

    model_config = ConfigDict(frozen=True)
    line_no: int
    former_net_kg: str
    net_kg: str
    former_value: MoneyBody
    value: MoneyBody


class LotAmended(Event):
    """The declarant amended a mistyped lot that nobody had confirmed; its members are asked anew.

    It says what the lot is now, and in ``former``, of what changed, what it was: weights in kg, a
    value in the lot's currency, a seller by its code.
    """

    net_kg: str
    gross_kg: str
    pieces: int
    value: MoneyBody
    vehicle_plate: str
    foreign_plate: str | None
    seller_code: str | None
    seller_bank_bic: str
    former: dict[str, str | None]
    former_version: int
    tickets: tuple[TicketAmended, ...]
    shares_due_at: datetime
    policy_version: int
    declared: str
    """As in ``LotSubmitted``, of the lot as it is now."""
    manifest_no: str | None = None
    rules: tuple[str, ...] = ("HUSHI-AMEND",)
    described: str | None = None
    """As in ``LotSubmitted``, of the lot as it is now."""
    loads: str | None = None
    figures: str | None = None
    """As in ``LotSubmitted``, of the lot as it is now."""


class SharesConfirmed(Event):
    """Members confirmed their shares, themselves or by their mandate to the clerk."""

    tickets: int
    unconfirmed: int
    by_mandate: bool
    consent: str | None = None
    """By what they did: PASSKEY, SESSION or MANDATE (``domain/touch.py``)."""
    lines: tuple[int, ...] = ()
    """Which tickets these are, unless with them all are confirmed."""
    touch: str | None = None
    """Of a passkey the digest (SHA-256, hex) of what it agreed to; its answer is kept."""


class MembersReminded(Event):
    """The clerk reminded the members whose shares are still to be confirmed."""

    changes = False

    unconfirmed: int


class ShareRefused(Event):
    """A member refused the own share: the lot is withdrawn whole, quota and weight given back."""

    ends = True

    tickets: int
    rules: tuple[str, ...] = ("HUSHI-OWN-NAME",)
    touch: str | None = None
    """As in ``SharesConfirmed``."""


class SharesLapsed(Event):
    """Members did not answer in time: the lot is withdrawn whole, quota and weight given back."""

    ends = True
    unasked = True

    unconfirmed: int
    shares_due_at: datetime
    rules: tuple[str, ...] = ("HUSHI-SHARE-TIME",)


class NameFrozen(Event):
    """A resident lets nobody declare in the own name from now on."""

    resident_id: str


class NameThawed(Event):
    """A resident lets the own name be declared in again."""

    resident_id: str


class NameReported(Event):
    """A resident says that a use of the own name in a lot was not oneself."""

    resident_id: str
    lot_id: str
    due_at: datetime


class NameReportFound(Event):
    """A registrar wrote what was found of it; ``found`` is the digest of that (SHA-256, hex)."""

    found: str


class NameReportUpheld(Event):
    """Two registrars: it was not the resident. ``quota_back``: whether it no longer counts;
    ``called_in``: whether the lot was still inside, and goes to customs."""

    resident_id: str
    lot_id: str
    quota_back: bool
    called_in: bool
    rules: tuple[str, ...] = ("HUSHI-NOT-ME",)


class NameReportDismissed(Event):
    """Two registrars: it was the resident; the lot goes on."""

    resident_id: str
    lot_id: str
    rules: tuple[str, ...] = ("HUSHI-NOT-ME",)


class IdentityConfirmed(Event):
    """Every share is confirmed; all information is complete and the release clock runs."""

    clock_started_at: datetime
    release_due_at: datetime


class LotSentToInspection(Event):
    """Screening chose inspection; the order names what follows."""

    unasked = True

    lane: str
    order_id: str
    rules: tuple[str, ...] = ("INS-SCREEN",)


class LotReleased(Event):
    """The goods may leave; quota is consumed and the manifest written off (核注)."""

    unasked = True

    lane: str
    in_time: bool
    rules: tuple[str, ...] = ()


class LotNotReleased(Event):
    """Inspection ended without release; quota and weight are given back (反核注), but for what is
    seized."""

    ends = True
    unasked = True

    state: str
    order_id: str
    disposal: str
    uses_up: bool = False
    """Whether quota and weight are used up all the same; a version before gave back the seized."""
    rules: tuple[str, ...] = ("INS-DISPOSAL", "INS-SECOND")


class LotCancelled(Event):
    """The lot was withdrawn before release; quota and weight are given back (反核注)."""

    ends = True

    reason: str
    rules: tuple[str, ...] = ("INS-SELECTED",)


class ReleaseClockRanOut(Event):
    """The clock ran out before a decision: escalated to the port's head, never released by it."""

    changes = False
    unasked = True

    release_due_at: datetime
    order_id: str | None


class LotSold(Event):
    """The lot's title passed to a factory in the second market."""

    unasked = True

    purchase_id: str


class LotSettled(Event):
    """The foreign seller is paid in full, on the bank's word."""

    unasked = True

    value: MoneyBody


class LotClosed(Event):
    """Nothing more is to come."""

    ends = True
    unasked = True

    state: str = "CLOSED"
