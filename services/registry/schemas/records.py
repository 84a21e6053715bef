"""What is sent to and got from the registry of residents, parties and ports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Self

from pydantic import BaseModel, Field, model_validator

from services.kernel.fields import (
    Moment,
    Request,
    YesNo,
)
from services.kernel.identifiers import show
from services.kernel.refusal import Mistake
from services.platform.database import Row
from services.platform.filing import Filed
from services.platform.vault import Vault
from services.registry.domain import refusals
from services.registry.domain.model import (
    Bank,
    Enterprise,
    Group,
    Officer,
    PayerAccountRecord,
    PortRecord,
    Record,
    Seller,
)
from services.registry.domain.rules.identity import masked_account, masked_name
from services.registry.queries import officer_name


class ProcessingFilingShown(BaseModel):
    """What an enterprise may process."""

    hs_prefix: str
    filed_from: date
    filed_to: date | None
    yearly_capacity_kg: Decimal
    filing_no: str


class EnterpriseShown(BaseModel):
    """An enterprise as filed."""

    enterprise_code: str
    credit_code: str
    name: str
    credit_level: str
    port: str


class EnterpriseDetail(EnterpriseShown):
    """An enterprise with its processing filings."""

    processing_filings: list[ProcessingFilingShown]

    @classmethod
    def of(cls, row: Row, filings: Sequence[Row]) -> EnterpriseDetail:
        """An enterprise as filed, with what it may process."""
        return cls(**row, processing_filings=[ProcessingFilingShown(**one) for one in filings])


class OfficerShown(BaseModel):
    """An officer without name."""

    officer_id: str
    badge_no: str
    port: str
    team: str
    skills: list[str]
    active: bool

    @classmethod
    def of(cls, row: Row) -> OfficerShown:
        """An officer as filed."""
        return cls(**_officer(row))


def _officer(row: Row) -> dict[str, Any]:
    return {**row, "officer_id": show("ofc", row.officer_id)}


class ConflictShown(BaseModel):
    """A party an officer may not decide about."""

    party: str
    declared_on: date
    ended_on: date | None


class OfficerDetail(OfficerShown):
    """An officer with masked name and conflicts of interest."""

    name: str
    conflicts: list[ConflictShown]

    @classmethod
    def whole(cls, row: Row, conflicts: Sequence[Row], vault: Vault) -> OfficerDetail:
        """An officer as filed, with what was declared."""
        return cls(
            **_officer(row),
            name=masked_name(officer_name(row, vault)),
            conflicts=[ConflictShown(**one) for one in conflicts],
        )


class BankShown(BaseModel):
    """A bank with the public key of its signatures."""

    bic: str
    name: str
    public_key: dict[str, Any]
    rota_order: int | None
    currencies: list[str]
    time_offsets: str


class BankKeyAnswer(BaseModel):
    """What became of a proposed key: PROPOSED, APPROVED or REJECTED."""

    key_id: str
    state: str
    version: int
    valid_from: str | None
    previous_until: str | None = Field(description="until when the earlier keys count beside it")


class BankKeyShown(BaseModel):
    """A key of a bank's signatures, proposed or decided, and the time in which it counts."""

    key_id: str
    bic: str
    version: int
    public_key: dict[str, Any]
    overlap_hours: int
    state: str
    proposed_by: str
    proposed_at: Moment
    confirm_from: Moment | None = Field(
        default=None, description="until then the bank looks at it, and nobody can agree to it"
    )
    decided_by: str | None
    decided_at: Moment | None
    valid_from: Moment | None
    valid_until: Moment | None

    @classmethod
    def of(cls, row: Row) -> BankKeyShown:
        """A key as it stands."""
        return cls(**{**row, "key_id": show("bky", row.key_id)})


class SignatoryShown(BaseModel):
    """Who signs for a body in a duty, and whether still."""

    party: str
    subject: str
    duty: str
    active: bool


class SellerShown(BaseModel):
    """A seller across the border."""

    seller_code: str
    name: str
    country: str
    bank_bic: str
    account: str

    @classmethod
    def of(cls, row: Row, *, whole: bool) -> SellerShown:
        """A seller as filed, with the account or its end."""
        account = row.account if whole else masked_account(row.account)
        return cls(**{**row, "account": account})


class PayerAccountShown(BaseModel):
    """The account at a bank that a payer is debited at."""

    party: str
    bank_bic: str
    account: str = Field(description="whole for who files it, its end for the payer")
    holder: str
    street: str | None
    town: str
    country: str


class PortShown(BaseModel):
    """A port or border market."""

    port: str
    name_zh: str
    name_en: str
    customs_office: str
    active: bool


class PortName(BaseModel):
    """What a port is called."""

    port: str
    name_zh: str
    name_en: str


class PortNames(BaseModel):
    """Every port by name, in the order of their codes."""

    items: list[PortName]


class PartyName(BaseModel):
    """What a group, an enterprise or a bank is called."""

    party: str
    name: str


class PartyNames(BaseModel):
    """Those of the parties asked for that have a name for the caller, in the order of the codes."""

    items: list[PartyName]


class BankName(BaseModel):
    """What a bank is called."""

    bic: str
    name: str


class BankNames(BaseModel):
    """Every bank by name, in the order of their codes."""

    items: list[BankName]


class OriginShown(BaseModel):
    """A country whose goods may come in."""

    country: str
    effective_from: date
    effective_to: date | None
    authority: str


class PortDetail(PortShown):
    """A port with its allowed origins."""

    origins: list[OriginShown]

    @classmethod
    def of(cls, row: Row, origins: Sequence[Row]) -> PortDetail:
        """A port as filed, with its origins."""
        return cls(**row, origins=[OriginShown(**one) for one in origins])


class ChangeRequest(Request):
    """The one record on file as it is to be."""

    seller: Seller | None = None
    officer: Officer | None = None
    payer_account: PayerAccountRecord | None = None
    group: Group | None = None
    enterprise: Enterprise | None = None
    bank: Bank | None = None
    port: PortRecord | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        self.record()
        return self

    def record(self) -> Record:
        """The one that is to change."""
        given: list[Record | None] = [
            *(self.seller, self.officer, self.payer_account),
            *(self.group, self.enterprise, self.bank, self.port),
        ]
        records = [record for record in given if record is not None]
        if len(records) != 1:
            raise Mistake(refusals.CHANGE_OF_ONE.at())
        return records[0]


class ChangeDecision(Request):
    """Confirm a proposal, or turn it down."""

    confirm: YesNo


class FilingAnswer(Filed):
    """The receipt of a filing; of one that takes a second person, under which id it is proposed."""

    filed: int = Field(description="0 until a second person has confirmed it")
    proposed: int = Field(default=0, description="records that wait for a second person")
    confirm_from: Moment | None = None


class ChangeShown(BaseModel):
    """A proposal, as whoever deals with the record sees it: what it says stands in the one."""

    change_id: str
    version: int
    kind: str
    subject: str = Field(
        description="the seller, the badge, the payer and the bank, …; of several records the"
        " filing's own id"
    )
    state: str
    proposed_at: Moment
    confirm_from: Moment
    decided_at: Moment | None
    filing: bool = Field(description="records are filed by it, not changed")
    records: int

    @classmethod
    def of(cls, row: Any) -> dict[str, Any]:
        """A proposal as it stands on record."""
        names = [name for name in ChangeShown.model_fields if name != "change_id"]
        shown = {name: row[name] for name in names}
        made = ChangeShown(change_id=show("imp", row["change_id"]), **shown)
        return made.model_dump(mode="json")


class ChangeDetail(ChangeShown):
    """A proposal with its records as they are to be: all for the registrar's office, for others
    those that concern them; no person's name, and accounts by their end for all but the office."""

    rows: list[dict[str, Any]]
    accounts_also_of: list[str] | None = Field(
        default=None,
        description="to the registrar's office, of sellers: the codes of others who are paid to one"
        " of these accounts, on file or by this filing; null to everybody else",
    )
    acts: list[str] = Field(description="the acts that are open to you in this state")
