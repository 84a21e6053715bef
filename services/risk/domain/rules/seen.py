"""What rules saw: of each by which a lot was chosen, the facts that stand in its condition."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.risk.domain.model import LotFacts
from services.risk.domain.rules.expression import Unevaluable, compiled
from services.risk.domain.rules.screening import RULE_UNEVALUABLE, RiskRule


@dataclass(frozen=True, slots=True)
class Seen:
    """A rule by which a lot was chosen, with the facts that it looked at.

    ``facts``: weights in grams, sums in minor units, as rules have them. ``unknown``: those of
    which the lot says nothing, for which a rule cannot be evaluated.
    """

    reason: str
    rule_id: str
    facts: Mapping[str, Any]
    unknown: tuple[str, ...]

    def kept(self) -> dict[str, Any]:
        """As it is kept with the judgement."""
        return {
            "reason": self.reason,
            "rule_id": self.rule_id,
            "facts": dict(self.facts),
            "unknown": list(self.unknown),
        }


def seen_by(
    rules: Sequence[RiskRule], facts: LotFacts, reasons: Collection[str]
) -> tuple[Seen, ...]:
    """Of each rule that stands among the reasons, what it saw; of others nothing is kept."""
    variables = facts.variables()
    return tuple(
        _seen(one, reason, variables)
        for one in rules
        for reason in (one.code, f"{RULE_UNEVALUABLE}:{one.code}")
        if reason in reasons
    )


def _seen(one: RiskRule, reason: str, variables: Mapping[str, Any]) -> Seen:
    named = _named(one.expression)
    return Seen(
        reason=reason,
        rule_id=one.rule_id,
        facts={name: variables[name] for name in named if name in variables},
        unknown=tuple(name for name in named if name not in variables),
    )


def _named(expression: str) -> list[str]:
    """The facts that a condition names, in one order; none of what is no condition."""
    try:
        return sorted(set(compiled(expression).variables()))
    except Unevaluable:
        return []
