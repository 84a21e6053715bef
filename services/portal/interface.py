"""The window's public interface as the signed-in person: the only source of every screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from starlette.types import ASGIApp, Message

from services.portal.numbers import hinted

_PATIENCE_S: Final = 20.0
_HEALTH: Final = "/window/health/ready"
_HEALTH_PATIENCE_S: Final = 4.0
"""Shorter than whoever asks the screens for theirs waits."""
_LANGUAGE: Final = "Accept-Language"
_BY_SERVICE: Final = "{service}"
"""In an address: where the name of the service goes, for want of a gateway before them all."""
_KEPT_S: Final = 2.0
"""A connection without use is let go before a service lets it go (after five seconds), which else
may be at the moment of the next question."""
_HELD: Final = 64
_PAGE: Final = 200
_PAGES_MAX: Final = 100
"""A lot has some hundreds of shares, a group of members, a bank's day thousands of bookings."""


class Away(Exception):
    """The interface did not answer."""


class Problem(Exception):
    """The interface refused; ``body`` is its problem document, said in the reader's language."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(str(body.get("code")))
        self.status = status
        self.body = body

    @property
    def code(self) -> str:
        """The first reason's code."""
        return str(self.body.get("code", ""))

    @property
    def errors(self) -> list[dict[str, Any]]:
        """Every reason: code, pointer, detail."""
        return list(self.body.get("errors", []))

    def by_field(self, fields: Collection[str]) -> dict[str, list[str]]:
        """Its sentences by the form's field that each is about; the rest under ''.

        A field stands for the place that has its name, for all that begins with it, or for what is
        called so wherever it lies, as the weight of a lot's one share is the lot's own field.
        """
        found: dict[str, list[str]] = {}
        for error in self.errors:
            # A filter's field stands in the address, whose parts are named so.
            pointer = str(error.get("pointer", "")).removeprefix("/query/")
            name = pointer.lstrip("/").replace("/", ".")
            parts = name.split(".")
            place = next((one for one in (name, parts[0], parts[-1]) if one in fields), "")
            said, detail = found.setdefault(place, []), str(error.get("detail", ""))
            if detail not in said:
                said.append(detail)
        return found or {"": [str(self.body.get("detail", self.code))]}


@dataclass(frozen=True)
class Interface:
    """Where the interface is: in this process, or at an address.

    Streams have connections of their own: they are as many as there are open pages, and would leave
    none for the pages' own questions.
    """

    http: httpx2.AsyncClient
    address: str
    streams: httpx2.AsyncClient | None = None
    app: ASGIApp | None = None

    @classmethod
    def within(cls, app: ASGIApp) -> Interface:
        """The one of this process, called without a network."""
        transport = httpx2.ASGITransport(app=app)
        return cls(httpx2.AsyncClient(transport=transport), "http://window", app=app)

    @classmethod
    def at(cls, address: str) -> Interface:
        """The one at an address; with ``{service}`` in it, each service at its own."""
        return cls(
            httpx2.AsyncClient(
                timeout=_PATIENCE_S,
                limits=httpx2.Limits(max_connections=100, keepalive_expiry=_KEPT_S),
            ),
            address.rstrip("/"),
            streams=httpx2.AsyncClient(
                timeout=httpx2.Timeout(None, connect=_PATIENCE_S),
                limits=httpx2.Limits(max_connections=None),
            ),
        )

    def url(self, path: str) -> str:
        """Where a path of the interface is; as it is, what is a whole address already."""
        if not path.startswith("/"):
            return path
        return self.address.replace(_BY_SERVICE, path.split("/")[1]) + path

    async def answers(self) -> bool:
        """Whether the window's service says that it is ready."""
        try:
            answer = await self.http.get(self.url(_HEALTH), timeout=_HEALTH_PATIENCE_S)
        except httpx2.TransportError:
            return False
        return answer.status_code == httpx2.codes.OK

    def as_(self, token: str | None, language: str, request_id: str | None = None) -> Calls:
        """Calls with a person's token; without one, as the public."""
        headers = {_LANGUAGE: language}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if request_id is not None:
            headers["X-Request-Id"] = request_id
        return Calls(self, headers)

    async def end_streams(self) -> None:
        """End what else lasts for ever; pages are answered on."""
        if self.streams is not None:
            await self.streams.aclose()

    async def close(self) -> None:
        """Give the connections back."""
        await self.end_streams()
        await self.http.aclose()


@dataclass(frozen=True)
class Calls:
    """What one page asks, with the headers of whoever reads it."""

    interface: Interface
    headers: Mapping[str, str]

    def said_in(self, language: str) -> Calls:
        """The same, answered in another language."""
        return Calls(self.interface, {**self.headers, _LANGUAGE: language})

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        """A read. Raises Problem, Away."""
        asked = {name: value for name, value in params.items() if value is not None}
        return await self._sent("GET", path, params=asked)

    async def whole(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Every row of a list that is short by its nature, page by page.

        Raises Problem; Away too where it does not come to its end.
        """
        rows: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(_PAGES_MAX):
            found = await self.get(path, **params, limit=_PAGE, cursor=cursor)
            rows += found["items"]
            cursor = found["next_cursor"]
            if cursor is None:
                return rows
        raise Away("a list without an end")

    async def maybe(self, path: str, **params: Any) -> dict[str, Any] | None:
        """A read of what may not be there, or not be this person's to see. Raises Away."""
        try:
            return await self.get(path, **params)
        except Problem as problem:
            if problem.status in (403, 404):
                return None
            raise

    async def post(
        self, path: str, body: Mapping[str, Any], *, key: str, version: str | None = None
    ) -> dict[str, Any]:
        """An act, under the key that its form brought. Raises Problem, Away."""
        headers = {"Idempotency-Key": key}
        if version:
            headers["If-Match"] = f'"{version}"'
        return await self._sent("POST", path, json=dict(body), headers=headers)

    async def hand_in(self, path: str, content: bytes, *, key: str) -> dict[str, Any]:
        """A file, under the key that its form brought; what it is, it says itself.

        Raises Problem, Away.
        """
        headers = {"Idempotency-Key": key, "Content-Type": "application/octet-stream"}
        return await self._sent("POST", path, content=content, headers=headers)

    async def fetch(self, path: str) -> httpx2.Response:
        """A file. Raises Problem, Away."""
        return await self._answer("GET", path)

    async def _sent(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await self._answer(method, path, **how)).json()
        return found

    async def _answer(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **how: Any
    ) -> httpx2.Response:
        try:
            answer = await self.interface.http.request(
                method,
                self.interface.url(path),
                headers={**self.headers, **(headers or {})},
                **how,
            )
        except httpx2.TransportError as error:
            raise Away(type(error).__name__) from error
        if answer.status_code >= 400:
            raise _problem(answer, self.headers[_LANGUAGE])
        return answer

    async def stream(self, path: str) -> AsyncIterator[bytes]:
        """An endless answer, piece by piece. Raises Problem when it does not begin, and Away when
        it cannot begin or breaks off."""
        interface = self.interface
        if interface.app is not None:
            pieces = _within(interface.app, path, self.headers)
        elif interface.streams is not None:
            pieces = _afar(interface.streams, interface.url(path), self.headers)
        else:
            raise Away("no way for streams")
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece


def _problem(answer: httpx2.Response, language: str) -> Problem:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    return Problem(answer.status_code, hinted(body, language) if isinstance(body, dict) else {})


async def _afar(
    http: httpx2.AsyncClient, url: str, headers: Mapping[str, str]
) -> AsyncGenerator[bytes]:
    """The body of an answer of another process as it comes."""
    try:
        async with http.stream("GET", url, headers=dict(headers)) as answer:
            if answer.status_code >= 400:
                await answer.aread()
                raise _problem(answer, headers[_LANGUAGE])
            async for piece in answer.aiter_bytes():
                yield piece
    except httpx2.TransportError as error:
        raise Away(type(error).__name__) from error


async def _within(app: ASGIApp, path: str, headers: Mapping[str, str]) -> AsyncGenerator[bytes]:
    """The body of an answer of an application in this process as it comes.

    The client's own transport hands an answer on when it has ended, which a stream never does.
    """
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_HELD)
    left = asyncio.Event()
    begun: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            if not begun.done():
                begun.set_result(message["status"])
            return
        if body := message.get("body", b""):
            await pieces.put(body)
        if not message.get("more_body", False):
            await pieces.put(None)

    plain, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": plain,
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(n.lower().encode(), v.encode()) for n, v in headers.items()],
        "client": None,
        "server": ("window", 80),
    }

    async def answer() -> None:
        await app(scope, receive, send)

    answering = asyncio.create_task(answer(), name="portal stream")
    try:
        answering.add_done_callback(lambda _: begun.done() or begun.cancel())
        await asyncio.wait([begun])
        if begun.cancelled():
            raise Away("no answer")
        if (status := begun.result()) >= 400:
            raise Problem(status, {})
        while (piece := await pieces.get()) is not None:
            yield piece
    finally:
        left.set()
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
