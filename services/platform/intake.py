"""What a process takes in: a body within its room and its time, and so many requests at work.

A request takes its place at work only when it has arrived whole, so that whoever sends slowly
waits for himself and for nobody else.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel.mistakes import NO_TEXT, NOT_UTF8
from services.kernel.refusal import Refusal, Refused, pointed
from services.kernel.refusals import (
    TOO_LARGE,
    TOO_MANY_HALF_SENT,
    TOO_MANY_MEMBERS,
    TOO_MANY_REQUESTS,
    TOO_SLOW,
)
from services.platform import problem
from services.platform.settings import DOCUMENT_BYTES

_KIB: Final = 1024
SLOW_S: Final = 10.0
"""So long may a body take beside the seconds that its own size gives it."""
_RATE: Final = 64 * _KIB
"""Bytes that add a second to the ten which every body has to arrive."""
_ARRIVING_MAX: Final = 64
"""Bodies of one caller that may be on their way at once."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much a route takes: bytes of a body, and members of its objects altogether."""

    size: int
    members: int
    at_once: int = _ARRIVING_MAX
    """Bodies of one caller for such routes that may be on their way."""

    @property
    def size_text(self) -> str:
        """The size as people say it."""
        kib = self.size // _KIB
        return f"{kib // _KIB} MiB" if kib >= _KIB else f"{kib} KiB"


NOTE: Final = Room(64 * _KIB, 2_000)
"""What most acts need: a handful of fields."""
LOT: Final = Room(1024 * _KIB, 25_000)
"""A lot of a thousand tickets, an inspection's findings, a bank's report."""
REGISTER: Final = Room(8 * 1024 * _KIB, 100_000)
"""Five thousand rows of a register filed together."""
FILE: Final = Room(DOCUMENT_BYTES, 0, at_once=4)
"""A photo or a paper, in one piece; a person sends few at once, and each is held in memory."""


class Gone(Exception):
    """The caller has left before the request was there."""


class Arrivals:
    """Bodies on their way into this process, counted by caller."""

    def __init__(self) -> None:
        self._slow_s = SLOW_S
        self._of: Counter[str] = Counter()

    async def body(self, caller: str, room: Room, receive: Receive) -> bytes:
        """The whole body. Raises Refused TOO_LARGE, TOO_SLOW, TOO_MANY_REQUESTS, and Gone."""
        with self._counted(caller, room.at_once):
            loop = asyncio.get_running_loop()
            begun = loop.time()
            parts, size = [], 0
            try:
                async with asyncio.timeout_at(begun + self._slow_s) as patience:
                    more = True
                    while more:
                        message = await receive()
                        if message["type"] == "http.disconnect":
                            raise Gone
                        part = message.get("body", b"")
                        parts.append(part)
                        size += len(part)
                        if size > room.size:
                            raise Refused(too_large(room))
                        patience.reschedule(begun + self._slow_s + size / _RATE)
                        more = message.get("more_body", False)
            except TimeoutError:
                raise Refused(_TOO_SLOW) from None
            return b"".join(parts)

    @contextmanager
    def _counted(self, caller: str, most: int) -> Iterator[None]:
        if self._of[caller] >= most:
            raise Refused(_TOO_MANY)
        self._of[caller] += 1
        try:
            yield
        finally:
            self._of[caller] -= 1
            if not self._of[caller]:
                del self._of[caller]


def too_large(room: Room) -> Refusal:
    """The refusal of a body that does not fit into the route's room."""
    return TOO_LARGE.at(size=room.size_text)


_TOO_SLOW: Final = TOO_SLOW.at()
_TOO_MANY: Final = TOO_MANY_HALF_SENT.at()


def handed_on(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body in one piece, and then whatever else comes."""
    given = False

    async def next_message() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return next_message


# UTF-16 of anything that begins as JSON does holds a NUL; of half a character only an escape is
# left, for the whole text is read as UTF-8 first.
_UNFIT: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def text_refusals(body: bytes, room: Room) -> list[Refusal]:
    """Why a JSON body is no text that can be kept: another coding, NUL, half a character."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return [NOT_UTF8.at()]
    if body.count(b":") > room.members:
        return [TOO_MANY_MEMBERS.at(members=room.members)]
    # Plain search first: it is a hundred times as fast, and almost no body has an escape.
    if b"\0" not in body and (b"\\u" not in body or _UNFIT.search(body) is None):
        return []
    if b"\0" in body:
        return [NOT_UTF8.at()]
    try:
        unfit = islice(_unfit(json.loads(body), ""), problem.MISTAKES_MAX)
        return [NO_TEXT.at(at) for at in unfit]
    except (ValueError, RecursionError):
        return []  # no JSON: whoever reads it says where it breaks


def _unfit(value: Any, pointer: str) -> Iterator[str]:
    if isinstance(value, str):
        if _is_unfit(value):
            yield pointer
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _unfit(item, f"{pointer}/{place}")
    elif isinstance(value, dict):
        for name, item in value.items():
            if _is_unfit(name):
                yield pointer
            else:
                yield from _unfit(item, pointer + pointed(name))


def _is_unfit(text: str) -> bool:
    return "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text)


_EVENT_STREAM: Final = b"text/event-stream; charset=utf-8"


class Intake:
    """So many requests at work in one process, health apart; the others are told to come back."""

    def __init__(
        self, app: ASGIApp, *, service: str, limit: int, refuse: Callable[..., Response]
    ) -> None:
        self.app = app
        self.limit = limit
        self.refuse = refuse
        self.at_work = 0
        self._health = f"/{service}/health/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self._health):
            await self.app(scope, receive, send)
        elif self.at_work >= self.limit:
            await self.refuse(scope, _FULL)(scope, receive, send)
        else:
            await self._work(scope, receive, send)

    async def _work(self, scope: Scope, receive: Receive, send: Send) -> None:
        counted = True

        def step_aside() -> None:
            """Who streams or waits has a bound of his own and never takes the room of requests."""
            nonlocal counted
            self.at_work -= counted
            counted = False

        scope["state"]["step_aside"] = step_aside

        async def answering(message: Message) -> None:
            if _begins_stream(message):
                step_aside()
            await send(message)

        self.at_work += 1
        try:
            await self.app(scope, receive, answering)
        finally:
            self.at_work -= counted


def _begins_stream(message: Message) -> bool:
    return (
        message["type"] == "http.response.start"
        and (b"content-type", _EVENT_STREAM) in message["headers"]
    )


_FULL: Final = TOO_MANY_REQUESTS.at()
