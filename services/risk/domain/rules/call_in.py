"""What an officer may call in by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from services.kernel.lanes import Lane, Method
from services.kernel.refusal import Refusal
from services.kernel.rule import rule
from services.risk.domain import refusals

INSIDE: Final = frozenset({"SUBMITTED", "IDENTITY_OK", "IN_INSPECTION", "RELEASED"})
"""States of a lot whose goods are still in the supervised place."""
CALLED_FOR: Final[Mapping[Lane, Method]] = {Lane.YELLOW: Method.DOCUMENT, Lane.RED: Method.FULL}
"""How goods are inspected that an officer calls in: who wants them opened wants to see all."""


@rule("INS-CALL-IN", source="hit-list", in_force=date(1996, 4, 1))
def still_to_be_seen(state: str, lane: Lane, *, inspected: Iterable[Method]) -> Iterator[Refusal]:
    """Goods that are still inside are called in by hand, unless an open order goes as far."""
    if state not in INSIDE:
        yield refusals.NOT_INSIDE.at(state=state)
    elif any(one.intensity >= CALLED_FOR[lane].intensity for one in inspected):
        yield refusals.INSPECTED_ALREADY.at()
