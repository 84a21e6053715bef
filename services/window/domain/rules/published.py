"""What may be published of how long lots take: never so little that one trader's are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from services.kernel.clock import BEIJING

LOTS_MIN: Final = 5
DECLARANTS_MIN: Final = 3
"""Of fewer lots, or fewer declarants, nothing is said at all (0137)."""
HOURS: Final = 3
"""What counts as the last hours."""
REACH: Final = timedelta(days=7)
"""A lot that was declared longer ago is not counted: an index finds the rest without it."""


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


def publishable(found: Iterable[Times]) -> list[Times]:
    """What may be said: of lots enough, by declarants enough."""
    return [t for t in found if t.lots >= LOTS_MIN and t.declarants >= DECLARANTS_MIN]


def lots_said(lots: int) -> int:
    """A number of lots as it is said: a multiple of five, so that no single lot moves it."""
    return lots // LOTS_MIN * LOTS_MIN


def minutes_said(seconds: float) -> int:
    """Whole minutes, at least one: a lot's own seconds are nobody's to know."""
    return max(1, ceil(seconds / 60))
