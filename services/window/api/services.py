"""What the window's routes have at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from temporalio.client import Client

from services.kernel.refusal import Refusal, Refused
from services.platform.authentication import Authenticator
from services.platform.database import Database
from services.platform.http import Call
from services.platform.idempotency import Receipts
from services.platform.relay import Relay
from services.platform.tail import Tail
from services.platform.vault import Vault


@dataclass
class OpenStreams:
    """The streams that are open in this process: bounded, and ended together on shutdown."""

    limit: int = 100
    open: int = 0
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """One place among the open streams, given back at the end."""
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1

    def refuse_when_full(self) -> None:
        """Raises Refused TOO_MANY_REQUESTS: streams never take the room of requests."""
        if self.closing.is_set() or self.open >= self.limit:
            raise Refused(
                Refusal("TOO_MANY_REQUESTS", "Too many streams are open here; try again shortly.")
            )

    def close(self) -> None:
        """End every stream now: the process is about to stop, and readers resume elsewhere."""
        self.closing.set()


@dataclass
class WindowServices:
    """The window's database, the tail of the event log, and its open streams."""

    database: Database
    temporal: Client
    authenticator: Authenticator
    receipts: Receipts
    vault: Vault
    tail: Tail
    sandbox: bool = False
    """Whether webhooks may lead to this machine, without TLS."""
    event_types: frozenset[str] = frozenset()
    """Every type of event that any service says: what a webhook may ask for."""
    relay: Relay | None = None
    streams: OpenStreams = field(default_factory=OpenStreams)


WindowCall = Call[WindowServices]
