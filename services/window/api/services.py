"""What the window's routes have at hand."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from services.kernel.case_kinds import KindOfCase
from services.kernel.messages import Actor
from services.kernel.refusal import Refused
from services.platform.http import Call
from services.platform.publishing import EachMinute
from services.platform.services import Services
from services.platform.tail import Tail
from services.window.domain import refusals


@dataclass
class OpenStreams:
    """The streams that are open in this process: bounded, and ended together on shutdown."""

    limit: int = 100
    per_party: int = 20
    per_subject: int = 5
    open: int = 0
    of: Counter[str] = field(default_factory=Counter)
    """How many are open of each party, and of each subject that acts for it."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def admitted(self, actor: Actor) -> Iterator[None]:
        """One place among the open streams, given back at the end.

        Raises Refused TOO_MANY_REQUESTS: streams never take the room of requests, and nobody takes
        the places of all.
        """
        subject = f"{actor.party}\x1f{actor.subject}"
        if self.closing.is_set() or self.open >= self.limit:
            raise Refused(refusals.TOO_MANY_STREAMS.at())
        if self.of[subject] >= self.per_subject or self.of[actor.party] >= self.per_party:
            raise Refused(
                refusals.TOO_MANY_OF_YOURS.at(
                    per_subject=self.per_subject, per_party=self.per_party
                )
            )
        self.open += 1
        self.of.update((subject, actor.party))
        try:
            yield
        finally:
            self.open -= 1
            self.of.subtract((subject, actor.party))
            self.of += Counter()  # forgets those who have none open

    def close(self) -> None:
        """End every stream now: the process is about to stop, and readers resume elsewhere."""
        self.closing.set()


@dataclass
class WindowServices(Services):
    """And the tail of the event log, and the open streams."""

    tail: Tail
    sandbox: bool = False
    """Whether webhooks may lead to this machine, without TLS."""
    kinds: Mapping[str, KindOfCase] = field(default_factory=dict)
    """Every kind of case with a timeline, by the prefix of its ids."""
    event_types: frozenset[str] = frozenset()
    """Every type of event that any service says: what a webhook may ask for."""
    streams: OpenStreams = field(default_factory=OpenStreams)
    release_times: EachMinute[dict[str, Any]] = field(default_factory=EachMinute)
    """What everybody may read of how long lots take."""


WindowCall = Call[WindowServices]
