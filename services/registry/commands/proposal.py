"""A filing that two persons have made: what one proposed and another confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.kernel.refusal import Refusal
from services.platform.database import Row
from services.registry.domain import refusals


@dataclass(frozen=True, slots=True)
class Proposal:
    """Under which id it was proposed, and whether it may replace what is on file.

    A change may; a first filing is confirmed only as long as nobody has filed the same otherwise.
    """

    filing_id: str
    replaces: bool


def may_replace(two: Proposal | None) -> bool:
    """Whether what is on file may be replaced; never by one person."""
    return two is not None and two.replaces


def id_of(two: Proposal | None) -> str | None:
    """The id under which it was proposed, None of what one person files alone."""
    return None if two is None else two.filing_id


def to_propose(changed: Iterable[Row]) -> list[Refusal]:
    """CHANGE_TO_PROPOSE for every row that is on file otherwise."""
    return [
        refusals.CHANGE_TO_PROPOSE.at(f"/rows/{row.place - 1}", subject=row.subject)
        for row in changed
    ]
