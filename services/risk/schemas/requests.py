"""Requests of the risk API: an unknown field is a mistake, not a wish.

Free text names nobody by number: whoever may see the case or the rule reads it. No event and no
workflow carries it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    Field,
    TypeAdapter,
    ValidationInfo,
    field_validator,
)

from services.kernel.fields import (
    CommodityCode,
    Country,
    Day,
    Grounds,
    HsPrefix,
    Label,
    ListedParty,
    ListedPlate,
    PortCode,
    Request,
    Shape,
    Symbol,
    Title,
    Whole,
    YesNo,
)
from services.kernel.lanes import Lane
from services.kernel.refusal import Mistake
from services.kernel.wording import fit_to_keep
from services.risk.commands.rules import ControlOrder, RuleProposal
from services.risk.domain import refusals

RuleCode = Annotated[Symbol, Field(min_length=3)]
Expression = Annotated[
    str,
    Shape(refusals.RULE_FORM, 500, str.strip, lines=True),
]
PersonalLane = Literal[Lane.YELLOW, Lane.RED]


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
    titles: dict[Literal["zh-CN", "vi", "en"], Title] = Field(
        default_factory=dict,
        description="the title by language; ``title`` is read in those that have none",
    )
    lane: PersonalLane
    expression: Expression
    example: dict[str, Annotated[str, AfterValidator(fit_to_keep)] | Whole | YesNo] = Field(
        description="facts that make an unremarkable lot one that the rule hits"
    )
    authority: Grounds
    effective_from: Day
    effective_to: Day | None = None

    @field_validator("effective_to")
    @classmethod
    def _period(cls, value: date | None, known: ValidationInfo) -> date | None:
        return _after_its_beginning(value, known)

    def proposal(self) -> RuleProposal:
        """As the command takes it."""
        return RuleProposal(
            code=self.code,
            title=self.title,
            titles={str(language): title for language, title in self.titles.items()},
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


class RetirementRequest(Request):
    """Let a rule end: it applies to no day from ``ends_on`` on."""

    ends_on: Day
    grounds: Grounds


_FACTS: Final[dict[str, TypeAdapter[str]]] = {
    "party": TypeAdapter(ListedParty),
    "seller": TypeAdapter(Label),
    "vehicle_plate": TypeAdapter(ListedPlate),
    "hs_code": TypeAdapter(CommodityCode),
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

    @field_validator("effective_to")
    @classmethod
    def _period(cls, value: date | None, known: ValidationInfo) -> date | None:
        return _after_its_beginning(value, known)

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


class CallInRequest(Request):
    """Why a lot is to be inspected, and how closely: its documents, or the goods themselves."""

    lane: PersonalLane = Lane.RED
    grounds: Grounds


class LiftRequest(Request):
    """Lift a control (解控); there is nothing to say beside."""


def _after_its_beginning(ends: date | None, known: ValidationInfo) -> date | None:
    begins = known.data.get("effective_from")
    if ends is not None and begins is not None and ends <= begins:
        raise Mistake(refusals.PERIOD_BACKWARDS.at())
    return ends
