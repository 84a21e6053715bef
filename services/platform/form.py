"""What a request must look like for its route to read it: its query's names, its body's kind.

What a route does not know it would pass over in silence: a misspelt filter would answer with
everything. Each service's routes are looked through once; a POST of JSON without a query string
costs one look at its headers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.kernel.refusal import Refusal, Refused

JSON: Final = "application/json"
_NAME_MAX: Final = 64


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


class Form:
    """Refuses what the route would not read, after the route's own guard has let the caller in."""

    def __init__(self, app: ASGIApp, *, refuse: Callable[..., Response]) -> None:
        self.app = app
        self.refuse = refuse
        self._readers: list[_Reader] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            kind = _kind_of_body(scope)
            if scope["query_string"] or kind not in (None, JSON):
                response = await self._look(scope, kind)
                if response is not None:
                    await response(scope, receive, send)
                    return
        await self.app(scope, receive, send)

    async def _look(self, scope: Scope, kind: str | None) -> Response | None:
        reader = self._reader(scope)
        if reader is None:
            return None
        request = Request(scope)
        refusals = list(_refusals(request, reader, kind))
        if not refusals:
            return None
        scope["route"] = reader.route
        try:
            for guard in reader.guards:
                await guard(
                    request,
                    idempotency_key=request.headers.get("idempotency-key"),
                    if_match=request.headers.get("if-match"),
                )
        except Refused as refused:
            return self.refuse(request, *refused.refusals)
        response = self.refuse(request, *refusals)
        if refusals[0].code == "UNSUPPORTED_MEDIA_TYPE":
            response.headers["Accept"] = JSON
        return response

    def _reader(self, scope: Scope) -> _Reader | None:
        """The route that will answer; None leaves it to the router to say that there is none."""
        if not self._readers:
            self._readers = list(_readers(scope["app"]))
        for reader in self._readers:
            if scope["method"] in reader.methods and reader.path.match(scope["path"]):
                return reader
        return None


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
        yield Refusal("UNSUPPORTED_MEDIA_TYPE", f"Send the body as {JSON}.")
    known = f"known are {', '.join(reader.query)}" if reader.query else "this address takes none"
    for name, times in Counter(n for n, _ in request.query_params.multi_items()).items():
        shown = name[:_NAME_MAX]
        pointer = "/query/" + shown.replace("~", "~0").replace("/", "~1")
        if name not in reader.query:
            said = f"There is no query parameter {shown} here; {known}."
            yield Refusal("REQUEST_INVALID", said, pointer)
        elif times > 1:
            said = f"The query parameter {shown} is given {times} times; give it once."
            yield Refusal("REQUEST_INVALID", said, pointer)


def _readers(app: FastAPI) -> Iterator[_Reader]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, Route):
            dependants = list(_dependants(getattr(context, "dependant", None)))
            yield _Reader(
                route=route,
                path=context.path_regex,
                methods=frozenset(context.methods or ()),
                query=tuple(dict.fromkeys(p.alias for d in dependants for p in d.query_params)),
                takes_json=getattr(context, "body_field", None) is not None,
                guards=tuple(d.call for d in dependants if d.call and hasattr(d.call, "scope")),
            )


def _dependants(dependant: Dependant | None) -> Iterator[Dependant]:
    """A route's own and all that it depends on."""
    if dependant is not None:
        yield dependant
        for inner in dependant.dependencies:
            yield from _dependants(inner)
