"""The outermost ring of a service: request id, headers within bounds, access log and metrics."""

from __future__ import annotations

import json
import re
import time
from functools import lru_cache
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel.identifiers import is_own, new_uuid
from services.kernel.mistakes import NUL_IN_ADDRESS
from services.kernel.refusal import Refusal
from services.kernel.refusals import HEADERS_TOO_LARGE, INTERNAL
from services.platform import problem, telemetry
from services.platform.authentication import Caller
from services.platform.front import Front
from services.platform.refusing import problem_response

HEADERS_MAX: Final = 16 * 1024
"""Bytes of all headers and the address together."""
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LEFT: Final = 499
"""What the log says of a caller who left before there was an answer."""

log = structlog.get_logger()


class Edge:
    """Gives every request an id, answers a bug without its text, and says what was answered.

    The log names the route's template, never what stood in its places, unless it is an id of ours.
    """

    def __init__(self, app: ASGIApp, *, service: str, front: Front) -> None:
        self.app = app
        self.service = service
        # One market day is asked by the same people again and again.
        self.mark_of = lru_cache(maxsize=4096)(front.mark_of)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = request_named(scope)
        answer = _Answer(send, request_id)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._serve(scope, receive, answer)
            finally:
                self._say(scope, answer)

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            refusal = _refusal(scope)
            if refusal is not None:
                telemetry.refusals.labels(self.service, refusal.code).inc()
                await problem_response((refusal,), scope)(scope, receive, answer.send)
            else:
                await self.app(scope, receive, answer.send)
        except Exception as error:
            # Answered here, inside the request's log context, so that no server prints its text:
            # the caller learns the request id, the log where; neither learns any value.
            log.error("bug", error=type(error).__name__, where=telemetry.where(error))
            telemetry.refusals.labels(self.service, _BUG.code).inc()
            if answer.begun:
                raise
            await problem_response((_BUG,), scope)(scope, receive, answer.send)

    def _say(self, scope: Scope, answer: _Answer) -> None:
        state = scope["state"]
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        seconds = time.perf_counter() - answer.started - state.get("waited_s", 0.0)
        telemetry.requests.labels(self.service, method, route, answer.status).observe(seconds)
        caller: Caller | None = state.get("caller")
        who: dict[str, Any] = {"source": (scope.get("client") or ("",))[0]}
        if caller is not None:
            actor = caller.actor
            who |= {"subject": self.mark_of(actor.subject), "party_kind": actor.party_kind}
        if answer.codes:
            who["codes"] = answer.codes
        log.info(
            "request",
            case=_case_of(scope),
            method=method,
            route=route,
            status=answer.status,
            ms=round(seconds * 1000, 1),
            **who,
        )


def request_named(scope: Scope) -> str:
    """Give a request its id: the one that it came with, if that is one, else a new one."""
    given = next((v for n, v in scope["headers"] if n == b"x-request-id"), b"")
    request_id = given.decode() if _REQUEST_ID.fullmatch(given) else new_uuid().hex
    scope.setdefault("state", {})["request_id"] = request_id
    return request_id


class _Answer:
    """What is answered, as it passes: its status and, of a refusal, its codes."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._also = [(b"x-request-id", request_id.encode()), (b"vary", b"Accept-Language")]
        self._is_problem = False
        self.started = time.perf_counter()
        self.begun = False
        self.status = _LEFT
        self.codes: list[str] = []

    async def send(self, message: Message) -> None:
        """Pass a message on, with the request's id, and that readers are answered differently."""
        if message["type"] == "http.response.start":
            self.begun = True
            self.status = message["status"]
            self._is_problem = (b"content-type", _PROBLEM) in message["headers"]
            message["headers"] = [*message["headers"], *self._also]
        elif self._is_problem:
            errors = json.loads(message["body"])["errors"]
            self.codes = list(dict.fromkeys(error["code"] for error in errors))
            self._is_problem = False
        await self._send(message)


_PROBLEM: Final = problem.MEDIA_TYPE.encode()


def _refusal(scope: Scope) -> Refusal | None:
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        return _NUL
    size = sum(len(name) + len(value) for name, value in scope["headers"])
    if size + len(scope["query_string"]) + len(scope["path"]) > HEADERS_MAX:
        return _HEADERS_TOO_LARGE
    return None


def _case_of(scope: Scope) -> str | None:
    """The case a request was about: what its answer says, else an id of ours in its address."""
    named = [scope["state"].get("case"), *scope.get("path_params", {}).values()]
    ids = (str(name) for name in named if isinstance(name, str) and is_own(name))
    return next(ids, None)


_BUG: Final = INTERNAL.at()
_NUL: Final = NUL_IN_ADDRESS.at()
_HEADERS_TOO_LARGE: Final = HEADERS_TOO_LARGE.at(size=f"{HEADERS_MAX // 1024} KiB")
