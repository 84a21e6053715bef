"""A submission as its rules see it, and the facts it is judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.kernel import canonical
from services.kernel.clock import business_day
from services.kernel.commodity import line_of
from services.kernel.money import Money
from services.kernel.refusal import Reason


class Purpose(StrEnum):
    """Why the goods are bought."""

    RESALE = "RESALE"
    OWN_USE = "OWN_USE"


@dataclass(frozen=True, slots=True)
class Share:
    """One resident's ticket. ``resident`` is the keyed hash, None when the number is invalid."""

    resident: bytes | None
    net_kg: Decimal
    value: Money
    fault: Reason | None = None
    """Why the number is invalid, when it is."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A lot as submitted: one truck's goods, split over its residents' tickets."""

    reference: str
    port: str
    customs_office: str
    direction: str
    vehicle_plate: str
    foreign_plate: str | None
    manifest_no: str | None
    entered_at: datetime
    origin: str
    shipped_from: str
    seller: str
    seller_bank_bic: str
    group_code: str | None
    hs_code: str
    goods_name: str
    perishable: bool
    net_kg: Decimal
    gross_kg: Decimal
    pieces: int
    value: Money
    purpose: Purpose
    shares: Sequence[Share]
    replay: bool = False
    """Whether its port plays days of the past: such a lot is marked in the record."""

    @property
    def plate_key(self) -> str:
        """By which its truck is known again."""
        return canonical.plate_key(self.vehicle_plate)

    @property
    def foreign_plate_key(self) -> str | None:
        """The same of the truck's foreign plate."""
        return None if self.foreign_plate is None else canonical.plate_key(self.foreign_plate)

    @property
    def manifest_key(self) -> str | None:
        """By which its manifest is known again."""
        return None if self.manifest_no is None else canonical.number_key(self.manifest_no)

    @property
    def business_on(self) -> date:
        """The Beijing day whose quota, rules and filings apply: that of entry, not of the clock."""
        return business_day(self.entered_at)


@dataclass(frozen=True, slots=True)
class ResidentFacts:
    """What is on file about one resident on the business day."""

    resident_id: UUID
    filed_on: date
    valid_until: date
    is_member: bool
    used_minor: int
    tickets_used: int
    """At the lot's port."""
    frozen: bool = False
    """Whether the bearer lets nobody declare in the name now, whatever the business day."""


@dataclass(frozen=True, slots=True)
class SellerFacts:
    """The seller as it is on file: by its name or its code, with the account it is paid to."""

    code: str
    bank_bic: str
    account: str


@dataclass(frozen=True, slots=True)
class ManifestFacts:
    """What a manifest still carries undeclared, since when it is lodged, and for whose truck."""

    left_kg: Decimal
    lodged_at: datetime
    carrier: str | None = None
    """None where customs lodged it for a truck that is nobody's."""


@dataclass(frozen=True, slots=True)
class Claim:
    """That one of a lot's plates is the foreign one of a carrier's trucks, which the gate saw come
    in by their own plates."""

    field: str
    """The lot's field with that plate."""
    carrier: str | None
    seen: Sequence[datetime]
    """When that was, while it was on file so."""
    is_own: bool = False
    """Whether the truck that the lot names by its own plate is that carrier's, and has it too: all
    trucks of one carrier with one foreign plate are one truck."""


@dataclass(frozen=True, slots=True)
class Entries:
    """When the gate saw come in, latest first, what a lot may have come with."""

    truck: Sequence[datetime] = ()
    """By the lot's plate of its truck, at the lot's port; by its foreign one, named or not, where
    both were on file as one truck's."""
    foreign: Sequence[datetime] = ()
    """By what the lot or the file says is the truck's foreign plate, where it may have been
    anybody's, or is another's own truck."""
    resident: Sequence[datetime] = ()
    """On foot, the resident who declares in the own name."""
    under: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    """Under the plate itself that stands in a field of the lot."""
    claims: Sequence[Claim] = ()
    """By own plates that the lot leaves out: one claim a carrier and field."""

    def of_claimed(self, name: str, carrier: str | None) -> list[datetime]:
        """What a carrier's truck came in with that has the plate in a field as its foreign one."""
        mine = [c.seen for c in self.claims if (c.field, c.carrier) == (name, carrier)]
        return [*self.under.get(name, ()), *(at for seen in mine for at in seen)]


@dataclass(frozen=True, slots=True)
class EntryDeclaration:
    """A truck's entry declaration, in force from (inclusive) until (exclusive)."""

    declared_at: datetime
    valid_until: datetime
    rated_kg: Decimal
    of_both: bool = False
    """Whether it names the lot's other plate as the truck's foreign one."""
    carrier: str | None = None
    """Whose truck it is; None of one that is nobody's."""
    foreign_key: str | None = None
    """By which the truck is known by its foreign plate."""


@dataclass(frozen=True, slots=True)
class TruckOnFile:
    """A truck that is on file at the lot's port by one of the lot's plates."""

    field: str
    """The lot's field with that plate."""
    plate_key: str
    declarations: Sequence[EntryDeclaration]

    @property
    def foreign_keys(self) -> set[str]:
        """Its foreign plates."""
        return {d.foreign_key for d in self.declarations if d.foreign_key is not None}

    def latest(self, at: datetime) -> EntryDeclaration | None:
        """The latest that had begun at a moment: what is declared later declares nothing of it."""
        begun = (d for d in self.declarations if d.declared_at <= at)
        return max(begun, key=lambda d: d.declared_at, default=None)

    def declared(self, at: datetime) -> EntryDeclaration | None:
        """The one in force at a moment: the latest, if it had not ended."""
        latest = self.latest(at)
        return latest if latest is not None and at < latest.valid_until else None

    def has_as_foreign(self, other: TruckOnFile, at: datetime) -> bool:
        """Whether its carrier had declared the plate of another carrier's truck as its foreign one.

        What somebody else files under that plate is then not of this truck.
        """
        own, theirs = self.latest(at), other.latest(at) or other.declarations[0]
        if own is None or not own.of_both:
            return False
        return theirs.carrier not in (None, own.carrier)


@dataclass(frozen=True, slots=True)
class TruckFacts:
    """A manifest's truck, on file at the port. ``rated_kg`` is None where no entry declaration of
    it is in force."""

    rated_kg: Decimal | None
    carrier: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything outside the submission that its rules need, read in one go."""

    customs_office: str | None
    """The office (关区代码) at the lot's port; None when no such port is approved."""
    group_code: str | None
    """The lot's group as it is filed, however the lot spells it."""
    group_known: bool
    """Whether that is at the lot's port."""
    declarant: bytes | None
    """The keyed hash of the resident who declares in the own name."""
    declared_as: str | None
    """The lot that the party declared under this reference before."""
    origins: frozenset[str]
    restrictions: frozenset[str]
    lines: Mapping[str, bool]
    """The tariff's lines of that day that begin with the lot's first eight digits, and whether
    their goods are perishable."""
    manifest: ManifestFacts | None
    entries: Entries
    residents: Mapping[bytes, ResidentFacts]
    seller: SellerFacts | None = None
    seller_alike: str | None = None
    """Where none is on file, the code of one whose name is almost what was written."""
    trucks: Sequence[TruckOnFile] = ()
    """By either of the lot's plates; none of a truck that nobody has declared at the port."""
    by_foreign: Sequence[TruckOnFile] = ()
    """The trucks that have one of the lot's plates, by the field that it stands in, as their
    foreign one: by declarations in force on the lot's day. None to whose carrier that plate is
    another's own truck."""
    manifests_lodged: Sequence[datetime] = ()
    """When manifests of its truck were lodged, on the lot's day or the day before."""
    manifests_by_own: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    """The same of the trucks that have one of the lot's plates as their foreign one, by their own
    plates."""
    loads: Mapping[tuple[str, datetime], Decimal] = field(default_factory=dict)
    """What the lots of each entry of these trucks on the lot's day weigh together, by the plate's
    key; by the day's beginning those that no gate saw come in, also of the days around it. Those
    under the manifest of the truck's carrier."""
    unnamed: Mapping[tuple[str, datetime], Decimal] = field(default_factory=dict)
    """The same of those without it."""
    declared_with: bool = False
    """Whether a lot that is declared before it, together with it, has its reference."""

    def perishable(self, hs_code: str) -> bool:
        """Whether goods of a code are perishable: a property of their line, not of what a trader
        says."""
        line = line_of(hs_code, self.lines)
        return line is not None and self.lines[line]

    @property
    def port_known(self) -> bool:
        """Whether the lot's port is an approved one."""
        return self.customs_office is not None


@dataclass(frozen=True, slots=True)
class QuotaLimits:
    """The legal limits of one resident's day."""

    daily: Money
    max_tickets: int | None
    """Of one resident at the lot's port; None where the port does not limit them."""
    excess: str = "REJECT"
    """What the port does with what exceeds the quota."""
