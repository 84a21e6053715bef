"""What is filed and proposed as law, one model each; unknown fields are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from services.kernel.fields import (
    CommodityCode,
    Country,
    Day,
    Grounds,
    HsPrefix,
    Label,
    Open,
    PortCode,
    Request,
    Symbol,
    Title,
    YesNo,
)


class PortOrigin(Request):
    """A country whose goods may come in at a port, dated."""

    port: PortCode
    country: Country
    effective_from: Day
    effective_to: Day | None = None
    authority: Title


class GoodsRestriction(Request):
    """Goods without exemption or prohibited, by HS prefix, dated."""

    kind: Literal["NOT_EXEMPT", "PROHIBITED"]
    hs_prefix: HsPrefix
    effective_from: Day
    effective_to: Day | None = None
    authority: Title
    sample: YesNo = False


class Commodity(Request):
    """A commodity code, its names, and the rule of substantial processing that applies to it.

    It is that line of the tariff from a day to a day, exclusive; without them since ever, and
    still. What it was on days before its first one stays as it is on file.
    """

    hs_code: CommodityCode
    name_zh: Label
    name_en: Label
    perishable: YesNo
    processing_rule: Literal["NONE", "CTSH", "CTH", "CC", "PROCESS_LIST"] | None = None
    processes: tuple[Symbol, ...] = ()
    sample: YesNo = False
    effective_from: Day | None = None
    effective_to: Day | None = None


class ListDecision(Request):
    """Whether a second person confirms what is proposed for a list, or it is turned down."""

    confirm: YesNo


class PolicyProposal(Request):
    """A legal parameter that an officer proposes; ``effective_to`` is exclusive."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[a-z0-9_]+)+$", max_length=80)]
    scope: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{0,40}$")] = ""
    value: Open
    authority: Title
    effective_from: Day
    effective_to: Day | None = None


class PolicyRefusal(Request):
    """Why a proposal is not to become law; people read it, no event carries it."""

    grounds: Grounds


class PolicyRevocation(Request):
    """Why an approved parameter is never to begin; people read it, no event carries it."""

    grounds: Grounds


class RevocationDecision(Request):
    """Whether a second officer revokes it, or it is kept."""

    approve: YesNo
