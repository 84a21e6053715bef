"""Public requests and answers about webhooks."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Secret
from pydantic import StringConstraints as Text

from services.kernel.clock import instant_shown, rfc3339
from services.kernel.fields import Moment, Whole
from services.kernel.identifiers import show
from services.kernel.wording import fit_to_keep
from services.platform.database import Row
from services.platform.tail import Position
from services.platform.vault import Vault
from services.window.domain.rules.delivery import secret_of
from services.window.domain.states import WebhookState
from services.window.schemas import Place, place_shown

WebhookSecret = Annotated[
    Secret[bytes],
    BeforeValidator(
        secret_of,
        json_schema_input_type=Annotated[str, Field(pattern="^whsec_[A-Za-z0-9+/=]{32,88}$")],
    ),
    Field(description="whsec_ and 24 to 64 random bytes of your making in base64; never shown"),
]


class WebhookRequest(BaseModel):
    """Where to deliver, signed with which secret, and what."""

    model_config = ConfigDict(extra="forbid")
    url: Annotated[str, Text(max_length=500), AfterValidator(fit_to_keep)] = Field(
        description="https address of yours that answers 2xx within ten seconds"
    )
    secret: WebhookSecret
    event_types: list[Annotated[str, Text(pattern="^[A-Z][A-Za-z]{2,63}$")]] | None = Field(
        None, min_length=1, max_length=100, description="names as in contracts/events; all"
    )
    since: Place | None = Field(None, description="from this place in the log on; from now on")


class ReplayRequest(BaseModel):
    """From where to deliver again."""

    model_config = ConfigDict(extra="forbid")
    since: Place


class SecretRequest(BaseModel):
    """Another secret, and how long messages are signed with the one before besides."""

    model_config = ConfigDict(extra="forbid")
    secret: WebhookSecret
    overlap_hours: Annotated[Whole, Field(ge=0, le=168)] = 24


class WebhookAnswer(BaseModel):
    """A webhook and how delivery to it goes."""

    webhook_id: str
    url: str
    event_types: list[str] | None
    state: WebhookState
    position: str = Field(description="everything up to this place in the log was delivered")
    attempts: int = Field(description="failures in a row")
    failing_since: str | None
    last_error: str | None
    last_delivered_at: Moment | None
    secret_before_until: str | None = Field(
        description="until then messages are signed with the secret before the last one too"
    )
    passed_over: int = Field(
        description="events that the receiver refused for an hour while it took later ones"
    )
    last_passed_over: str | None = Field(description="the last of them, by its place in the log")
    due_at: Moment | None = Field(description="next attempt, when the last one failed")
    created_at: Moment


def webhook_answer(row: Row, vault: Vault) -> dict[str, Any]:
    """A webhook as its party sees it."""
    return {
        "webhook_id": show("whk", row.webhook_id),
        "url": row.url,
        "event_types": row.event_types,
        "state": row.state,
        "position": place_shown(Position(row.after_xid, row.after_number), vault),
        "attempts": row.attempts,
        "failing_since": instant_shown(row.failing_since),
        "last_error": row.last_error,
        "last_delivered_at": instant_shown(row.last_delivered_at),
        "secret_before_until": instant_shown(row.secret_before_until),
        "passed_over": row.passed_over,
        "last_passed_over": None
        if row.passed_xid is None
        else place_shown(Position(row.passed_xid, row.passed_number), vault),
        "due_at": instant_shown(row.due_at) if row.attempts else None,
        "created_at": rfc3339(row.created_at),
    }
