"""Cases and work as the window shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock of the law over a case. ``strictly_before``: the due instant itself is too late."""

    kind: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    strictly_before: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk whose work a caller sees. Of rank 0 is his own, of rank 1 what he shares."""

    name: str
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Colleague:
    """An officer on file at a port."""

    party: str
    team: str
    active: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the work list ended; ``due_at`` None is after every deadline."""

    rank: int
    due_at: datetime | None
    case_id: UUID
    code: str
