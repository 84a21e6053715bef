"""Risk screening of a lot: rules, controls and the random share together give the lane."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from services.kernel.lanes import Lane, Method
from services.kernel.rule import rule
from services.kernel.rules.draw import is_selected
from services.risk.domain.model import Control, LotFacts, Screening, Selected
from services.risk.domain.rules.expression import Unevaluable, truth

RANDOM: Final = "RANDOM"
CONTROL_HIT: Final = "CONTROL_HIT"
RULE_UNEVALUABLE: Final = "RULE_UNEVALUABLE"
NO_RULE_BOOK: Final = "NO_RULE_BOOK"
RATE_MISSING: Final = "RATE_MISSING"
SELECTED_BEFORE: Final = "SELECTED_BEFORE"
CALLED_IN: Final = "CALLED_IN"


@dataclass(frozen=True, slots=True)
class RiskRule:
    """An approved rule: where its CEL text is true, the lot goes to the lane."""

    rule_id: str
    code: str
    lane: Lane
    expression: str
    effective_from: date
    effective_to: date | None = None

    def in_force(self, on: date) -> bool:
        """Whether the rule applies on a business day."""
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Every approved rule at one version."""

    version: int
    rules: tuple[RiskRule, ...]

    def on(self, day: date) -> tuple[RiskRule, ...]:
        """The rules in force on a business day, by code."""
        return tuple(r for r in self.rules if r.in_force(day))


@rule("INS-SCREEN", source="fail-closed", in_force=date(1996, 4, 1))
def screen(
    facts: LotFacts,
    rules: Sequence[RiskRule],
    controls: Iterable[Control],
    *,
    value: Decimal | None,
    rate: Decimal | None,
    before: Iterable[Selected] = (),
    called_in: Iterable[Lane] = (),
) -> Screening:
    """A lot is released without a person only when every rule, control and draw lets it pass.

    The operator's own order, as old as the trade that it screens: no lot of any day goes by it. A
    rule that cannot be evaluated counts as hit; without rules, rate or draw nothing is known
    and the goods are inspected. ``before``: selections that the lot inherits;
    ``called_in``: how closely officers want it inspected who called it in before.
    """
    found = [*_by_rules(facts, rules), *reached_by(controls)]
    found += [(earlier.lane, f"{SELECTED_BEFORE}:{earlier.lot_id}") for earlier in before]
    found += [(lane, CALLED_IN) for lane in called_in]
    selected = value is not None and rate is not None and is_selected(value, rate)
    if selected:
        found.append((Lane.RED, RANDOM))
    if value is None or rate is None:
        found.append((Lane.RED, RATE_MISSING))
    lane = max((lane for lane, _ in found), key=_severity, default=Lane.GREEN)
    return Screening(lane, tuple(dict.fromkeys(reason for _, reason in found)), selected)


@rule("INS-INHERITED", source="selected-stays", in_force=date(1996, 4, 1))
def is_inherited(earlier: Selected, *, at: datetime, days: int | None) -> bool:
    """What was selected and not released stays selected when it is declared again in time.

    The earlier lot is of the same truck or manifest, or of the same heading and seller or
    declarant. ``days`` is a dated parameter; without one nothing has become too old.
    """
    if earlier.ended_at is None or days is None:
        return days != 0
    return at < earlier.ended_at + timedelta(days=days)


_ASKED: Final = {
    RANDOM: "INS-DRAW",
    CONTROL_HIT: "INS-CONTROL",
    RATE_MISSING: "INS-RATE",
    SELECTED_BEFORE: "INS-INHERITED",
    CALLED_IN: "INS-CALL-IN",
}


def rules_of(reasons: Iterable[str]) -> tuple[str, ...]:
    """The rules by which a lot got its lane for these reasons.

    A risk rule stands among the reasons by its own code: it is screening that asks it.
    """
    found = (_ASKED.get(reason.partition(":")[0]) for reason in reasons)
    return ("INS-SCREEN", *dict.fromkeys(code for code in found if code is not None))


def method_ordered(screening: Screening) -> Method | None:
    """How the goods are to be inspected: documents, a sample, or all of it when a control hit or an
    officer called them in.

    None of a lot that nobody need look at.
    """
    if screening.lane is Lane.GREEN:
        return None
    if screening.lane is Lane.YELLOW:
        return Method.DOCUMENT
    meant = any(reason.startswith((CONTROL_HIT, CALLED_IN)) for reason in screening.reasons)
    return Method.FULL if meant else Method.SAMPLE


def _severity(lane: Lane) -> int:
    return lane.severity


def _by_rules(facts: LotFacts, rules: Sequence[RiskRule]) -> Iterable[tuple[Lane, str]]:
    if not rules:
        yield Lane.RED, NO_RULE_BOOK
    variables = facts.variables()
    for candidate in rules:
        try:
            if truth(candidate.expression, variables):
                yield candidate.lane, candidate.code
        except Unevaluable:
            yield candidate.lane, f"{RULE_UNEVALUABLE}:{candidate.code}"


@rule("INS-CONTROL", source="hit-list", in_force=date(1996, 4, 1))
def reached_by(controls: Iterable[Control]) -> Iterable[tuple[Lane, str]]:
    """Whatever has a part in a lot and is listed brings it to inspection, however spelled.

    Parties are the declarant, the group, every ticket's resident, seller, carrier and buyer;
    vehicles by either plate. A code covers all that is declared below it, and what is declared by
    so short a code that it may be meant.
    """
    return [(control.lane, f"{CONTROL_HIT}:{control.control_id}") for control in controls]
