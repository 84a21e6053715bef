"""Requests of the inspection API: an unknown field is a mistake, not a wish.

Free text names nobody by number: whoever may see the case or the rule reads it. No event and no
workflow carries it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from services.inspection.commands.credit import CreditProposal
from services.inspection.commands.rules import ControlOrder, RuleProposal
from services.inspection.domain import refusals
from services.inspection.domain.model import (
    CreditLevel,
    Disposal,
    Findings,
    Lane,
    Method,
    Result,
)
from services.inspection.domain.rules.credit import Grounds, Violations
from services.inspection.domain.rules.score import Mark
from services.kernel.fields import Day, Whole, YesNo
from services.kernel.money import Money
from services.kernel.quantity import decimal_text
from services.kernel.refusal import Mistake
from services.kernel.wording import fit_to_keep

Remark = Annotated[
    str,
    StringConstraints(max_length=500, strip_whitespace=True),
    AfterValidator(fit_to_keep),
]
Grounded = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, strip_whitespace=True),
    AfterValidator(fit_to_keep),
]
Label = Annotated[
    str,
    StringConstraints(min_length=1, max_length=120, strip_whitespace=True),
    AfterValidator(fit_to_keep),
]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{2,39}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]{1,64}$")]
Weight = Annotated[
    Decimal,
    BeforeValidator(decimal_text, json_schema_input_type=str),
    Field(ge=0, max_digits=15, decimal_places=3, description="kg"),
]
PersonalLane = Literal[Lane.YELLOW, Lane.RED]


class Request(BaseModel):
    """Base of requests: an unknown field is a mistake, not a wish."""

    model_config = ConfigDict(extra="forbid")


class FoundItem(Request):
    """One kind of goods as it was found."""

    hs_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,10}$")]
    goods_name: Label
    net_kg: Weight | None = None
    pieces: Annotated[Whole, Field(ge=0, le=10_000_000)] | None = None
    origin: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    sampled: YesNo = False


class FindingsRequest(Request):
    """What a drawn officer found and proposes."""

    method: Method
    results: Annotated[list[Result], Field(min_length=1, max_length=9)]
    disposal: Disposal
    found_kg: Weight | None = None
    items: Annotated[list[FoundItem], Field(max_length=100)] = []
    remark: Remark = ""

    def findings(self) -> Findings:
        """As the rules take it."""
        return Findings(
            method=self.method,
            results=tuple(dict.fromkeys(self.results)),
            disposal=self.disposal,
            found_kg=self.found_kg,
            items=tuple(item.model_dump(mode="json") for item in self.items),
            remark=self.remark,
        )


class SignatureRequest(Request):
    """The second officer agrees, or sends it back and says why."""

    agree: YesNo
    remark: Remark = ""

    @model_validator(mode="after")
    def _says_why_not(self) -> SignatureRequest:
        if not self.agree and not self.remark:
            raise Mistake(refusals.REMARK_MISSING.at())
        return self


class RedrawRequest(Request):
    """Draw again because a drawn officer may no longer decide."""

    grounds: Grounded


class SeedRequest(Request):
    """Commit to a seed of a port's day before its first lot."""

    port: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,20}$")]
    business_on: Day


class RevealRequest(Request):
    """Close a draw day; there is nothing to say beside."""


class RuleRequest(Request):
    """A risk rule as CEL text, with an example lot that it hits."""

    code: Code
    title: Label
    lane: PersonalLane
    expression: Grounded
    example: dict[str, Annotated[str, AfterValidator(fit_to_keep)] | int | bool] = Field(
        description="facts that make an unremarkable lot one that the rule hits"
    )
    authority: Grounded
    effective_from: Day
    effective_to: Day | None = None

    @model_validator(mode="after")
    def _period(self) -> RuleRequest:
        return _with_period(self)

    def proposal(self) -> RuleProposal:
        """As the command takes it."""
        return RuleProposal(
            code=self.code,
            title=self.title,
            lane=Lane(self.lane),
            expression=self.expression,
            example=self.example,
            authority=self.authority,
            effective_from=self.effective_from,
            effective_to=self.effective_to,
        )


class RuleDecisionRequest(Request):
    """The second risk officer's word on a rule."""

    approve: YesNo


class ControlRequest(Request):
    """A control (布控) on one fact of a lot."""

    kind: Literal["party", "seller", "vehicle_plate", "hs_code", "hs_prefix", "origin"]
    value: Label
    lane: PersonalLane = Lane.RED
    grounds: Grounded
    effective_from: Day
    effective_to: Day | None = None

    @model_validator(mode="after")
    def _period(self) -> ControlRequest:
        return _with_period(self)

    def order(self) -> ControlOrder:
        """As the command takes it."""
        return ControlOrder(
            self.kind,
            self.value,
            Lane(self.lane),
            self.grounds,
            self.effective_from,
            self.effective_to,
        )


class LiftRequest(Request):
    """Lift a control (解控); there is nothing to say beside."""


P = TypeVar("P", RuleRequest, ControlRequest)


def _with_period(request: P) -> P:
    if request.effective_to is not None and request.effective_to <= request.effective_from:
        raise Mistake(refusals.PERIOD_BACKWARDS.at())
    return request


class ApplicationRequest(Request):
    """An enterprise's application (AEO认证申请)."""

    level: CreditLevel
    trades: Annotated[list[str], Field(max_length=10)] = []
    reference: Reference | None = None


class AcceptanceRequest(Request):
    """Accept the application, or decline it with a reason code."""

    accept: YesNo
    reason_code: Code | None = None

    @model_validator(mode="after")
    def _says_why_not(self) -> AcceptanceRequest:
        if not self.accept and self.reason_code is None:
            raise Mistake(refusals.REASON_CODE_MISSING.at())
        return self


class ExtensionRequest(Request):
    """Extend the decision clock once."""

    grounds: Grounded


class WithdrawalRequest(Request):
    """Give up the application."""

    grounds: Grounded


class SelfAssessmentRequest(Request):
    """The enterprise's own marks, one per standard."""

    marks: Annotated[dict[str, Mark], Field(max_length=100)]


class OnSiteReportRequest(Request):
    """A drawn examiner's marks and opinion."""

    marks: Annotated[dict[str, Mark], Field(max_length=100)]
    opinion: Grounded


class AccreditationDecisionRequest(Request):
    """A decision for the second signature. ``level`` is where a downgrade leads."""

    kind: Literal["CERTIFY", "FAIL", "SUSPEND", "REINSTATE", "DOWNGRADE"]
    level: CreditLevel | None = None
    grounds: Grounded


class ReviewRequest(Request):
    """Ask for a re-examination (复核) before the five years are over."""

    grounds: Grounded


class ViolationsRequest(Request):
    """A party's year, as W21 weighs it. Fines in CNY."""

    count: Annotated[Whole, Field(ge=0, le=10_000_000)]
    documents: Annotated[Whole, Field(ge=0, le=1_000_000_000)]
    fines: Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]
    is_broker: YesNo = False


class CreditLevelRequest(Request):
    """A credit level proposed outside an accreditation."""

    party: Annotated[
        str, StringConstraints(pattern=r"^(enterprise|group|resident):[A-Za-z0-9_-]{1,40}$")
    ]
    level: CreditLevel
    grounds: Grounds
    violations: ViolationsRequest | None = None

    def proposal(self) -> CreditProposal:
        """As the command takes it."""
        year = None
        if self.violations is not None:
            v = self.violations
            year = Violations(v.count, v.documents, Money.parse(v.fines, "CNY"), v.is_broker)
        return CreditProposal(self.party, self.level, self.grounds, year)
