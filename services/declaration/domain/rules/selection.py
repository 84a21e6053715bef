"""What a party may no longer do with a lot that was selected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.declaration.domain import refusals
from services.kernel.refusal import Refusal
from services.kernel.rule import rule


@rule("INS-SELECTED", source="selected-stays", in_force=date(1996, 4, 1))
def selected_is_not_withdrawn(*, selected: bool, examined: bool) -> Iterator[Refusal]:
    """A lot that was selected for inspection is withdrawn by two officers' word alone.

    What officers have found in it is theirs to dispose of, and nobody withdraws smuggled goods.
    """
    if examined:
        yield refusals.FINDINGS_MADE.at()
    elif selected:
        yield refusals.SELECTED.at()
