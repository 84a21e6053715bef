"""What may be published of how long lots take: never so little that one trader's are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Final, Self

from services.kernel.clock import BEIJING
from services.kernel.policy import PolicyBook

HOURS: Final = 3
"""What counts as the last hours."""
REACH: Final = timedelta(days=7)
"""A lot that was declared longer ago is not counted: an index finds the rest without it."""


@dataclass(frozen=True, slots=True)
class Fewest:
    """Of fewer lots, or fewer declarants, nothing is said at all (0137)."""

    lots: int
    declarants: int

    @classmethod
    def of(cls, law: PolicyBook, on: date) -> Self:
        """As the operator has laid it down for a day."""
        return cls(
            lots=law.integer("board.lots_min", on=on),
            declarants=law.integer("board.declarants_min", on=on),
        )


@dataclass(frozen=True, slots=True)
class Times:
    """How long the lots of a port, lane and kind of goods took, or have waited until now.

    ``hs_code`` is None where all goods are meant; ``p90_s`` where it is not asked.
    """

    span: str
    port: str
    lane: str
    hs_code: str | None
    lots: int
    declarants: int
    median_s: float
    p90_s: float | None = None


@dataclass(frozen=True, slots=True)
class Spans:
    """The times that a board looks back on, at a full minute ``until``."""

    until: datetime

    @property
    def hours_since(self) -> datetime:
        """When the last hours began."""
        return self.until - timedelta(hours=HOURS)

    @property
    def day_since(self) -> datetime:
        """When today began at Beijing."""
        return self.until.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def declared_since(self) -> datetime:
        """From when on lots are looked at."""
        return self.until - REACH


def publishable(found: Iterable[Times], fewest: Fewest) -> list[Times]:
    """What may be said: of lots enough, by declarants enough."""
    return [t for t in found if t.lots >= fewest.lots and t.declarants >= fewest.declarants]


def lots_said(lots: int, fewest: Fewest) -> int:
    """A number of lots as it is said: a multiple of the fewest, so that no single lot moves it."""
    return lots // fewest.lots * fewest.lots


def minutes_said(seconds: float) -> int:
    """Whole minutes, at least one: a lot's own seconds are nobody's to know."""
    return max(1, ceil(seconds / 60))
