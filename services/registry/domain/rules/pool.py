"""Which ports' pools a filing changes, and how: what stands beside the draws of these ports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

IN: Final = "IN"
OUT: Final = "OUT"
SKILLS: Final = "SKILLS"
CONFLICT: Final = "CONFLICT"
DUTY: Final = "DUTY"


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


def dated(what: str, from_on: date, until_on: date | None) -> str:
    """A conflict or a duty as it stands beside a draw: with whom or which, and the days as ISO 8601
    writes them."""
    return f"{what} {from_on.isoformat()}/{'..' if until_on is None else until_on.isoformat()}"
