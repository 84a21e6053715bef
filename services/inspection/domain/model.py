"""Values of inspection: results, disposals, findings, orders."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from services.kernel.lanes import Lane, Method


class Result(StrEnum):
    """What an inspection found (查验结果)."""

    NO_DIFFERENCE = "NO_DIFFERENCE"
    NAME = "NAME"
    QUANTITY = "QUANTITY"
    CLASS = "CLASS"
    VALUE = "VALUE"
    ORIGIN = "ORIGIN"
    IPR = "IPR"
    SMUGGLED = "SMUGGLED"
    QUARANTINE_FAIL = "QUARANTINE_FAIL"


class Disposal(StrEnum):
    """What becomes of the goods (处理意见)."""

    RELEASE = "RELEASE"
    AMEND = "AMEND"
    """Returned ticket (退单): the lot is refused and must be declared again truthfully."""
    TAX_AGAIN = "TAX_AGAIN"
    """Refused as declared; to be declared again under a taxed mode."""
    RETURN = "RETURN"
    DESTROY = "DESTROY"
    SEIZE = "SEIZE"
    TRANSFER = "TRANSFER"
    """Handed to the anti-smuggling bureau."""
    WITHDRAWN = "WITHDRAWN"
    """The lot was cancelled before anything was found: two officers let it go, or nobody had
    selected it yet."""


class Skill(StrEnum):
    """Skills an officer needs to be eligible for a draw."""

    DOCUMENT = "document"
    INSPECTION = "inspection"


def skill_for(lane: Lane) -> Skill:
    """What an officer must know to decide on an order of this lane."""
    return Skill.DOCUMENT if lane == Lane.YELLOW else Skill.INSPECTION


@dataclass(frozen=True, slots=True)
class Findings:
    """What a drawn officer reports. Weights in kg."""

    method: Method
    results: tuple[Result, ...]
    disposal: Disposal
    found_kg: Decimal | None = None
    items: tuple[dict[str, Any], ...] = ()
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """What was declared of the goods, and how far a scale may differ from it.

    ``tolerance`` is a share of the declared net weight, e.g. 0.01.
    """

    hs_code: str
    origin: str
    net_kg: Decimal
    pieces: int
    tolerance: Decimal
    prohibited: bool = False
    """Whether goods like these have come to be prohibited since."""

    def weighs(self, found_kg: Decimal) -> bool:
        """Whether a weight found is the declared one, within the tolerance (inclusive)."""
        return abs(found_kg - self.net_kg) <= self.net_kg * self.tolerance


@dataclass(frozen=True, slots=True)
class Order:
    """An inspection order (查验单) as the rules see it."""

    order_id: str
    lot_id: str
    state: str
    lane: Lane
    method_ordered: Method
    version: int
    round: int
    officers: tuple[str, ...] = ()
    author: str | None = None
    """The officer whose findings wait for a signature."""
