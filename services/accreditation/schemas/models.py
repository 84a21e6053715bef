"""The shapes of the accreditation API's answers, as its description states them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from services.kernel.events import MoneyBody
from services.kernel.fields import Moment


class PendingAnswer(BaseModel):
    """A decision that waits for the second signature."""

    kind: str
    level: str | None
    author: str
    grounds: str


class SentBackAnswer(BaseModel):
    """A decision that the second officer sent back, and why."""

    kind: str
    level: str | None
    author: str
    grounds: str
    signer: str
    remark: str | None
    sent_back_at: Moment


class ReportAnswer(BaseModel):
    """The scored report of the examination on site, and what the other examiner said to it."""

    author: str | None = Field(description="for customs and auditors")
    marks: dict[str, str]
    failures: list[str]
    opinion: str
    reported_at: str
    signer: str | None = Field(description="the other examiner; for customs and auditors")
    signer_remark: str | None
    signed_at: str | None


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
    examiners: list[str] = Field(description="for customs and auditors; else empty")
    unstaffed_reason: str | None
    reporter: str | None
    concurring: str | None = Field(description="the examiner who agreed to the score")
    score: int | None = Field(description="for the enterprise once it is decided on")
    passed: bool | None
    self_assessment: dict[str, str] | None
    report: ReportAnswer | None
    pending_decision: PendingAnswer | None = Field(description="for customs and auditors")
    possible: list[str] = Field(
        description="kinds of decision, and acts upon grounds (extension, redraw, review), that"
        " customs may do with it now; for customs and auditors, else empty"
    )
    certificate: str | None
    certified_on: str | None
    suspended_on: str | None = Field(description="since when the certificate rests")
    review_due_on: str | None
    ended_on: str | None
    may_apply_again_on: str | None
    grounds: str | None = Field(
        default=None,
        description="why the certificate rests, or the level was taken away, as two officers signed"
        " it; null but where one is read alone",
    )
    sent_back: SentBackAnswer | None = Field(
        default=None,
        description="what was proposed last and sent back, with the reason; for customs and"
        " auditors; null but where one is read alone",
    )
    acts: list[str] | None = Field(
        default=None,
        description="the acts that are open to you in this state (decide: one of the possible kinds"
        " of decision); null but where one is read alone",
    )


class StandardsAnswer(BaseModel):
    """The items to be marked, by class and by trade."""

    sample: bool
    general: dict[str, list[str]]
    by_trade: dict[str, list[str]]


class ViolationsAnswer(BaseModel):
    """A party's year, as whoever proposed the level wrote it down."""

    count: int
    documents: int
    fines: MoneyBody
    is_broker: bool


class CreditAnswer(BaseModel):
    """A credit decision with its label under the law of its day."""

    credit_id: str
    version: int
    party: str
    level: str
    label: str
    grounds: str
    violations: ViolationsAnswer | None = Field(
        description="upon which the level was proposed, where its grounds are violations"
    )
    state: str
    author: str = Field(description="customs, but for customs and auditors")
    signer: str | None
    accreditation_id: str | None
    effective_from: str | None
    effective_to: str | None
    acts: list[str] | None = Field(
        default=None,
        description="the acts that are open to you in this state; null but where one is read alone",
    )
