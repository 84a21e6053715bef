"""Messages that pass between services, workflows and callers."""

from __future__ import annotations

from typing import Any

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
    """The idempotency of one request: whose key, which key, which body (SHA-256, hex)."""

    subject: str
    key: str
    fingerprint: str


class Answer(Message):
    """What a caller is told: HTTP status and JSON body. Refusals are answers too."""

    status: int
    body: dict[str, Any]

    @property
    def accepted(self) -> bool:
        """Whether the request was carried out."""
        return self.status < 400


class Decision(Message):
    """A person's decision as it travels in an Update. ``body`` is the validated request.

    ``workflow``, ``queue`` and ``update`` say where it is brought; decisions under way from an
    earlier version do not.
    """

    case: str
    workflow: str = ""
    queue: str = ""
    update: str = ""
    actor: Actor
    receipt: Receipt
    request_id: str
    expected_version: int | None = None
    body: dict[str, Any] = {}


class Outcome(Message):
    """What the step behind a decision did: the answer for the caller, the state for the workflow.

    ``state`` is None when the decision was refused and nothing changed.
    """

    answer: Answer
    state: str | None = None
    facts: dict[str, str] = {}
