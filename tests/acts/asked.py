"""What a person asks for: by whom, where, with which words, and what is true afterwards."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
from joserfc.jwk import OKPKey

from deploy.sandbox.bank import SignedClient
from deploy.sandbox.parties import Party
from services.kernel.messages import Receipt
from tests.architecture.routes import every_route, sample_requests
from tests.support.asleep import Asleep
from tests.support.reading import not_beijings, read_at

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
    seen: list[str] = field(default_factory=list)
    """The version upon which it is signed, where it is."""

    async def sent(
        self, asleep: Asleep, *, other: bool = False, read: str | None = None
    ) -> httpx2.Response:
        """Send it, under its one key, without trying again; upon what was read, if anything: '' is
        nothing, None what the party reads before, where it is a signature."""
        party = self.asking(asleep)
        content, kind = _written(self.other if other else self.body)
        if read is None and self.upon_reading:
            read = await self.reading(party)
        headers = {
            "Content-Type": kind,
            "Idempotency-Key": self.key,
            **({"If-Match": read} if read else {}),
        }
        if self.signs_with is not None:
            bic = self.party.removeprefix("bank:")
            bank = SignedClient(party.http, bic, party.bearer, self.signs_with)
            return await bank.send("POST", self.path, body=content, headers=headers)
        headers["Authorization"] = f"Bearer {party.bearer}"
        answer = await party.http.post(self.path, content=content, headers=headers)
        assert not not_beijings(answer.text), answer.text
        return answer

    def asking(self, asleep: Asleep) -> Party:
        """Whoever asks."""
        return asleep.harbour.window.parties.act_as(
            self.role, self.party, subject=self.subject, port=self.port
        )

    @property
    def upon_reading(self) -> bool:
        """Whether it is a signature, which names what was read."""
        return any(address.fullmatch(self.path) for address in _signed())

    async def reading(self, party: Party) -> str:
        """The version that the party reads, once: the same request says the same again."""
        if not self.seen:
            self.seen.append(await self.shown(party))
        return self.seen[0]

    async def shown(self, party: Party) -> str:
        """The version that is shown now of what is signed."""
        return f'"{(await party.get(read_at(self.path)))["version"]}"'

    async def on_record(self, asleep: Asleep) -> tuple[str, ...]:
        """The types of the events that carry this request's receipt."""
        return tuple(row["type"] for row in await self._recorded(asleep))

    async def readings(self, asleep: Asleep) -> tuple[str | None, ...]:
        """Which version was read, as those events say it."""
        return tuple(row["read"] for row in await self._recorded(asleep))

    async def _recorded(self, asleep: Asleep) -> list[asyncpg.Record]:
        subject = self.subject or self.party
        receipt = Receipt(subject=subject, party=self.party, key=self.key, fingerprint="")
        rows: list[asyncpg.Record] = await asleep.sql.fetch(
            "SELECT type, actor::jsonb ->> 'read_version' AS read FROM events"
            " WHERE actor::jsonb ->> 'receipt' = $1 ORDER BY occurred_at, case_id, seq",
            receipt.digest.hex(),
        )
        return rows


@cache
def _signed() -> list[re.Pattern[str]]:
    """The addresses of all signatures."""
    routes = [str(route.path) for route in every_route() if route.is_signature]
    return [re.compile(re.sub(r"{\w+}", "[^/]+", path)) for path in routes]


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
