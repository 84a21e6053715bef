"""Messages that pass between services, workflows and callers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """Base of workflow messages: frozen, unknown fields ignored, ids and codes only."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Actor(Message):
    """Who acts, for which party, in which role. ``party`` is 'kind:code'."""

    subject: str
    party: str
    role: str
    port: str | None = None
    team: str | None = None

    def is_party(self, kind: str, code: str) -> bool:
        """Whether the actor acts for exactly this party."""
        return self.party == f"{kind}:{code}"

    @property
    def party_code(self) -> str:
        """The code behind the party's kind."""
        return self.party.partition(":")[2]

    @property
    def party_kind(self) -> str:
        """resident, group, enterprise, bank, officer, platform."""
        return self.party.partition(":")[0]


SYSTEM = Actor(subject="tradewindow", party="platform:tradewindow", role="system")
"""The window itself, when a clock or a workflow acts."""


class Receipt(Message):
    """The idempotency of one request: whose key, for which party, and what was asked (hex)."""

    subject: str
    party: str
    key: str
    fingerprint: str

    @property
    def digest(self) -> bytes:
        """What the request is known by for good: SHA-256 of subject, party and key."""
        return sha256(f"{self.subject}\x1f{self.party}\x1f{self.key}".encode()).digest()


class Answer(Message):
    """What a caller is told: HTTP status and JSON body. Refusals are answers too."""

    status: int
    body: dict[str, Any]

    @property
    def accepted(self) -> bool:
        """Whether the request was carried out."""
        return self.status < 400


LOOK: Final = "look"
"""The one signal that every case takes. It means only: look at the record again."""


class Case(Message):
    """Input of every case's workflow, and of every step: which case. Its workflow id is the same.

    ``at`` is the moment of the look in the case's own time, which a clock of it is read by.
    """

    case_id: str
    at: datetime | None = None


class Standing(Message):
    """Where a case stands on record after a look, and when it looks again by itself."""

    state: str
    ended: bool = False
    look_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseKind:
    """How the engine carries cases of one kind: which workflow, on which queue, called what."""

    workflow: str
    queue: str
    summary: str
