"""Facts of the law: what was filed, proposed, approved."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.kernel.events import Event


class LawFiled(Event):
    """Rows of one kind (codes, restrictions, origins) were filed in one act, all of them."""

    kind: str
    count: int


class PolicyProposed(Event):
    """An officer proposed a legal parameter; it is not law here until another approves it."""

    key: str
    scope: str
    value: Any
    authority: str
    effective_from: date
    effective_to: date | None = None


class PolicyApproved(Event):
    """A second officer approved the parameter; ``closed`` is the predecessor it ended."""

    key: str
    scope: str
    effective_from: date
    closed: str | None = None
