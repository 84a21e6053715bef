"""Until when a mistyped lot is amended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from services.declaration.domain import refusals
from services.kernel.refusal import Refusal
from services.kernel.rule import rule


@rule("HUSHI-AMEND", source="operator-order", in_force=date(1996, 4, 1))
def may_be_amended(*, answered: bool, replay: bool, called_in: bool = False) -> Iterator[Refusal]:
    """A declarant amends a lot only until the first member has confirmed it as it was.

    What it was before still counts wherever it is looked for. A lot that an officer has called in
    stands, and one of a day that is played again. ``called_in`` is asked last of all, of what every
    other rule lets pass: who amends nothing, or wrongly, does not learn of it.
    """
    if replay:
        yield refusals.REPLAY_STANDS.at()
    elif answered:
        yield refusals.SHARES_ANSWERED.at()
    elif called_in:
        yield refusals.CALLED_IN.at()
