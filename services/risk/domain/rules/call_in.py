"""What an officer may call in by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from services.kernel.lanes import Lane, Method, still_called_in
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.risk.domain import refusals

INSIDE: Final = frozenset({"SUBMITTED", "IDENTITY_OK", "IN_INSPECTION", "RELEASED"})
"""States of a lot whose goods are still in the supervised place."""


@rule("INS-CALL-IN", source="hit-list", in_force=date(1996, 4, 1))
def still_to_be_seen(state: str, lane: Lane, *, inspected: Iterable[Method]) -> Iterator[Refusal]:
    """Goods that are still inside are called in by hand, unless an open order goes as far."""
    if state not in INSIDE:
        yield refusals.NOT_INSIDE.at(state=state)
    elif lane not in still_called_in(inspected):
        yield refusals.INSPECTED_ALREADY.at()
