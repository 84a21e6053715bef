"""Cases as the window shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class CaseKind(StrEnum):
    """The kinds of case that have a timeline of their own."""

    LOT = "lot"
    INSPECTION_ORDER = "inspection_order"
    ACCREDITATION = "accreditation"
    SETTLEMENT = "settlement"
    FACTORY_ORDER = "factory_order"
    E_BOOK = "e_book"


KIND_OF_PREFIX: Final[dict[str, CaseKind]] = {
    "lot": CaseKind.LOT,
    "ins": CaseKind.INSPECTION_ORDER,
    "aeo": CaseKind.ACCREDITATION,
    "stl": CaseKind.SETTLEMENT,
    "ord": CaseKind.FACTORY_ORDER,
    "bok": CaseKind.E_BOOK,
}


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing a case waits for; ``count`` when it is so many."""

    code: str
    detail: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock of the law over a case. ``strictly_before``: the due instant itself is too late."""

    kind: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    strictly_before: bool = False
