"""Which ports' pools a filing changes, and how: what stands beside the draws of these ports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

IN: Final = "IN"
OUT: Final = "OUT"
SKILLS: Final = "SKILLS"
CONFLICT: Final = "CONFLICT"


@dataclass(frozen=True, slots=True)
class Post:
    """Where an officer may be drawn: the port, for what, and whether in service."""

    port: str
    skills: frozenset[str]
    active: bool


def pools_changed(before: Post | None, after: Post) -> list[tuple[str, str]]:
    """The ports in whose pool an officer is otherwise than before, each with what has changed."""
    was = before if before is not None and before.active else None
    if was is not None and after.active and was.port == after.port:
        return [] if was.skills == after.skills else [(after.port, SKILLS)]
    left = [] if was is None else [(was.port, OUT)]
    return [*left, (after.port, IN)] if after.active else left


def interest(party: str, declared_on: date, ended_on: date | None) -> str:
    """A conflict as it stands beside a draw: with whom, and the days as ISO 8601 writes them."""
    return f"{party} {declared_on.isoformat()}/{'..' if ended_on is None else ended_on.isoformat()}"
