"""The shapes of the inspection API's answers, as its description states them."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from services.kernel.events import MoneyBody
from services.kernel.fields import Moment
from services.platform.pagination import Page


class Away(BaseModel):
    """For what an officer is away, from a day to the one on which he is back.

    For what is told to whoever keeps the roster and to the officer; to the others it is AWAY.
    """

    duty: str
    from_on: date
    until_on: date | None
    yours: bool = Field(
        description="you said that he is away today: another officer asks for a draw in his place"
    )


class OfficerOnRoster(BaseModel):
    """An officer of the port, by badge."""

    officer_id: str
    badge_no: str
    team: str
    skills: list[str]
    in_service: bool
    on_duty: bool = Field(description="in service and not away today")
    away: Away | None = Field(description="today or next")
    open_orders: int = Field(description="for which he was drawn")


class Roster(Page[OfficerOnRoster]):
    """A page of a port's roster, and whether its reader enters there who is away."""

    keeps: bool


class FindingsAnswer(BaseModel):
    """What was found on an order in a round, and what the other officer said to it."""

    author: str
    method: str
    results: list[str]
    disposal: str
    found_kg: str | None
    items: list[dict[str, Any]]
    remark: str
    recorded_at: Moment
    signer: str | None
    agreed: bool | None
    signer_remark: str | None
    signed_at: Moment | None


class RoundAnswer(FindingsAnswer):
    """The same with the round, of which there is another whenever findings are sent back."""

    round: int


class ThroughAnswer(BaseModel):
    """By which part of the lot a control or a credit level was found, and who has that part."""

    reason: str
    part: str = Field(description="declarant, resident, carrier, foreign_plate, …")
    party: str | None


class WantedBeside(BaseModel):
    """What wants the lot inspected beside the reasons of its order: set later, or found since.

    The gate lets no lot out while one is unanswered.
    """

    reason: str = Field(description="CONTROL_HIT:ctl_…, CREDIT_LEVEL:…, PROHIBITED:heading")
    part: str | None = Field(description="by which part of the lot: carrier, buyer, goods, …")
    party: str | None
    method: str = Field(description="how closely at least it wants the goods inspected")
    since: Moment
    answered: bool = Field(
        description="whether what was found since then, as closely, answers it once two have"
        " signed it with release; what was found before, or less closely, does not"
    )


class LotSeen(BaseModel):
    """What an officer looks for in the yard: the lot as declared, by whom, on which truck."""

    reference: str
    state: str
    vehicle_plate: str
    foreign_plate: str | None
    manifest_no: str | None
    declarant: str = Field(description="the party that declared, as kind:code")
    declarant_name: str | None = Field(
        description="what the register calls it; null of a resident, who is named nowhere here"
    )
    seller: str
    value: MoneyBody


class OrderAnswer(BaseModel):
    """An inspection order (查验单) with its lot's clock."""

    order_id: str
    lot_id: str
    state: str
    version: int
    port: str
    lane: str
    reasons: list[str] = Field(description="codes of the rules that hit, RANDOM, CONTROL_HIT:…")
    titles: dict[str, str] = Field(description="of those that are rules' codes, the rules' titles")
    titles_by_language: dict[str, dict[str, str]] = Field(
        description="of those, the titles by language, where a rule is worded in one"
    )
    through: list[ThroughAnswer]
    wanted_beside: list[WantedBeside] | None = Field(
        default=None,
        description="what reaches the lot as of now and is none of the reasons; null in a list",
    )
    grounds: str | None = Field(description="why an officer called the lot in, if one did")
    method_ordered: str
    perishable: bool
    release_due_at: Moment | None
    hs_code: str
    goods_name: str
    declared_net_kg: str
    declared_pieces: int
    lot: LotSeen
    officers: list[str] = Field(description="the two drawn officers; fewer while UNSTAFFED")
    absent: list[str] = Field(description="those of them who are not in service any more")
    bay: str | None
    unstaffed_reason: str | None
    round: int
    findings: FindingsAnswer | None = Field(description="the newest")
    rounds: list[RoundAnswer] | None = Field(
        default=None,
        description="what every round found, the newest last, with each remark and the reason for"
        " which it was sent back; null in a list",
    )
    disposal: str | None
    let_go_by: str | None = Field(description="the drawn officer who lets the lot be withdrawn")
    opened_at: Moment
    concluded_at: Moment | None
    acts: list[str] | None = Field(
        default=None,
        description="the acts that are open to you in this state; null but where one is read alone",
    )
