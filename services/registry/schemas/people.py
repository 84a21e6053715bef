"""What is asked and answered about residents and groups. Personal data leaves the registry masked,
but for a member's name, which is whole to the clerk of the group."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from services.kernel.fields import IdentityNumber, Request
from services.kernel.identifiers import show
from services.platform.database import Row
from services.platform.vault import Vault
from services.registry.domain.model import SEALED_RESIDENT
from services.registry.domain.rules.identity import masked_name, masked_number, masked_phone


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

    @classmethod
    def of(cls, row: Row | None) -> Found:
        """What is filed under a number that is asked about; the number is not said again."""
        if row is None:
            return cls(filed=False)
        return cls(
            filed=True,
            resident_id=show("res", row.resident_id),
            filing_no=row.filing_no,
            filed_on=row.filed_on,
            valid_until=row.valid_until,
        )


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

    @classmethod
    def of(cls, row: Row, vault: Vault) -> ResidentShown:
        """A filing as it stands, number, name and phone masked."""
        personal = _personal(row, vault)
        return cls(
            resident_id=show("res", row.resident_id),
            resident_no=masked_number(personal["resident_no"]),
            name=masked_name(personal["name"]),
            sex=personal["sex"],
            township=personal["township"],
            phone=masked_phone(personal["phone"]),
            filing_no=row.filing_no,
            filed_on=row.filed_on,
            valid_until=row.valid_until,
        )


def _personal(row: Row, vault: Vault) -> dict[str, str]:
    found: dict[str, str] = json.loads(vault.open(row.sealed, context=SEALED_RESIDENT))
    return found


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

    @classmethod
    def of(cls, row: Row, *, members: int, advised: int) -> GroupDetail:
        """A group as filed; fewer members than advised are said, not refused."""
        return cls(
            group_code=row.group_code,
            name=row.name,
            kind=row.kind,
            port=row.port,
            leader_id=None if row.leader_id is None else show("res", row.leader_id),
            members=members,
            members_advised=advised,
            below_advised=members < advised,
        )


class MembershipShown(BaseModel):
    """A resident's membership of a group, and the newest mandate by which its clerk says yes."""

    group_code: str
    name: str
    joined_on: date
    left_on: date | None
    mandated: bool
    mandated_from: date | None
    mandated_to: date | None
    mandate_to_come: date | None = Field(
        default=None, description="the first day of the next mandate, whatever holds until then"
    )


class MemberShown(BaseModel):
    """A member's membership and mandate of today; else the next one, else the last.

    The name of a member of today is whole to the clerk of the group; else it is masked.
    """

    resident_id: str
    name: str
    joined_on: date
    left_on: date | None
    mandated: bool
    mandated_from: date | None
    mandated_to: date | None

    @classmethod
    def of(cls, row: Row, vault: Vault, *, own: bool, day: date) -> MemberShown:
        """A membership as it stands, of a group that is the reader's own or not.

        Whoever has not answered is asked by name: the clerk reads it while they are members.
        """
        is_member = row.joined_on <= day and (row.left_on is None or day < row.left_on)
        name = _personal(row, vault)["name"]
        return cls(
            resident_id=show("res", row.resident_id),
            name=name if own and is_member else masked_name(name),
            joined_on=row.joined_on,
            left_on=row.left_on,
            mandated=row.mandated,
            mandated_from=row.mandated_from,
            mandated_to=row.mandated_to,
        )
