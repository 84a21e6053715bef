"""The shapes of the risk API's answers, as its description states them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from services.kernel.fields import Moment


class SeedAnswer(BaseModel):
    """A draw day: the commitment at once, the seed (hex) when it is closed."""

    seed_id: str
    port: str
    business_on: str
    round: int
    commitment_sha256: str
    committed_at: Moment
    closed_at: Moment | None
    seed: str | None


class DrawAnswer(BaseModel):
    """A draw. Of goods: value, rate, selected. Of officers and bays: eligible and drawn."""

    purpose: str
    subject: str
    value: str | None
    rate: str | None
    selected: bool | None
    eligible: list[str] | None
    drawn: list[str] | None
    drawn_at: Moment


class HitAnswer(BaseModel):
    """A lot that a rule hit."""

    lot_id: str
    port: str
    lane: str = Field(description="the lane it was given, by this rule or another reason")
    reasons: list[str] = Field(description="every reason for which it was chosen")
    screened_at: Moment


class PoolChangeAnswer(BaseModel):
    """What a filing changed in a port's pool: who came in, left, has other skills or a conflict."""

    filing_id: str
    port: str
    officer_id: str
    what: str = Field(description="IN, OUT, SKILLS, CONFLICT or DUTY")
    detail: str = Field(
        description="the officer's skills; of a conflict with whom, of a duty which, and the days"
        " (ISO 8601, an open end is '..')"
    )
    changed_at: Moment = Field(description="a draw of after this had this pool")
    filed_by: str | None
    seconded_by: str | None


class PublishedDraw(BaseModel):
    """A draw of a closed day. Of goods: value, rate, selected. Of officers, examiners and bays:
    eligible and drawn. Lots, orders and officers are numbers; names stand nowhere here."""

    purpose: str
    subject: str
    value: str | None
    rate: str | None
    selected: bool | None
    eligible: list[str] | None
    drawn: list[str] | None


class PublishedDraws(BaseModel):
    """A closed draw day with everything drawn under its seed; none while no day is closed."""

    day: SeedAnswer | None
    items: list[PublishedDraw]
    next_cursor: str | None


class RuleAnswer(BaseModel):
    """A risk rule with who proposed and who decided it."""

    rule_id: str
    version: int
    code: str
    title: str
    titles: dict[str, str] = Field(
        description="the title by language; ``title`` is read in those that have none"
    )
    lane: str
    expression: str
    example: dict[str, Any]
    authority: str
    effective_from: str
    effective_to: str | None
    state: str
    proposed_by: str
    decided_by: str | None
    warnings: list[str] = Field(
        description="ALWAYS_HITS, NEVER_HITS:‹half›: by the newest lots when it was worded"
    )
    retires_on: str | None = Field(description="from when it is to end, or has ended")
    retirement_grounds: str | None
    retirement_asked_by: str | None
    retired_by: str | None
    acts: list[str] | None = Field(
        default=None,
        description="the acts that are open to you in this state; null but where one is read alone",
    )


class CallInAnswer(BaseModel):
    """A lot called in by hand; its order, or null until screening opens one."""

    call_in_id: str
    lot_id: str
    lane: str
    grounds: str
    order_id: str | None
    called_by: str
    called_at: Moment


class ControlAnswer(BaseModel):
    """A control (布控) with who set and who lifted it."""

    control_id: str
    version: int
    kind: str
    value: str
    lane: str
    grounds: str
    effective_from: str
    effective_to: str | None
    set_by: str
    set_at: Moment
    lifted_by: str | None
    lifted_at: Moment | None
