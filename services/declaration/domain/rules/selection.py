"""What a party may no longer do with a lot that was selected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.declaration.domain import refusals
from services.kernel.refusal import Refusal
from services.kernel.rule import rule


@rule("INS-SELECTED", source="selected-stays", in_force=date(1996, 4, 1))
def selected_is_not_withdrawn(*, selected: bool) -> Iterator[Refusal]:
    """A lot that was selected for inspection is withdrawn by two officers' word alone.

    Whether one of them has found something already is told by no answer: it is not signed yet, and
    whoever asked again and again would know when to move the goods.
    """
    if selected:
        yield refusals.SELECTED.at()
