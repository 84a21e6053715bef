"""The records that are filed with the registry, one model each; unknown fields are refused."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from services.kernel import mistakes
from services.kernel.fields import (
    AccountNo,
    Badge,
    BicAsFiled,
    Code,
    Country,
    CreditCode,
    CurrencyAsFiled,
    CustomsOffice,
    Day,
    EnterpriseCode,
    HsPrefix,
    Identifier,
    IdentityNumber,
    Instant,
    Kilograms,
    Label,
    ListedParty,
    Open,
    PartyCode,
    PersonText,
    Phone,
    PortCode,
    Request,
    Shape,
    Title,
    Whole,
    YesNo,
)
from services.kernel.refusal import Mistake
from services.registry.domain import refusals

FilingNo = Annotated[str, Shape(mistakes.TITLE_FORM, 40)]
"""The number of a filing (备案号), as it was written; compared by ``canonical.number_key``."""

SEALED_RESIDENT: Final = "residents.sealed"
SEALED_CHANGE: Final = "register_changes.sealed"
SEALED_OFFICER: Final = "officers.sealed"
"""Contexts under which the vault seals personal data: the column it belongs to."""


Record = Request
"""What is filed."""


class Resident(Record):
    """A border resident's filing (边民备案). Number, name, sex, township and phone are sealed."""

    resident_no: IdentityNumber
    name: PersonText
    sex: Literal["F", "M"]
    township: PersonText
    phone: Phone
    filing_no: FilingNo
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
    port: PortCode
    leader_resident_no: IdentityNumber | None = None


class Membership(Record):
    """A resident's membership, from ``joined_on`` (inclusive) to ``left_on`` (exclusive)."""

    group_code: Code
    resident_no: IdentityNumber
    joined_on: Day
    left_on: Day | None = None


class Mandate(Record):
    """A resident lets the group's clerk confirm shares (委托申报), dated, the end exclusive.

    Named by ``resident_id`` (a resident for themselves) or by ``resident_no`` (a registrar).
    """

    group_code: Code
    resident_id: Identifier | None = None
    resident_no: IdentityNumber | None = None
    given_on: Day
    ended_on: Day | None = None

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if (self.resident_id is None) == (self.resident_no is None):
            raise Mistake(refusals.RESIDENT_NAMED_ONCE.at())
        return self


class Enterprise(Record):
    """An enterprise by its 10-digit customs code and its unified social credit code."""

    enterprise_code: EnterpriseCode
    credit_code: CreditCode
    name: Label
    port: PortCode


class ProcessingFiling(Record):
    """What an enterprise may process (落地加工备案): an HS prefix, dated, with yearly capacity."""

    enterprise_code: EnterpriseCode
    hs_prefix: HsPrefix
    filed_from: Day
    filed_to: Day | None = None
    yearly_capacity_kg: Kilograms
    filing_no: FilingNo


class Officer(Record):
    """A customs officer; the name is sealed."""

    badge_no: Badge
    name: PersonText
    port: PortCode
    team: Code
    skills: tuple[Code, ...] = ()
    active: YesNo = True


class Conflict(Record):
    """A party ('group:DX-G001', 'seller:S-0001', 'carrier:C1') an officer may not decide about."""

    badge_no: Badge
    party: ListedParty
    declared_on: Day
    ended_on: Day | None = None


class DutyKind(StrEnum):
    """Whether an officer is there, or why not."""

    ON_DUTY = "ON_DUTY"
    LEAVE = "LEAVE"
    SICK = "SICK"
    TRAINING = "TRAINING"
    ELSEWHERE = "ELSEWHERE"


class OfficerDuty(Record):
    """From when an officer is away, and on which day he is back (exclusive); or that he is back,
    from a day on."""

    badge_no: Badge
    duty: DutyKind
    from_on: Day
    until_on: Day | None = None


class Bank(Record):
    """A bank: BIC, public key of its signatures (JWK), place in the rota, currencies.

    ``time_offsets``: its profile of ISO 20022. ANY takes Z for UTC in its messages; NUMERIC holds
    it to a numeric offset (CBPR+).
    """

    bic: BicAsFiled
    name: Label
    public_key: Annotated[dict[str, Open], Field(max_length=20)]
    rota_order: Annotated[Whole, Field(ge=1, le=1000)] | None = None
    currencies: tuple[CurrencyAsFiled, ...]
    time_offsets: Literal["ANY", "NUMERIC"] = "ANY"


class BankKeyProposal(Request):
    """A new key for a bank, and for how many hours the earlier one is good beside it.

    It counts from the second person's word on, or from ``valid_from`` where that is later.
    """

    public_key: Annotated[dict[str, Open], Field(max_length=20)]
    overlap_hours: Annotated[Whole, Field(ge=0, le=8760)]
    valid_from: Instant | None = None


class BankKeyDecision(Request):
    """A second registrar's word on a proposed key."""

    approve: YesNo


def _of_a_bank(party: str) -> str:
    if not party.startswith("bank:"):
        raise Mistake(refusals.BANK_FORM.at())
    return party


class Signatory(Record):
    """A person who signs for a body in a duty: by the subject that the person's token names."""

    party: Annotated[PartyCode, AfterValidator(_of_a_bank)]
    subject: Title
    duty: Literal["compliance", "answers", "quotes"]
    active: YesNo = True


class Seller(Record):
    """A seller across the border and the account it is paid to."""

    seller_code: Code
    name: Label
    country: Country
    bank_bic: BicAsFiled
    account: AccountNo


_PAYERS: Final = ("group:", "enterprise:", "resident:")


def _who_pays(party: str) -> str:
    if not party.startswith(_PAYERS):
        raise Mistake(refusals.PAYER_FORM.at())
    return party


class PayerAccountRecord(Record):
    """The account at a bank that a payer is debited at; its holder as that bank knows them.

    Holder and address are written in the letters that banks pass on across the border.
    """

    party: Annotated[PartyCode, AfterValidator(_who_pays)]
    bank_bic: BicAsFiled
    account: Annotated[str, Shape(mistakes.TITLE_FORM, 34)]
    holder: PersonText
    street: Annotated[str, Shape(mistakes.TITLE_FORM, 70)] | None = None
    town: Annotated[str, Shape(mistakes.TITLE_FORM, 35)]
    country: Country = "CN"


class PortRecord(Record):
    """A border port or market with its customs office (4 digits)."""

    port: PortCode
    name_zh: Label
    name_en: Label
    customs_office: CustomsOffice
    active: YesNo = True
