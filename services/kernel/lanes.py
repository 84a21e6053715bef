"""What control decides about goods: the lane of their screening, the method of an inspection."""

from __future__ import annotations

from enum import StrEnum


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
