"""The window's public interface as the signed-in person: the only source of every screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from starlette.types import ASGIApp, Message

_PATIENCE_S: Final = 20.0
_HELD: Final = 64


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


@dataclass(frozen=True)
class Interface:
    """Where the interface is: in this process, or at an address."""

    http: httpx2.AsyncClient
    app: ASGIApp | None = None

    @classmethod
    def within(cls, app: ASGIApp) -> Interface:
        """The one of this process, called without a network."""
        transport = httpx2.ASGITransport(app=app)
        return cls(httpx2.AsyncClient(transport=transport, base_url="http://window"), app)

    @classmethod
    def at(cls, address: str) -> Interface:
        """The one at an address."""
        return cls(httpx2.AsyncClient(base_url=address, timeout=_PATIENCE_S))

    def as_(self, token: str | None, language: str, request_id: str | None = None) -> Calls:
        """Calls with a person's token; without one, as the public."""
        headers = {"Accept-Language": language}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if request_id is not None:
            headers["X-Request-Id"] = request_id
        return Calls(self, headers)

    async def close(self) -> None:
        """Give the connections back."""
        await self.http.aclose()


@dataclass(frozen=True)
class Calls:
    """What one page asks, with the headers of whoever reads it."""

    interface: Interface
    headers: Mapping[str, str]

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        """A read. Raises Problem, Away."""
        asked = {name: value for name, value in params.items() if value is not None}
        return await self._sent("GET", path, params=asked)

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

    async def _sent(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await self._answer(method, path, **how)).json()
        return found

    async def _answer(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **how: Any
    ) -> httpx2.Response:
        try:
            answer = await self.interface.http.request(
                method, path, headers={**self.headers, **(headers or {})}, **how
            )
        except httpx2.TransportError as error:
            raise Away(type(error).__name__) from error
        if answer.status_code >= 400:
            raise _problem(answer)
        return answer

    async def stream(self, path: str) -> AsyncIterator[bytes]:
        """An endless answer, piece by piece. Raises Problem when it does not begin."""
        if self.interface.app is None:
            async with self.interface.http.stream(
                "GET", path, headers=dict(self.headers), timeout=None
            ) as answer:
                if answer.status_code >= 400:
                    await answer.aread()
                    raise _problem(answer)
                async for piece in answer.aiter_bytes():
                    yield piece
            return
        async for piece in _within(self.interface.app, path, self.headers):
            yield piece


def _problem(answer: httpx2.Response) -> Problem:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    return Problem(answer.status_code, body if isinstance(body, dict) else {})


async def _within(app: ASGIApp, path: str, headers: Mapping[str, str]) -> AsyncIterator[bytes]:
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
