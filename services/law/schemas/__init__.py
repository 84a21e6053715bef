"""What callers get from the law."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.kernel.fields import Moment
from services.kernel.identifiers import show
from services.law.domain.authorities import how_sure, plain
from services.law.schemas.worded import value_says
from services.platform import filing, words
from services.platform.database import Row

PolicyState = Literal["PROPOSED", "APPROVED", "DECLINED", "REVOCATION_PROPOSED", "REVOKED"]

Sure = Literal["ASSUMPTION", "PRACTICE", "SAMPLE", "UNKNOWN"]

ListKind = Literal["port_origins", "goods_restrictions", "commodities"]
ListState = Literal["PROPOSED", "CONFIRMED", "TURNED_DOWN"]


class Filed(filing.Filed):
    """The receipt of rows of a list: under which id they wait for a second person."""

    filed: int = Field(description="0 until a second person has confirmed it")
    proposed: int = Field(description="rows that wait for a second person")


class ListFilingShown(BaseModel):
    """A filing of one of the law's lists, and where it stands; what it says is in the one."""

    filing_id: str
    version: int
    kind: ListKind
    count: int
    state: ListState
    proposed_at: Moment
    decided_at: Moment | None

    @classmethod
    def of(cls, row: Row) -> ListFilingShown:
        """A filing as it stands."""
        return cls(**{**row, "filing_id": show("imp", row.filing_id)})


class ListFilingDetail(ListFilingShown):
    """A filing with its rows as they are to be."""

    rows: list[dict[str, Any]]
    acts: list[str] = Field(description="the acts that are open to you in this state")

    @classmethod
    def told(cls, row: Row, acts: list[str]) -> ListFilingDetail:
        """A filing as it stands, its rows read from the text in which they were proposed."""
        shown = {"filing_id": show("imp", row.filing_id), "rows": json.loads(row.rows)}
        return cls(**{**row, **shown, "acts": acts})


class RestrictionShown(BaseModel):
    """Goods without exemption or prohibited; ``sample`` when it is not the official list."""

    kind: str
    hs_prefix: str
    effective_from: date
    effective_to: date | None
    authority: str
    sample: bool


class Restrictions(BaseModel):
    """The restrictions in force on a day; the list is short and given whole."""

    items: list[RestrictionShown]


class CommodityShown(BaseModel):
    """A commodity code, and from when to when it says this."""

    hs_code: str
    name_zh: str
    name_en: str
    perishable: bool
    processing_rule: str | None
    processes: list[str]
    sample: bool
    effective_from: date | None = Field(description="its first day; null: since ever")
    effective_to: date | None = Field(
        description="from this day no line, or one that says something else; null: it is"
    )


class CommodityNamed(BaseModel):
    """A commodity code by name."""

    hs_code: str
    name_zh: str
    name_en: str


class CommodityNames(BaseModel):
    """The codes that are lines, in their order."""

    items: list[CommodityNamed]


class RuleShown(BaseModel):
    """A rule that decides: what it says, and where it comes from."""

    code: str = Field(description="what refusals and verdicts name it by")
    service: str
    says: str = Field(description="in the reader's language")
    source: str = Field(description="an entry of the page on the law")
    in_force: date = Field(description="judges cases from this day on")
    until: date | None = Field(description="and no longer from this day on; null: it still does")


class Rules(BaseModel):
    """The rules in the order of their services and codes."""

    items: list[RuleShown]


class PolicyShown(BaseModel):
    """A legal parameter with its authority and the two officers behind it."""

    policy_id: str
    version: int
    key: str
    title: str = Field(description="what the key stands for, in the reader's language")
    scope: str
    value: Any
    says: str = Field(description="the value with its unit, in the reader's language")
    authority: str
    authority_says: str = Field(
        description="the authority without its marks, in the reader's language where it has words"
    )
    sure: Sure | None = Field(
        description="what the authority owns to, where it is less than a text; null: nothing"
    )
    effective_from: date
    effective_to: date | None
    proposed_by: str
    proposed_at: Moment
    approved_by: str | None
    approved_at: Moment | None
    state: PolicyState
    declined_by: str | None
    declined_at: Moment | None
    declined_for: str | None = Field(description="the grounds on which it was declined")
    revocation_asked_by: str | None = Field(description="who wants it never to begin")
    revocation_grounds: str | None = Field(description="and why")
    revoked_by: str | None
    revoked_at: Moment | None
    acts: list[str] | None = Field(
        default=None,
        description="the acts that are open to you in this state; null but where one is read alone",
    )

    @classmethod
    def of(cls, row: Row, *, language: str) -> PolicyShown:
        """A parameter, in the reader's words beside the key and the value that programs go by."""
        value = json.loads(row.value)
        said = {
            "title": words.word(row.key, "parameter", language),
            "says": value_says(row.key, value, language),
            "authority_says": words.translated(plain(row.authority), language, "authority"),
            "sure": how_sure(row.authority),
        }
        return cls(**{**row, "policy_id": show("pol", row.policy_id), "value": value, **said})


class PolicyAnswer(BaseModel):
    """Where a proposal stands."""

    policy_id: str
    state: str
    version: int
