"""Requests of the inspection API: an unknown field is a mistake, not a wish.

Free text names nobody by number: whoever may see the case or the rule reads it. No event and no
workflow carries it.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    TypeAdapter,
    ValidationInfo,
    field_validator,
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
from services.inspection.domain.rules.credit import Grounds as CreditGrounds
from services.inspection.domain.rules.credit import Violations
from services.inspection.domain.rules.score import Mark
from services.kernel import mistakes
from services.kernel.fields import (
    CountedKilograms,
    Country,
    Day,
    Exact,
    Grounds,
    HsCode,
    HsPrefix,
    Label,
    ListedPlate,
    PartyCode,
    PortCode,
    Reference,
    Remark,
    Request,
    Shape,
    Symbol,
    Title,
    Whole,
    YesNo,
)
from services.kernel.money import Money
from services.kernel.refusal import Mistake
from services.kernel.wording import fit_to_keep

RuleCode = Annotated[Symbol, Field(min_length=3)]
Expression = Annotated[
    str,
    Shape(mistakes.RULE_FORM, 500, str.strip, lines=True),
]
PersonalLane = Literal[Lane.YELLOW, Lane.RED]


class FoundItem(Request):
    """One kind of goods as it was found."""

    hs_code: HsCode
    goods_name: Title
    net_kg: CountedKilograms | None = None
    pieces: Annotated[Whole, Field(ge=0, le=10_000_000)] | None = None
    origin: Country | None = None
    sampled: YesNo = False


class FindingsRequest(Request):
    """What a drawn officer found and proposes."""

    method: Method
    results: Annotated[list[Result], Field(min_length=1, max_length=9)]
    disposal: Disposal
    found_kg: CountedKilograms | None = None
    items: Annotated[list[FoundItem], Field(max_length=100, default_factory=list)]
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

    grounds: Grounds


class SeedRequest(Request):
    """Commit to a seed of a port's day before its first lot."""

    port: PortCode
    business_on: Day


class RevealRequest(Request):
    """Close a draw day; there is nothing to say beside."""


class RuleRequest(Request):
    """A risk rule as CEL text, with an example lot that it hits."""

    code: RuleCode
    title: Title
    lane: PersonalLane
    expression: Expression
    example: dict[str, Annotated[str, AfterValidator(fit_to_keep)] | Whole | YesNo] = Field(
        description="facts that make an unremarkable lot one that the rule hits"
    )
    authority: Grounds
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


_FACTS: Final[dict[str, TypeAdapter[str]]] = {
    "party": TypeAdapter(PartyCode),
    "seller": TypeAdapter(Label),
    "vehicle_plate": TypeAdapter(ListedPlate),
    "hs_code": TypeAdapter(HsCode),
    "hs_prefix": TypeAdapter(HsPrefix),
    "origin": TypeAdapter(Country),
}


class ControlRequest(Request):
    """A control (布控) on one fact of a lot."""

    kind: Literal["party", "seller", "vehicle_plate", "hs_code", "hs_prefix", "origin"]
    value: Annotated[str, Field(strict=True, max_length=480)]
    lane: PersonalLane = Lane.RED
    grounds: Grounds
    effective_from: Day
    effective_to: Day | None = None

    @field_validator("value")
    @classmethod
    def _of_its_kind(cls, value: str, known: ValidationInfo) -> str:
        """A fact is written as lots write it; of a wrong kind there is nothing to be read."""
        kind = known.data.get("kind")
        return value if kind is None else _FACTS[kind].validate_python(value)

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
    trades: Annotated[list[Title], Field(max_length=10, default_factory=list)]
    reference: Reference | None = None


class AcceptanceRequest(Request):
    """Accept the application, or decline it with a reason code."""

    accept: YesNo
    reason_code: Symbol | None = None

    @model_validator(mode="after")
    def _says_why_not(self) -> AcceptanceRequest:
        if not self.accept and self.reason_code is None:
            raise Mistake(refusals.REASON_CODE_MISSING.at())
        return self


class ExtensionRequest(Request):
    """Extend the decision clock once."""

    grounds: Grounds


class WithdrawalRequest(Request):
    """Give up the application."""

    grounds: Grounds


class SelfAssessmentRequest(Request):
    """The enterprise's own marks, one per standard."""

    marks: Annotated[dict[str, Mark], Field(max_length=100)]


class OnSiteReportRequest(Request):
    """A drawn examiner's marks and opinion."""

    marks: Annotated[dict[str, Mark], Field(max_length=100)]
    opinion: Grounds


class AccreditationDecisionRequest(Request):
    """A decision for the second signature. ``level`` is where a downgrade leads."""

    kind: Literal["CERTIFY", "FAIL", "SUSPEND", "REINSTATE", "DOWNGRADE"]
    level: CreditLevel | None = None
    grounds: Grounds


class ReviewRequest(Request):
    """Ask for a re-examination (复核) before the five years are over."""

    grounds: Grounds


class ViolationsRequest(Request):
    """A party's year, as W21 weighs it. Fines in CNY."""

    count: Annotated[Whole, Field(ge=0, le=10_000_000)]
    documents: Annotated[Whole, Field(ge=0, le=1_000_000_000)]
    fines: Annotated[Exact, Field(ge=0, max_digits=15, decimal_places=2)]
    is_broker: YesNo = False


class CreditLevelRequest(Request):
    """A credit level proposed outside an accreditation."""

    party: PartyCode
    level: CreditLevel
    grounds: CreditGrounds
    violations: ViolationsRequest | None = None

    def proposal(self) -> CreditProposal:
        """As the command takes it."""
        year = None
        if self.violations is not None:
            v = self.violations
            year = Violations(v.count, v.documents, Money.parse(v.fines, "CNY"), v.is_broker)
        return CreditProposal(self.party, self.level, self.grounds, year)
