"""What may be done with a rule of the book as it stands, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class RuleStands:
    """How a rule stands: decided or not, until when it is in force, and what is said of its end."""

    state: str
    effective_to: date | None
    retires_on: date | None
    """When it is to end, by a proposal that waits or that was signed."""
    retired: bool

    def has_ended(self, by: date) -> bool:
        """Whether it has ended by a day, by another wording or by two officers."""
        return self.effective_to is not None and self.effective_to <= by

    @property
    def waits_for_its_end(self) -> bool:
        """Whether its end was proposed and another officer is to decide on it."""
        return self.retires_on is not None and not self.retired


def acts_open(rule: RuleStands, *, today: date, own: bool) -> list[str]:
    """Which acts a rule allows a risk officer; ``own``: he proposed what waits for another's word.

    What is to end on a day that is over, or has ended before it, can only be kept as it is.
    """
    if rule.state == "PROPOSED":
        return [] if own else ["approve", "reject"]
    if rule.state != "APPROVED":
        return []
    if rule.retires_on is None:
        return [] if rule.has_ended(today) else ["propose_end"]
    if own or not rule.waits_for_its_end:
        return []
    ends = rule.retires_on >= today and not rule.has_ended(rule.retires_on)
    return ["end", "keep"] if ends else ["keep"]
