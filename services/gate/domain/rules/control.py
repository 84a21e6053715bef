"""What customs wants to see before it leaves."""

from __future__ import annotations

from datetime import date

from services.gate.domain import refusals
from services.kernel.refusal import Refusal
from services.kernel.rule import rule


@rule("BRT-GATE-CONTROL", source="hit-list", in_force=date(1996, 4, 1))
def nothing_keeps_it_in(*, kept_in: bool) -> Refusal | None:
    """No lot leaves that a control reaches as of now, until an inspection has answered it."""
    return refusals.KEPT_BY_CUSTOMS.at() if kept_in else None
