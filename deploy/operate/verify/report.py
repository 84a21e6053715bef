"""What `tradewindow verify` found: what was recomputed, and what does not hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from deploy.operate.verify.seals import SealsSeen

NAMED_MAX: Final = 20
"""So many breaks are named; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Broken:
    """What does not hold: where it is (which case and event, or which draw) and what differs."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass
class Report:
    """What was recomputed, and what did not hold: of each broken case its first broken link."""

    cases: int = 0
    events: int = 0
    draws: int = 0
    broken: int = 0
    named: list[Broken] = field(default_factory=list)
    caseless: list[str] = field(default_factory=list)
    """Rows that put something in force without any case: made behind the services' backs."""
    unvouched: int = 0
    """Records on file since before filings kept digests: nothing vouches for them."""
    secret: int = 0
    """Seeds that are secret yet: what was drawn under them is computed when they are told."""
    seals: SealsSeen = field(default_factory=SealsSeen)

    def counts(self) -> dict[str, int]:
        """The figures alone."""
        return {
            "cases": self.cases,
            "events": self.events,
            "draws": self.draws,
            "broken": self.broken,
        }

    def add(self, broken: Broken) -> None:
        """Count a break, and name it while there are few."""
        self.broken += 1
        if len(self.named) < NAMED_MAX:
            self.named.append(broken)
