"""Values of accreditation: a case as the rules see it, a decision that waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.kernel.credit_level import CreditLevel

EXAMINER: Final = "aeo"
"""The skill that an officer needs to be drawn as an examiner."""


@dataclass(frozen=True, slots=True)
class Accreditation:
    """An accreditation case (AEO认证) as the rules see it. Dates are Beijing days."""

    aeo_id: str
    enterprise_code: str
    port: str
    level: CreditLevel
    state: str
    version: int
    cycle: int
    accepted_on: date | None = None
    due_on: date | None = None
    extended: bool = False
    overdue: bool = False
    examiners: tuple[str, ...] = ()
    reporter: str | None = None
    """The examiner who scored this examination."""
    concurring: str | None = None
    """The other examiner, who agreed to the score."""
    round: int = 0
    """How many reports were made in this examination; each sent back is followed by another."""
    passed: bool | None = None
    trades: tuple[str, ...] = ()
    certificate: str | None = None
    suspended_on: date | None = None


@dataclass(frozen=True, slots=True)
class PendingDecision:
    """A decision that waits for the second officer."""

    kind: str
    author: str
    level: CreditLevel | None = None
    grounds: str = ""
