"""Who says that an officer is away."""

from __future__ import annotations

from datetime import date

from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.registry.domain import refusals


@rule("REG-ROSTER", source="operator-order", in_force=date(1996, 4, 1))
def another_says_that_one_is_away(officer: str, *, by: str) -> Refusal | None:
    """An officer's absence is entered by another one: nobody takes himself out of the draw."""
    return refusals.OWN_ABSENCE.at() if officer == by else None
