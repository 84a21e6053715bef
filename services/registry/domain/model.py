"""The records that are filed with the registry, one model each; unknown fields are refused."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from services.kernel.fields import Day, Instant, Open, Whole, YesNo
from services.kernel.refusal import Mistake
from services.kernel.wording import fit_to_keep
from services.registry.domain import refusals

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
Port = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,20}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
HsPrefix = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,10}$")]
Sealed = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
"""Words about a person; the vault seals them before they are stored."""
Label = Annotated[Sealed, AfterValidator(fit_to_keep)]
"""Words that are stored and shown as they are, so they name nobody by number."""
Number = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Kilograms = Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=3)]


SEALED_RESIDENT: Final = "residents.sealed"
SEALED_OFFICER: Final = "officers.sealed"
"""Contexts under which the vault seals personal data: the column it belongs to."""


class Record(BaseModel):
    """Base of every filed record."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Resident(Record):
    """A border resident's filing (边民备案). Number, name, sex, township and phone are sealed."""

    resident_no: Annotated[str, StringConstraints(max_length=32)]
    name: Sealed
    sex: Literal["F", "M"]
    township: Sealed
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9+ -]{5,20}$")]
    filing_no: Number
    filed_on: Day
    valid_until: Day


class GroupKind(StrEnum):
    """Mutual-aid group (互助组) or co-operative (合作社)."""

    MUTUAL_AID = "mutual_aid"
    COOPERATIVE = "cooperative"


class Group(Record):
    """A group of residents that declares together (抱团); its leader is a filed resident."""

    group_code: Code
    name: Label
    kind: GroupKind
    port: Port
    leader_resident_no: Annotated[str, StringConstraints(max_length=32)] | None = None


class Membership(Record):
    """A resident's membership, from ``joined_on`` (inclusive) to ``left_on`` (exclusive)."""

    group_code: Code
    resident_no: Annotated[str, StringConstraints(max_length=32)]
    joined_on: Day
    left_on: Day | None = None


class Mandate(Record):
    """A resident lets the group's clerk confirm shares (委托申报), dated, the end exclusive.

    Named by ``resident_id`` (a resident for themselves) or by ``resident_no`` (a registrar).
    """

    group_code: Code
    resident_id: Annotated[str, StringConstraints(max_length=40)] | None = None
    resident_no: Annotated[str, StringConstraints(max_length=32)] | None = None
    given_on: Day
    ended_on: Day | None = None

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if (self.resident_id is None) == (self.resident_no is None):
            raise Mistake(refusals.RESIDENT_NAMED_ONCE.at())
        return self


class Enterprise(Record):
    """An enterprise by its 10-digit customs code and its unified social credit code."""

    enterprise_code: Annotated[str, StringConstraints(min_length=10, max_length=10)]
    credit_code: Annotated[str, StringConstraints(max_length=32)]
    name: Label
    port: Port
    credit_level: Literal[
        "ADVANCED", "CERTIFIED", "ORDINARY", "DISHONEST", "SERIOUSLY_DISHONEST"
    ] = "ORDINARY"


class ProcessingFiling(Record):
    """What an enterprise may process (落地加工备案): an HS prefix, dated, with yearly capacity."""

    enterprise_code: Annotated[str, StringConstraints(min_length=10, max_length=10)]
    hs_prefix: HsPrefix
    filed_from: Day
    filed_to: Day | None = None
    yearly_capacity_kg: Kilograms
    filing_no: Number


class Officer(Record):
    """A customs officer; the name is sealed."""

    badge_no: Code
    name: Sealed
    port: Port
    team: Code
    skills: tuple[Code, ...] = ()
    active: YesNo = True


class Conflict(Record):
    """A party ('group:DX-G001', 'enterprise:4506960001') an officer may not decide about."""

    badge_no: Code
    party: Annotated[str, StringConstraints(pattern=r"^(group|enterprise|resident|bank):\S{1,60}$")]
    declared_on: Day
    ended_on: Day | None = None


class Bank(Record):
    """A bank: BIC, public key of its signatures (JWK), place in the rota, currencies."""

    bic: Annotated[str, StringConstraints(max_length=11)]
    name: Label
    public_key: Annotated[dict[str, Open], Field(max_length=20)]
    rota_order: Annotated[Whole, Field(ge=1, le=1000)] | None = None
    currencies: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")], ...]


class Signatory(Record):
    """A person who signs for a body in a duty: by the subject that the person's token names."""

    party: Annotated[str, StringConstraints(pattern=r"^bank:[A-Z0-9]{8}([A-Z0-9]{3})?$")]
    subject: Label
    duty: Literal["compliance"]
    active: YesNo = True


class Seller(Record):
    """A seller across the border and the account it is paid to."""

    seller_code: Code
    name: Label
    country: Country
    bank_bic: Annotated[str, StringConstraints(max_length=11)]
    account: Number


class PortRecord(Record):
    """A border port or market with its customs office (4 digits)."""

    port: Port
    name_zh: Label
    name_en: Label
    customs_office: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    active: YesNo = True


class PortOrigin(Record):
    """A country whose goods may come in at a port, dated."""

    port: Port
    country: Country
    effective_from: Day
    effective_to: Day | None = None
    authority: Label


class GoodsRestriction(Record):
    """Goods without exemption or prohibited, by HS prefix, dated."""

    kind: Literal["NOT_EXEMPT", "PROHIBITED"]
    hs_prefix: HsPrefix
    effective_from: Day
    effective_to: Day | None = None
    authority: Label
    sample: YesNo = False


class Commodity(Record):
    """A commodity code, its names, and the rule of substantial processing that applies to it."""

    hs_code: Annotated[str, StringConstraints(pattern=r"^([0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10})$")]
    name_zh: Label
    name_en: Label
    perishable: YesNo
    processing_rule: Literal["NONE", "CTSH", "CTH", "CC", "PROCESS_LIST"] | None = None
    processes: tuple[Code, ...] = ()
    sample: YesNo = False


class Vehicle(Record):
    """A vehicle's entry declaration; its validity follows the policy of that day (W29)."""

    domestic_plate: Number
    foreign_plate: Number
    port: Port
    declared_at: Instant
    rated_load_kg: Kilograms
    tare_kg: Kilograms


class PolicyProposal(Record):
    """A legal parameter that an officer proposes; ``effective_to`` is exclusive."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[a-z0-9_]+)+$", max_length=80)]
    scope: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{0,40}$")] = ""
    value: Open
    authority: Label
    effective_from: Day
    effective_to: Day | None = None


def period_is_valid(begins: date | datetime, ends: date | datetime | None) -> bool:
    """Whether a period with an exclusive end covers at least one day."""
    return ends is None or ends > begins
