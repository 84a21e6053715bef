"""Scoring of an accreditation (W19): marks on standards, total, pass or fail and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from services.accreditation.domain import refusals
from services.kernel.policy import PolicyBook
from services.kernel.refusal import Refusal
from services.kernel.rule import rule


class Mark(StrEnum):
    """How far a standard is met (达标情况)."""

    MET = "MET"
    BASICALLY_MET = "BASICALLY_MET"
    NOT_MET = "NOT_MET"
    NOT_APPLICABLE = "NOT_APPLICABLE"


INTERNAL_CONTROL: Final = "IC"
FINANCE: Final = "FI"
COMPLIANCE: Final = "CO"
TRADE_SECURITY: Final = "TS"
STRICT_CLASSES: Final = (INTERNAL_CONTROL, TRADE_SECURITY)

GENERAL_STANDARDS: Final[dict[str, tuple[str, ...]]] = {
    INTERNAL_CONTROL: ("IC-1", "IC-2", "IC-3", "IC-4", "IC-5", "IC-6"),
    FINANCE: ("FI-1", "FI-2"),
    COMPLIANCE: ("CO-1", "CO-2", "CO-3", "CO-4"),
    TRADE_SECURITY: ("TS-1", "TS-2", "TS-3", "TS-4", "TS-5", "TS-6"),
}
"""SAMPLE of the four general classes (内部控制, 财务状况, 守法规范, 贸易安全): the official list of
items (Announcement 2022-106) is not bundled. The first two letters of an item name its class."""

SINGLE_STANDARDS: Final[dict[str, tuple[str, ...]]] = {
    "PROCESSING": ("PR-1", "PR-2"),
    "HEALTH_QUARANTINE": ("HQ-1",),
    "ANIMAL_PLANT": ("AP-1",),
    "FOOD": ("FD-1",),
    "COMMODITY": ("CM-1",),
    "BROKERAGE": ("BR-1",),
    "EXPRESS": ("EX-1",),
    "LOGISTICS": ("LG-1",),
    "CBEC_PLATFORM": ("CB-1",),
    "INTEGRATED_SERVICE": ("IS-1",),
}
"""SAMPLE of the single standards (单项标准) by trade."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """How the standard of a day scores. What is met, or does not apply, costs nothing: the full
    score is that of an enterprise of which nothing is to be said."""

    full_score: int
    pass_score: int
    costs: Mapping[Mark, int]
    """The points that a standard takes off which is less than met."""
    basically_met_max: int
    """How many standards of a strict class may be only basically met."""


def scoring(book: PolicyBook, *, on: date) -> Scoring:
    """As the law of the day on which it is scored has it. Raises POLICY_MISSING."""
    return Scoring(
        full_score=book.integer("aeo.full_score", on=on),
        pass_score=book.integer("aeo.pass_score", on=on),
        costs={
            Mark.BASICALLY_MET: book.integer("aeo.basically_met_costs", on=on),
            Mark.NOT_MET: book.integer("aeo.not_met_costs", on=on),
        },
        basically_met_max=book.integer("aeo.basically_met_max", on=on),
    )


@dataclass(frozen=True, slots=True)
class Score:
    """The outcome of scoring. ``failures`` are the codes of the conditions not met."""

    total: int
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every condition is met."""
        return not self.failures


def standards_for(trades: tuple[str, ...]) -> frozenset[str]:
    """The items to be marked: all general ones and the single ones of the enterprise's trades."""
    general = [item for items in GENERAL_STANDARDS.values() for item in items]
    single = [item for trade in trades for item in SINGLE_STANDARDS[trade]]
    return frozenset(general + single)


@rule("AEO-MARKS", source="aeo-standard-2022", in_force=date(2021, 11, 1))
def marks_complete(marks: Mapping[str, Mark], trades: tuple[str, ...]) -> Refusal | None:
    """Every standard that applies is marked, and no other.

    Order 251 has asked for marks since its first day; the items named are those of 2022.
    """
    wanted = standards_for(trades)
    missing, strange = sorted(wanted - set(marks)), sorted(set(marks) - wanted)
    if not missing and not strange:
        return None
    return refusals.MARKS_INCOMPLETE.at("/marks", missing=missing, unknown=strange)


@rule("AEO-SCORE", source="aeo-standard-2022", in_force=date(2021, 11, 1))
def score(marks: Mapping[str, Mark], law: Scoring) -> Score:
    """An enterprise passes with points enough, no standard unmet, few only basically met.

    What is not applicable is left out, but no class of standards and no trade is left out whole.

    Total = the full score less what each standard costs that is less than met. Fails with
    STANDARD_NOT_MET when any is unmet, TOO_MANY_BASICALLY_MET when internal control or trade
    security has more only basically met than the law allows, NOTHING_APPLICABLE when no item of a
    class applies, SCORE_TOO_LOW below the score that passes.
    """
    total = law.full_score - sum(law.costs.get(mark, 0) for mark in marks.values())
    failures = []
    if Mark.NOT_MET in marks.values():
        failures.append("STANDARD_NOT_MET")
    if any(_basically_met(marks, c) > law.basically_met_max for c in STRICT_CLASSES):
        failures.append("TOO_MANY_BASICALLY_MET")
    if any(_nothing_applies(marks, c) for c in {item[:2] for item in marks}):
        failures.append("NOTHING_APPLICABLE")
    if total < law.pass_score:
        failures.append("SCORE_TOO_LOW")
    return Score(total, tuple(failures))


def _nothing_applies(marks: Mapping[str, Mark], standard_class: str) -> bool:
    return all(
        mark is Mark.NOT_APPLICABLE
        for item, mark in marks.items()
        if item.startswith(f"{standard_class}-")
    )


def _basically_met(marks: Mapping[str, Mark], standard_class: str) -> int:
    return sum(
        1
        for item, mark in marks.items()
        if mark is Mark.BASICALLY_MET and item.startswith(f"{standard_class}-")
    )
