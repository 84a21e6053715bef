"""The shapes of the inspection API's answers, as its description states them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class FindingsAnswer(BaseModel):
    """The newest findings on an order, and what the other officer said to them."""

    author: str
    method: str
    results: list[str]
    disposal: str
    found_kg: str | None
    items: list[dict[str, Any]]
    remark: str
    recorded_at: str
    signer: str | None
    agreed: bool | None
    signer_remark: str | None
    signed_at: str | None


class OrderAnswer(BaseModel):
    """An inspection order (查验单) with its lot's clock."""

    order_id: str
    lot_id: str
    state: str
    version: int
    port: str
    lane: str
    reasons: list[str] = Field(description="codes of the rules that hit, RANDOM, CONTROL_HIT:…")
    method_ordered: str
    perishable: bool
    release_due_at: str | None
    hs_code: str
    goods_name: str
    declared_net_kg: str
    declared_pieces: int
    officers: list[str] = Field(description="the two drawn officers; empty while UNSTAFFED")
    bay: str | None
    unstaffed_reason: str | None
    round: int
    findings: FindingsAnswer | None
    disposal: str | None
    opened_at: str
    concluded_at: str | None


class OrderPage(BaseModel):
    """A port's queue: perishables first, then by the release clock."""

    items: list[OrderAnswer]
    next_cursor: str | None


class SeedAnswer(BaseModel):
    """A draw day: the commitment at once, the seed (hex) when it is closed."""

    seed_id: str
    port: str
    business_on: str
    round: int
    commitment_sha256: str
    committed_at: str
    closed_at: str | None
    seed: str | None


class SeedPage(BaseModel):
    """Draw days, oldest first."""

    items: list[SeedAnswer]
    next_cursor: str | None


class DrawAnswer(BaseModel):
    """A draw. Of goods: value, rate, selected. Of officers and bays: eligible and drawn."""

    purpose: str
    subject: str
    value: str | None
    rate: str | None
    selected: bool | None
    eligible: list[str] | None
    drawn: list[str] | None
    drawn_at: str


class DrawPage(BaseModel):
    """Draws under one seed."""

    items: list[DrawAnswer]
    next_cursor: str | None


class RuleAnswer(BaseModel):
    """A risk rule with who proposed and who decided it."""

    rule_id: str
    code: str
    title: str
    lane: str
    expression: str
    example: dict[str, Any]
    authority: str
    effective_from: str
    effective_to: str | None
    state: str
    proposed_by: str
    decided_by: str | None


class RulePage(BaseModel):
    """Risk rules, oldest first."""

    items: list[RuleAnswer]
    next_cursor: str | None


class ControlAnswer(BaseModel):
    """A control (布控) with who set and who lifted it."""

    control_id: str
    kind: str
    value: str
    lane: str
    grounds: str
    effective_from: str
    effective_to: str | None
    set_by: str
    set_at: str
    lifted_by: str | None
    lifted_at: str | None


class ControlPage(BaseModel):
    """Controls, oldest first."""

    items: list[ControlAnswer]
    next_cursor: str | None


class PendingAnswer(BaseModel):
    """A decision that waits for the second signature."""

    kind: str
    level: str | None
    author: str
    grounds: str


class AccreditationAnswer(BaseModel):
    """An accreditation (AEO认证): clock, examiners, score, certificate."""

    accreditation_id: str
    reference: str | None
    enterprise_code: str
    port: str
    level: str
    trades: list[str]
    state: str
    version: int
    cycle: int = Field(description="1 for the application, 2 and on for re-examinations")
    applied_at: str
    accepted_on: str | None
    due_on: str | None = Field(description="last day for the decision")
    extended: bool
    overdue: bool
    examiners: list[str]
    unstaffed_reason: str | None
    reporter: str | None
    score: int | None
    passed: bool | None
    pending_decision: PendingAnswer | None
    certificate: str | None
    certified_on: str | None
    review_due_on: str | None
    ended_on: str | None
    may_apply_again_on: str | None


class AccreditationPage(BaseModel):
    """Accreditations, oldest first."""

    items: list[AccreditationAnswer]
    next_cursor: str | None


class StandardsAnswer(BaseModel):
    """The items to be marked, by class and by trade."""

    sample: bool
    general: dict[str, list[str]]
    by_trade: dict[str, list[str]]


class CreditAnswer(BaseModel):
    """A credit decision with its label under the law of its day."""

    credit_id: str
    party: str
    level: str
    label: str
    grounds: str
    state: str
    author: str
    signer: str | None
    accreditation_id: str | None
    effective_from: str | None
    effective_to: str | None


class CreditPage(BaseModel):
    """Credit decisions, oldest first."""

    items: list[CreditAnswer]
    next_cursor: str | None
