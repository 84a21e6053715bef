"""What callers send to and get from the registry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.kernel.fields import IdentityNumber, Request


class Lookup(Request):
    """Identity numbers to look up. They travel in the body: never in an address, never in a log."""

    resident_nos: Annotated[list[IdentityNumber], Field(min_length=1, max_length=1000)]


class Found(BaseModel):
    """What is filed under a number; nothing but ``filed: false`` when nothing is."""

    filed: bool
    resident_id: str | None = None
    filing_no: str | None = None
    filed_on: date | None = None
    valid_until: date | None = None


class LookedUp(BaseModel):
    """One answer per number, in the order asked."""

    items: list[Found]


class ResidentShown(BaseModel):
    """A resident's filing, personal data masked."""

    resident_id: str
    resident_no: str
    name: str
    sex: str
    township: str
    phone: str
    filing_no: str
    filed_on: date
    valid_until: date


class GroupShown(BaseModel):
    """A group of residents."""

    group_code: str
    name: str
    kind: str
    port: str


class GroupDetail(GroupShown):
    """A group with its leader and how many members it has today."""

    leader_id: str | None
    members: int
    members_advised: int
    below_advised: bool


class MemberShown(BaseModel):
    """A member's membership and mandate of today; else the next one, else the last."""

    resident_id: str
    joined_on: date
    left_on: date | None
    mandated: bool
    mandated_from: date | None
    mandated_to: date | None


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


class OfficerShown(BaseModel):
    """An officer without name."""

    officer_id: str
    badge_no: str
    port: str
    team: str
    skills: list[str]
    active: bool


class ConflictShown(BaseModel):
    """A party an officer may not decide about."""

    party: str
    declared_on: date
    ended_on: date | None


class OfficerDetail(OfficerShown):
    """An officer with masked name and conflicts of interest."""

    name: str
    conflicts: list[ConflictShown]


class BankShown(BaseModel):
    """A bank with the public key of its signatures."""

    bic: str
    name: str
    public_key: dict[str, Any]
    rota_order: int | None
    currencies: list[str]


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


class PortShown(BaseModel):
    """A port or border market."""

    port: str
    name_zh: str
    name_en: str
    customs_office: str
    active: bool


class OriginShown(BaseModel):
    """A country whose goods may come in."""

    country: str
    effective_from: date
    effective_to: date | None
    authority: str


class PortDetail(PortShown):
    """A port with its allowed origins."""

    origins: list[OriginShown]
