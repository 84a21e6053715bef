"""What a person asks for: by whom, where, with which words, and what is true afterwards."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2
from joserfc.jwk import OKPKey

from deploy.sandbox.bank import SignedClient
from services.kernel.messages import Receipt
from tests.architecture.routes import sample_requests
from tests.support.asleep import Asleep

Body = Any
"""A JSON object, or the bytes of a bank's message."""


@dataclass(frozen=True)
class Asked:
    """One request that may be answered, and what follows from it."""

    role: str
    party: str
    path: str
    body: Body
    other: Body
    """Another request: refused under the same key."""
    events: tuple[str, ...]
    """What the record says of it from its commit on; nothing of one that only reads."""
    port: str | None = None
    subject: str | None = None
    """Who asks, where several persons act for one party."""
    signs_with: OKPKey | None = None
    """The key of a bank, whose requests are signed."""
    carrying_out: str | None = None
    """What the lot's answer says is being carried out while nobody is at work."""
    lot_id: str | None = None
    follows: Callable[[Asleep], Awaitable[object]] | None = None
    """Ends as soon as what follows has followed, once workers and relay are back."""
    key: str = field(default_factory=lambda: uuid4().hex)

    async def sent(
        self, asleep: Asleep, *, other: bool = False, read: str | None = None
    ) -> httpx2.Response:
        """Send it, under its one key, without trying again; upon what was read, if anything."""
        party = asleep.harbour.window.parties.act_as(
            self.role, self.party, subject=self.subject, port=self.port
        )
        content, kind = _written(self.other if other else self.body)
        headers = {
            "Content-Type": kind,
            "Idempotency-Key": self.key,
            **({} if read is None else {"If-Match": read}),
        }
        if self.signs_with is not None:
            bic = self.party.removeprefix("bank:")
            bank = SignedClient(party.http, bic, party.bearer, self.signs_with)
            return await bank.send("POST", self.path, body=content, headers=headers)
        headers["Authorization"] = f"Bearer {party.bearer}"
        return await party.http.post(self.path, content=content, headers=headers)

    async def on_record(self, asleep: Asleep) -> tuple[str, ...]:
        """The types of the events that carry this request's receipt."""
        subject = self.subject or self.party
        receipt = Receipt(subject=subject, party=self.party, key=self.key, fingerprint="")
        rows = await asleep.sql.fetch(
            "SELECT type FROM events WHERE actor::jsonb ->> 'receipt' = $1"
            " ORDER BY occurred_at, case_id, seq",
            receipt.digest.hex(),
        )
        return tuple(row["type"] for row in rows)


def _written(body: Body) -> tuple[bytes, str]:
    """A body as it is sent, and its media type."""
    if isinstance(body, bytes):
        return body, "application/xml"
    return json.dumps(body).encode(), "application/json"


Builder = Callable[[Asleep], Awaitable[Asked]]


def sampled(
    route: str,
    *events: str,
    role: str = "registrar",
    party: str = "platform:registrar",
    change: Mapping[str, Any] | None = None,
    after: Sequence[str] = (),
) -> Builder:
    """An act that asks for no more than its sample request in the contracts.

    ``change`` makes another request of it; registers take their rows twice. What is on file before
    is asked for by the samples of the routes ``after`` which it comes.
    """

    async def asked(asleep: Asleep) -> Asked:
        for earlier in after:
            answer = await (await sampled(earlier)(asleep)).sent(asleep)
            assert answer.is_success, answer.text
        body = sample_requests()[route]
        another = change or {"rows": body.get("rows", []) * 2}
        path = route.removeprefix("POST ")
        return Asked(role, party, path, body, {**body, **another}, events, port="DONGXING")

    return asked
