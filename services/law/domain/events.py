"""Facts of the law: what was filed, proposed, approved, declined, revoked."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from services.kernel.events import Digests, Event


class LawFiled(Event):
    """Rows of one kind (codes, restrictions, origins) were filed in one act, all of them."""

    kind: str
    count: int
    digests: Digests = Field(default_factory=dict)


class LawListProposed(Event):
    """Rows of one kind (codes, restrictions, origins) wait for a second person; they judge nothing.

    ``content`` is the digest of the rows.
    """

    kind: str
    count: int
    content: str | None = None


class LawListConfirmed(Event):
    """A second person confirmed the rows, and with that they were filed."""

    kind: str


class LawListTurnedDown(Event):
    """The rows were turned down, or taken back by whoever proposed them; they judge nothing."""

    kind: str


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


class PolicyDeclined(Event):
    """A second officer declined the proposal; it never becomes law."""

    key: str
    scope: str


class PolicyRevocationProposed(Event):
    """An officer wants an approved parameter that has not begun never to begin."""

    key: str
    scope: str
    effective_from: date


class PolicyRevoked(Event):
    """A second officer revoked it before its first day.

    ``restored`` is the predecessor that holds on in its stead, until ``restored_to``, exclusive.
    """

    key: str
    scope: str
    effective_from: date
    restored: str | None = None
    restored_to: date | None = None


class PolicyKept(Event):
    """A second officer did not revoke it; it begins on its day."""

    key: str
    scope: str
