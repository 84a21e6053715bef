"""What control decides about goods: the lane of their screening, the method of an inspection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Lane(StrEnum):
    """Outcome of screening, least severe first."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"

    @property
    def severity(self) -> int:
        """0 for no person, 1 for documents, 2 for the goods themselves."""
        return ("GREEN", "YELLOW", "RED").index(self.value)


class Method(StrEnum):
    """How goods are checked (查验方式), least intrusive first."""

    DOCUMENT = "DOCUMENT"
    MACHINE = "MACHINE"
    OUTER = "OUTER"
    SAMPLE = "SAMPLE"
    FULL = "FULL"

    @property
    def intensity(self) -> int:
        """Rank of how far the method goes into the goods."""
        return list(Method).index(self)


CALLED_FOR: Final[Mapping[Lane, Method]] = {Lane.YELLOW: Method.DOCUMENT, Lane.RED: Method.FULL}
"""How goods are inspected that an officer calls in: who wants them opened wants to see all."""


def still_called_in(inspected: Iterable[Method]) -> list[Lane]:
    """How closely goods may still be called in: more than their open orders have them inspected."""
    furthest = max((one.intensity for one in inspected), default=-1)
    return [lane for lane, method in CALLED_FOR.items() if method.intensity > furthest]
