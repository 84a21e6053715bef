"""Waiting instead of polling (RFC 7240): an answer as soon as there is news, or when patience ends.

``Prefer: wait=N`` on a read waits at most N seconds, never more than thirty. With ``If-None-Match``
it ends when the version is another one, and with 304 when it is not; without, when the case is
decided. Who waits holds no database connection and no place at work, asks the database only when
something has happened, and ends when the caller leaves or the process stops.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any, Final, Protocol, TypeVar
from uuid import UUID

from fastapi import Depends, Header
from fastapi.responses import Response

from services.kernel.events import canonical_json
from services.kernel.messages import Actor, Answer
from services.kernel.refusal import Refused
from services.kernel.refusals import TOO_MANY_WAIT
from services.platform.http import AtHand, Call
from services.platform.tail import Tail

LONGEST_S: Final = 30.0
_TAG: Final = re.compile(r'(?:W/)?"([^"]*)"')
_WAIT: Final = re.compile(r"\s*wait\s*=\s*([0-9]{1,9})\s*(?:;.*)?", re.IGNORECASE)
_FULL: Final = TOO_MANY_WAIT.at()


@dataclass
class WaitingRoom:
    """Those who wait in this process: bounded, also of one subject, and ended together."""

    tail: Tail
    limit: int = 500
    per_subject: int = 50
    of: Counter[str] = field(default_factory=Counter)
    """How many wait of each subject that acts for a party."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def close(self) -> None:
        """End every wait now: the process is about to stop, and callers ask again elsewhere."""
        self.closing.set()

    def is_full_for(self, actor: Actor) -> bool:
        """Whether there is no room for one more of this subject."""
        mine = self.of[_subject(actor)]
        return self.of.total() >= self.limit or mine >= self.per_subject

    @contextmanager
    def admitted(self, actor: Actor) -> Iterator[None]:
        """One place in the room, given back at the end."""
        subject = _subject(actor)
        self.of[subject] += 1
        try:
            yield
        finally:
            self.of[subject] -= 1
            if not self.of[subject]:
                del self.of[subject]


def _subject(actor: Actor) -> str:
    return f"{actor.party}\x1f{actor.subject}"


class WaitingServices(AtHand, Protocol):
    """A service whose reads can be waited for."""

    @property
    def waiting(self) -> WaitingRoom: ...


S = TypeVar("S", bound=WaitingServices)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a read is to wait for: so many seconds, for another version than those known."""

    seconds: float
    known: frozenset[str] | None
    """The tags in If-None-Match; None when the caller sent none."""

    def is_met_by(self, answer: Answer, decided: Callable[[dict[str, Any]], bool]) -> bool:
        """Whether an answer is what the caller waits for."""
        if self.known is None:
            return decided(answer.body)
        return self.known.isdisjoint((_tag_of(answer), "*"))


async def prefer_wait(
    prefer: Annotated[
        str | None,
        Header(max_length=200, description="wait=N: wait until decided, at most N seconds, or 30"),
    ] = None,
) -> float:
    """Seconds the caller will wait (RFC 7240), 0 when he did not say, or nothing to be read."""
    for part in (prefer or "").split(","):
        found = _WAIT.fullmatch(part)
        if found is not None:
            return min(float(found.group(1)), LONGEST_S)
    return 0.0


async def wish(
    prefer: Annotated[
        str | None,
        Header(
            max_length=200,
            description="wait=N: answer at the latest after N seconds (at most 30), sooner when the"
            " version is another than in If-None-Match; without If-None-Match, when it is decided",
        ),
    ] = None,
    if_none_match: Annotated[
        str | None, Header(max_length=200, description="ETag as you last read it; 304 while it is")
    ] = None,
) -> Wish:
    """What the caller will wait for."""
    known = None
    if if_none_match is not None:
        tags = "*" if if_none_match.strip() == "*" else ""
        known = frozenset((tags, *_TAG.findall(if_none_match))) - {""}
    return Wish(await prefer_wait(prefer), known)


Waits = Annotated[Wish, Depends(wish)]
PATIENTLY: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "The version is still the one in If-None-Match."}
}
"""What a route that can be waited for may answer besides."""


async def answer_when(
    call: Call[S],
    wish: Wish,
    case: UUID | None,
    read: Callable[[], Awaitable[Answer]],
    *,
    decided: Callable[[dict[str, Any]], bool],
    types: frozenset[str] | None = None,
) -> Response:
    """Answer a read when the wish is met by it, and at the latest when its patience ends.

    Read again after each event of the case, or of any when None; of these types, or of any.
    Raises Refused TOO_MANY_REQUESTS when too many wait already.
    """

    async def news() -> Answer | None:
        answer = await read()
        return answer if wish.is_met_by(answer, decided) else None

    answer = await read()
    if not wish.is_met_by(answer, decided) and wish.seconds:
        if call.services.waiting.is_full_for(call.actor):
            raise Refused(_FULL)
        answer = await until(call, wish.seconds, case, news, types=types) or await read()
    response = call.respond(answer)
    response.headers["ETag"] = f'"{_tag_of(answer)}"'
    if wish.known is not None and not wish.is_met_by(answer, decided):
        response = Response(status_code=304, headers={"ETag": response.headers["ETag"]})
    return applied(response, wish.seconds)


def applied(response: Response, seconds: float) -> Response:
    """The response, saying that the caller's patience was respected."""
    if seconds:
        response.headers["Preference-Applied"] = f"wait={seconds:.0f}"
    return response


def _tag_of(answer: Answer) -> str:
    """The version of what is shown; of a list the digest."""
    if "version" in answer.body:
        return str(answer.body["version"])
    return sha256(canonical_json(answer.body).encode()).hexdigest()[:24]


async def until(
    call: Call[S],
    seconds: float,
    case: UUID | None,
    news: Callable[[], Awaitable[T | None]],
    *,
    types: frozenset[str] | None = None,
) -> T | None:
    """The first news that is not None; None when patience, token, process or caller goes first.

    None at once when too many wait already.
    """
    room = call.services.waiting
    seconds = min(seconds, call.caller.expires_at - time.time())
    if room.is_full_for(call.actor) or seconds <= 0:
        return None
    begun = time.monotonic()
    state = call.request.scope["state"]
    state["step_aside"]()
    with room.admitted(call.actor):
        found = asyncio.ensure_future(room.tail.until(case, news, seconds, types=types))
        ends = [asyncio.ensure_future(room.closing.wait()), asyncio.ensure_future(_left(call))]
        try:
            await asyncio.wait((found, *ends), return_when=asyncio.FIRST_COMPLETED)
            return found.result() if found.done() else None
        finally:
            for waiting in (found, *ends):
                waiting.cancel()
            await asyncio.gather(found, *ends, return_exceptions=True)
            state["waited_s"] = time.monotonic() - begun


async def _left(call: Call[S]) -> None:
    """Ends when the caller has hung up."""
    with contextlib.suppress(OSError):
        while (await call.request.receive())["type"] != "http.disconnect":
            pass
