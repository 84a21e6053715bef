"""Values of inspection: lots as screening sees them, officers, methods, results, disposals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from services.kernel.canonical import name_key, plate_key


class Lane(StrEnum):
    """Outcome of screening, least severe first."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"

    @property
    def severity(self) -> int:
        """0 for no person, 1 for documents, 2 for the goods themselves."""
        return ("GREEN", "YELLOW", "RED").index(self.value)


class CreditLevel(StrEnum):
    """Customs credit levels (信用等级). Order 251 knows three, Order 282 five."""

    ADVANCED = "ADVANCED"
    """高级认证企业"""
    CERTIFIED = "CERTIFIED"
    """认证企业, only from 2026-04-01 (Order 282)."""
    ORDINARY = "ORDINARY"
    """常规 (251: neither certified nor dishonest)."""
    DISHONEST = "DISHONEST"
    """失信企业"""
    SERIOUSLY_DISHONEST = "SERIOUSLY_DISHONEST"
    """严重失信企业, only from 2026-04-01 (Order 282)."""


class Method(StrEnum):
    """How goods are checked (查验方式), least intrusive first."""

    DOCUMENT = "DOCUMENT"
    MACHINE = "MACHINE"
    OUTER = "OUTER"
    SAMPLE = "SAMPLE"
    FULL = "FULL"

    @property
    def intensity(self) -> int:
        """Rank of how far the method goes into the goods."""
        return list(Method).index(self)


class Result(StrEnum):
    """What an inspection found (查验结果)."""

    NO_DIFFERENCE = "NO_DIFFERENCE"
    NAME = "NAME"
    QUANTITY = "QUANTITY"
    CLASS = "CLASS"
    VALUE = "VALUE"
    ORIGIN = "ORIGIN"
    IPR = "IPR"
    SMUGGLED = "SMUGGLED"
    QUARANTINE_FAIL = "QUARANTINE_FAIL"


class Disposal(StrEnum):
    """What becomes of the goods (处理意见)."""

    RELEASE = "RELEASE"
    AMEND = "AMEND"
    """Returned ticket (退单): the lot is refused and must be declared again truthfully."""
    TAX_AGAIN = "TAX_AGAIN"
    """Refused as declared; to be declared again under a taxed mode."""
    RETURN = "RETURN"
    DESTROY = "DESTROY"
    SEIZE = "SEIZE"
    TRANSFER = "TRANSFER"
    """Handed to the anti-smuggling bureau."""
    WITHDRAWN = "WITHDRAWN"
    """The lot was cancelled before anybody concluded the inspection."""


class Skill(StrEnum):
    """Skills an officer needs to be eligible for a draw."""

    DOCUMENT = "document"
    INSPECTION = "inspection"
    AEO = "aeo"


@dataclass(frozen=True, slots=True)
class LotFacts:
    """What risk rules may look at. Weights in grams and sums in minor units: no fractions.

    ``party`` is the submitter, 'group:DX-G001', 'resident:res_…' or 'enterprise:…'.
    """

    port: str
    customs_office: str
    party: str
    direction: str
    hs_code: str
    origin: str
    shipped_from: str
    perishable: bool
    net_g: int
    gross_g: int
    value_minor: int
    currency: str
    ticket_count: int
    credit_level: CreditLevel = CreditLevel.ORDINARY
    pieces: int | None = None
    seller: str | None = None
    seller_bank_bic: str | None = None
    vehicle_plate: str | None = None
    foreign_plate: str | None = None
    other_parties: frozenset[str] = frozenset()
    """Whose goods they are besides who declared them: the group, the residents under control."""
    other_sellers: frozenset[str] = frozenset()
    """The seller's filed code and name, whichever of them the lot gives."""

    @property
    def parties(self) -> frozenset[str]:
        """Everybody for whom the lot is."""
        return self.other_parties | {self.party}

    @property
    def sellers(self) -> frozenset[str]:
        """Every name of the seller."""
        return self.other_sellers | ({self.seller} if self.seller else set())

    def variables(self) -> dict[str, Any]:
        """The variables of a rule. An unknown fact is left out, so a rule that needs it fails.

        Seller and plate are given in their canonical forms, so a rule names them in these.
        """
        known: dict[str, Any] = {
            "port": self.port,
            "customs_office": self.customs_office,
            "party": self.party,
            "direction": self.direction,
            "hs_code": self.hs_code,
            "origin": self.origin,
            "shipped_from": self.shipped_from,
            "perishable": self.perishable,
            "net_g": self.net_g,
            "gross_g": self.gross_g,
            "value_minor": self.value_minor,
            "currency": self.currency,
            "ticket_count": self.ticket_count,
            "value_per_ticket_minor": self.value_minor // max(self.ticket_count, 1),
            "credit_level": self.credit_level.value,
        }
        maybe: dict[str, Any] = {
            "pieces": self.pieces,
            "seller": self.seller and name_key(self.seller),
            "seller_bank_bic": self.seller_bank_bic,
            "vehicle_plate": self.vehicle_plate and plate_key(self.vehicle_plate),
        }
        return known | {name: value for name, value in maybe.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Control:
    """A risk control in force (布控): one fact of a lot that always sends it to a person."""

    control_id: str
    kind: str
    value: str
    lane: Lane


@dataclass(frozen=True, slots=True)
class Screening:
    """The judgement on a lot: its lane and every reason for it."""

    lane: Lane
    reasons: tuple[str, ...]
    selected: bool
    """Whether the random draw took it, whatever the rules said."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a drawn officer reports. Weights in kg."""

    method: Method
    results: tuple[Result, ...]
    disposal: Disposal
    found_kg: Decimal | None = None
    items: tuple[dict[str, Any], ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """What was declared of the goods, and how far a scale may differ from it.

    ``tolerance`` is a share of the declared net weight, e.g. 0.01.
    """

    hs_code: str
    origin: str
    net_kg: Decimal
    pieces: int
    tolerance: Decimal

    def weighs(self, found_kg: Decimal) -> bool:
        """Whether a weight found is the declared one, within the tolerance (inclusive)."""
        return abs(found_kg - self.net_kg) <= self.net_kg * self.tolerance


@dataclass(frozen=True, slots=True)
class Order:
    """An inspection order (查验单) as the rules see it."""

    order_id: str
    lot_id: str
    state: str
    lane: Lane
    method_ordered: Method
    version: int
    round: int
    officers: tuple[str, ...] = ()
    author: str | None = None
    """The officer whose findings wait for a signature."""


@dataclass(frozen=True, slots=True)
class Accreditation:
    """An accreditation case (AEO认证) as the rules see it. Dates are Beijing days."""

    aeo_id: str
    enterprise_code: str
    port: str
    level: CreditLevel
    state: str
    version: int
    cycle: int
    accepted_on: date | None = None
    due_on: date | None = None
    extended: bool = False
    overdue: bool = False
    examiners: tuple[str, ...] = ()
    reporter: str | None = None
    passed: bool | None = None
    trades: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PendingDecision:
    """A decision that waits for the second officer."""

    kind: str
    author: str
    level: CreditLevel | None = None
    grounds: str = ""
