"""Among which bays of a port an order's is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from services.kernel.rule import rule


@rule("INS-BAY", source="double-random", in_force=date(2015, 7, 29))
def least_occupied(bays: Sequence[str], occupied: Sequence[str]) -> tuple[str, ...]:
    """A bay is drawn among those at which the fewest goods wait already."""
    waiting = Counter(occupied)
    fewest = min((waiting[bay] for bay in bays), default=0)
    return tuple(bay for bay in bays if waiting[bay] == fewest)
