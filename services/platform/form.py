"""What a request must look like for its route to read it: its query's names, its body's kind.

What a route does not know it would pass over in silence: a misspelt filter would answer with
everything. Each service's routes are looked through once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.kernel.mistakes import QUERY_NOT_TAKEN, QUERY_TWICE, QUERY_UNKNOWN
from services.kernel.refusal import Refusal, Refused, pointed, refuse_if_any
from services.kernel.refusals import ENCODED, UNSUPPORTED_MEDIA_TYPE
from services.platform.authentication import Caller
from services.platform.intake import (
    NOTE,
    Arrivals,
    Gone,
    Room,
    handed_on,
    text_refusals,
    too_large,
)
from services.platform.json_body import canonical_bytes, json_value
from services.platform.pagination import read_at

JSON: Final = "application/json"
_NAME_MAX: Final = 64
_PLAIN: Final = "identity"
"""The content coding that is none."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """What one route reads, and who is asked first whether the caller may come in."""

    route: BaseRoute
    path: re.Pattern[str]
    methods: frozenset[str]
    query: tuple[str, ...]
    takes_json: bool
    """A route that takes another kind of body looks at its kind itself."""
    guards: tuple[Callable[..., Awaitable[object]], ...]
    room: Room
    """How large a body it takes, as its guard states."""


class Form:
    """Lets the caller in by the route's own guard, then the body, then looks at its form.

    In this order: what a stranger sends is not even read, and nobody is told how a request should
    look which he may not make. The guard's call is kept for the route, so it is asked once.
    """

    def __init__(
        self, app: ASGIApp, *, refuse: Callable[..., Response], arrivals: Arrivals
    ) -> None:
        self.app = app
        self.refuse = refuse
        self.arrivals = arrivals
        self._readers: list[_Reader] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reader = self._reader(scope) if scope["type"] == "http" else None
        if reader is not None:
            scope["route"] = reader.route
            read_at(scope["path"])
            request = Request(scope)
            try:
                await _let_in(reader, request)
                kind = _kind_of_body(scope)
                if scope["query_string"] or kind not in (None, JSON):
                    refuse_if_any(_refusals(request, reader, kind))
                if kind is not None:
                    receive = await self._received(request, receive, reader)
            except Gone:
                return
            except Refused as refused:
                response = self.refuse(scope, *refused.refusals)
                if refused.refusals[0].reason is ENCODED:
                    response.headers["Accept-Encoding"] = _PLAIN
                elif refused.codes[0] == "UNSUPPORTED_MEDIA_TYPE":
                    response.headers["Accept"] = JSON
                await response(scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _received(self, request: Request, receive: Receive, reader: _Reader) -> Receive:
        """The whole body, as the route will read it. Raises Refused, Gone."""
        if request.headers.get("content-encoding", _PLAIN).strip().lower() != _PLAIN:
            raise Refused(ENCODED.at())
        length = request.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > reader.room.size:
            raise Refused(too_large(reader.room))
        caller: Caller | None = request.scope["state"].get("caller")
        known = "" if caller is None else f"{caller.actor.party}\x1f{caller.actor.subject}"
        body = await self.arrivals.body(known, reader.room, receive)
        if reader.takes_json:
            refuse_if_any(text_refusals(body, reader.room))
            with suppress(ValueError, RecursionError):  # whoever reads it says where it breaks
                request.scope["state"]["said"] = canonical_bytes(json_value(body))
        return handed_on(body, receive)

    def _reader(self, scope: Scope) -> _Reader | None:
        """The route that will answer; None leaves it to the router to say that there is none."""
        if not self._readers:
            self._readers = list(_readers(scope["app"]))
        for reader in self._readers:
            if scope["method"] in reader.methods and reader.path.match(scope["path"]):
                return reader
        return None


async def _let_in(reader: _Reader, request: Request) -> None:
    """Ask the route's guard. Raises Refused; afterwards the log knows who it was."""
    for guard in reader.guards:
        sent = request.headers
        await guard(
            request,
            idempotency_key=sent.get("idempotency-key"),
            if_match=sent.get("if-match"),
        )


def _kind_of_body(scope: Scope) -> str | None:
    """The media type of the body that was sent, '' when it is not stated; None without a body."""
    kind = b""
    has_body = False
    for name, value in scope["headers"]:
        if name == b"content-type":
            kind = value
        elif name == b"content-length":
            has_body = value != b"0"
        elif name == b"transfer-encoding":
            has_body = True
    return kind.decode("latin-1").partition(";")[0].strip().lower() if has_body else None


def _refusals(request: Request, reader: _Reader, kind: str | None) -> Iterator[Refusal]:
    if reader.takes_json and kind not in (None, JSON):
        yield UNSUPPORTED_MEDIA_TYPE.at(kind=JSON)
    for name, times in Counter(n for n, _ in request.query_params.multi_items()).items():
        shown = name[:_NAME_MAX]
        pointer = pointed("query", shown)
        if name not in reader.query:
            unknown = QUERY_UNKNOWN if reader.query else QUERY_NOT_TAKEN
            yield unknown.at(pointer, name=shown, known=reader.query)
        elif times > 1:
            yield QUERY_TWICE.at(pointer, name=shown, times=times)


def _readers(app: FastAPI) -> Iterator[_Reader]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, Route):
            dependants = list(_dependants(getattr(context, "dependant", None)))
            guards = tuple(d.call for d in dependants if d.call and hasattr(d.call, "scope"))
            yield _Reader(
                route=route,
                path=context.path_regex,
                methods=frozenset(context.methods or ()),
                query=tuple(dict.fromkeys(p.alias for d in dependants for p in d.query_params)),
                takes_json=getattr(context, "body_field", None) is not None,
                guards=guards,
                room=next((getattr(guard, "room", NOTE) for guard in guards), NOTE),
            )


def _dependants(dependant: Dependant | None) -> Iterator[Dependant]:
    """A route's own and all that it depends on."""
    if dependant is not None:
        yield dependant
        for inner in dependant.dependencies:
            yield from _dependants(inner)
