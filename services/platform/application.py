"""Assembly of a service's ASGI application: the same edges around every service."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel.identifiers import new_uuid
from services.kernel.refusal import Refusal, Refused
from services.platform import problem, telemetry
from services.platform.database import DatabaseUnreachable
from services.platform.explorer import add_explorer
from services.platform.form import Form
from services.platform.openapi import state_access

BODY_LIMIT: Final = 8 * 1024 * 1024
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger()


def create_application(
    *,
    name: str,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    services: Any,
    intake_limit: int = 200,
    lifespan: Callable[[], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """A service's app under ``/<name>``: its routes, health, explorer, problem details, limits."""

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        if lifespan is None:
            yield
        else:
            async with lifespan():
                yield

    app = FastAPI(
        title=title,
        description=description,
        version="1",
        openapi_url=f"/{name}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=living,
        responses={"4XX": {"description": "Problem details (RFC 9457)", "content": _PROBLEM}},
    )
    app.state.services = services
    app.state.service_name = name
    for router in routers:
        app.include_router(router)
    app.include_router(_health(name))
    state_access(app)
    add_explorer(app, name)
    _answer_with_problems(app)
    app.add_middleware(Form, refuse=_problem)
    app.add_middleware(Edge, service=name, intake_limit=intake_limit)
    if telemetry.traced():
        FastAPIInstrumentor.instrument_app(app, excluded_urls="health,metrics")
    return app


_PROBLEM: Final[dict[str, Any]] = {
    problem.MEDIA_TYPE: {
        "schema": {
            "type": "object",
            "required": ["type", "title", "status", "code", "detail", "errors"],
            "properties": {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "code": {"type": "string"},
                "detail": {"type": "string"},
                "request_id": {"type": "string"},
                "errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["code", "pointer", "detail"],
                        "properties": {
                            "code": {"type": "string"},
                            "pointer": {"type": "string"},
                            "detail": {"type": "string"},
                        },
                    },
                },
            },
        }
    }
}


def _health(name: str) -> APIRouter:
    router = APIRouter(prefix=f"/{name}/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, str]:
        """The process runs."""
        return {"status": "live"}

    @router.get("/ready")
    async def ready(request: Request) -> Response:
        """The process can do its work: its database answers under its own role."""
        if not await request.app.state.services.database.answers():
            return _problem(request, Refusal("UNAVAILABLE", "The database does not answer."))
        return JSONResponse({"status": "ready"})

    return router


_EVENT_STREAM: Final = b"text/event-stream; charset=utf-8"


class Edge:
    """The outermost ring: request id, body limit, bounded intake, access log and metrics."""

    def __init__(self, app: ASGIApp, *, service: str, intake_limit: int) -> None:
        self.app = app
        self.service = service
        self.intake_limit = intake_limit
        self.in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_uuid().hex
        scope.setdefault("state", {})["request_id"] = request_id
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            telemetry.refusals.labels(self.service, refusal.code).inc()
            await _problem_of(refusal, request_id)(scope, receive, send)
            return
        await self._serve(scope, _bounded(receive), send, request_id)

    def _refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> Refusal | None:
        if "\0" in scope["path"] or b"%00" in scope["query_string"]:
            return _NUL
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > BODY_LIMIT:
            return _TOO_LARGE
        if self.in_flight >= self.intake_limit:
            return Refusal("TOO_MANY_REQUESTS", "The window is full; try again in a second.")
        return None

    async def _serve(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        status = 500
        begun = False
        counted = True
        started = time.perf_counter()

        async def answering(message: Message) -> None:
            nonlocal status, begun, counted
            if message["type"] == "http.response.start":
                begun = True
                if counted and (b"content-type", _EVENT_STREAM) in message["headers"]:
                    # A stream has its own bound and never takes the room of requests.
                    counted = False
                    self.in_flight -= 1
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"x-content-type-options", b"nosniff"),
                    (b"cache-control", b"no-store"),
                ]
            await send(message)

        self.in_flight += 1
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, answering)
            except Exception as error:
                if begun:
                    raise
                await self._answer_bug(error, request_id)(scope, receive, answering)
            finally:
                self.in_flight -= counted
                route = scope.get("route")
                path = getattr(route, "path", "unmatched")
                seconds = time.perf_counter() - started
                telemetry.requests.labels(self.service, scope["method"], path, status).observe(
                    seconds
                )
                named = scope.get("path_params", {}).values()
                log.info(
                    "request",
                    case=scope["state"].get("case") or next(iter(named), None),
                    method=scope["method"],
                    route=path,
                    status=status,
                    ms=round(seconds * 1000, 1),
                )

    def _answer_bug(self, error: Exception, request_id: str) -> JSONResponse:
        """Answer a bug here, inside the request's log context, and let no server print its text.

        The caller learns the request id, the log learns where; neither learns any value.
        """
        log.error("bug", error=type(error).__name__, where=telemetry.where(error))
        telemetry.refusals.labels(self.service, _BUG.code).inc()
        return _problem_of(_BUG, request_id)


_BUG: Final = Refusal(
    "INTERNAL", "This is our fault and is logged under the request id; please report it."
)


class _BodyTooLarge(HTTPException):
    """An HTTP exception, because the framework takes any other for an unreadable body."""

    def __init__(self) -> None:
        super().__init__(413)


_NUL: Final = Refusal(
    "REQUEST_INVALID", "An address holds no NUL character; leave it out and send it again."
)
_TOO_LARGE: Final = Refusal(
    "TOO_LARGE", f"A request body may have at most {BODY_LIMIT // 1024 // 1024} MiB; send less."
)


def _bounded(receive: Receive) -> Receive:
    """Count what really arrives: a chunked body states no length beforehand."""
    received = 0

    async def counting() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > BODY_LIMIT:
            raise _BodyTooLarge
        return message

    return counting


def _answer_with_problems(app: FastAPI) -> None:
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(DatabaseUnreachable, _on_unavailable)


async def _on_refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return _problem(request, *error.refusals)


async def _on_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return _problem(request, *(_invalid(item, error.body) for item in error.errors()))


def _invalid(item: Mapping[str, Any], body: Any) -> Refusal:
    if item["type"] == "json_invalid" and isinstance(body, str):
        # Where the text breaks is no place in a document: there is none to point into.
        broken = json.JSONDecodeError(item["ctx"]["error"], body, item["loc"][-1])
        return Refusal(
            "REQUEST_INVALID",
            f"The body is not JSON from line {broken.lineno}, column {broken.colno} on:"
            f" {broken.msg}.",
        )
    return Refusal(
        "REQUEST_INVALID", item["msg"].removeprefix("Value error, "), _pointer(item["loc"])
    )


def _pointer(loc: Sequence[Any]) -> str:
    """JSON pointer of a validation error: inside the body, or /query/…, /path/…, /header/…."""
    parts = [str(p).replace("~", "~0").replace("/", "~1") for p in loc]
    if parts and parts[0] == "body":
        parts = parts[1:]
    return "".join(f"/{p}" for p in parts)


async def _on_http(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    refusal = {
        404: Refusal("NOT_FOUND", "There is nothing at this address; see the API explorer."),
        405: Refusal("METHOD_NOT_ALLOWED", "This address does not take this method."),
        413: _TOO_LARGE,
    }.get(status, Refusal("REQUEST_INVALID", "The request could not be read."))
    return _problem(request, refusal)


async def _on_unavailable(request: Request, error: Exception) -> Response:
    log.warning("unavailable", error=type(error).__name__)
    refusal = Refusal(
        "UNAVAILABLE",
        "The window cannot reach its database right now. Nothing is known of this request: send it"
        " again with the same Idempotency-Key.",
    )
    return _problem(request, refusal)


def _problem(request: Request, *refusals: Refusal) -> Response:
    for refusal in refusals:
        telemetry.refusals.labels(request.app.state.service_name, refusal.code).inc()
    return _problem_of(refusals[0], request.state.request_id, refusals)


def _problem_of(first: Refusal, request_id: str, refusals: Sequence[Refusal] = ()) -> JSONResponse:
    answer = problem.answer(refusals or (first,), at=datetime.now(UTC), request_id=request_id)
    headers = {}
    if answer.status in (409, 429, 503) and first.code in (
        "TOO_MANY_REQUESTS",
        "UNAVAILABLE",
        "IN_PROGRESS",
    ):
        headers["Retry-After"] = "1"
    if answer.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        answer.body, status_code=answer.status, media_type=problem.MEDIA_TYPE, headers=headers
    )
