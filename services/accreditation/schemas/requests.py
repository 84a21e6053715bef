"""Requests of the accreditation API: an unknown field is a mistake, not a wish.

Free text names nobody by number: whoever may see the case or the rule reads it. No event and no
workflow carries it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from services.accreditation.commands.credit import CreditProposal
from services.accreditation.domain import refusals
from services.accreditation.domain.rules.credit import Grounds as CreditGrounds
from services.accreditation.domain.rules.credit import Violations
from services.accreditation.domain.rules.score import Mark
from services.kernel.credit_level import CreditLevel
from services.kernel.fields import (
    Exact,
    Grounds,
    PartyCode,
    Reference,
    Request,
    Symbol,
    Title,
    Whole,
    YesNo,
)
from services.kernel.money import Money
from services.kernel.refusal import Mistake


class ApplicationRequest(Request):
    """An enterprise's application (AEO认证申请)."""

    level: CreditLevel
    trades: Annotated[list[Title], Field(max_length=10, default_factory=list)]
    reference: Reference | None = None


class AcceptanceRequest(Request):
    """Accept the application, or decline it with a reason code.

    ``trades`` are those whose single standards apply besides what was applied for and is on file.
    """

    accept: YesNo
    reason_code: Symbol | None = None
    trades: Annotated[list[Title], Field(max_length=10, default_factory=list)]

    @field_validator("reason_code")
    @classmethod
    def _declines(cls, code: str | None, known: ValidationInfo) -> str | None:
        if code is not None and known.data.get("accept") is True:
            raise Mistake(refusals.REASON_CODE_UNASKED.at())
        return code

    @field_validator("trades")
    @classmethod
    def _accepts(cls, trades: list[str], known: ValidationInfo) -> list[str]:
        if trades and known.data.get("accept") is False:
            raise Mistake(refusals.TRADES_UNASKED.at())
        return trades

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


class ExaminersRedrawRequest(Request):
    """Draw anew for an examiner who may decide no more."""

    grounds: Grounds


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
