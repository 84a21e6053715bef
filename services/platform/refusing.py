"""How a service's application says no: every refusal and every failure as problem details."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import Scope

from services.kernel.mistakes import REQUEST_INVALID
from services.kernel.refusal import Refusal, Refused
from services.kernel.refusals import METHOD_NOT_ALLOWED, NO_ADDRESS, NO_ROOM, UNAVAILABLE
from services.platform import problem, telemetry
from services.platform.database import DatabaseUnreachable
from services.platform.language import language_of
from services.platform.mistaken import refusal_of

log = structlog.get_logger()

_AGAIN: Final = ("TOO_MANY_REQUESTS", "UNAVAILABLE", "IN_PROGRESS")
"""Codes after which the same request may be sent again a little later."""
_CHALLENGE: Final = {
    "UNAUTHENTICATED": "Bearer",
    # RFC 9470: the token is good, but who holds it should sign in anew before he signs.
    "AUTHENTICATION_TOO_OLD": 'Bearer error="insufficient_user_authentication"',
}


def answer_with_problems(app: FastAPI) -> None:
    """Have an application answer refusals, bad input and an unreachable database as problems."""
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(DatabaseUnreachable, _on_unavailable)


def refusing(scope: Scope, *refusals: Refusal, left_out: int = 0) -> Response:
    """The response that refuses a request for these reasons and so many more, each counted."""
    service = scope["app"].state.service_name
    for refusal in refusals:
        telemetry.refusals.labels(service, refusal.code).inc()
    return problem_response(refusals, scope, left_out=left_out)


def problem_response(
    refusals: Sequence[Refusal], scope: Scope, *, left_out: int = 0
) -> JSONResponse:
    """The response of these reasons, with the headers that its first code asks for."""
    first = refusals[0]
    answer = problem.answer(refusals, at=datetime.now(UTC), left_out=left_out)
    language = language_of(scope)
    request_id = scope["state"].get("request_id")
    headers = {"Content-Language": language}
    if first.code in _AGAIN:
        headers["Retry-After"] = "1"
    if first.code in _CHALLENGE:
        headers["WWW-Authenticate"] = _CHALLENGE[first.code]
    return JSONResponse(
        problem.worded(answer.body, language, request_id=request_id),
        status_code=answer.status,
        media_type=problem.MEDIA_TYPE,
        headers=headers,
    )


async def _on_refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return refusing(request.scope, *error.refusals)


async def _on_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    shown = [refusal_of(item, error.body) for item in found[: problem.MISTAKES_MAX]]
    # The rest is only counted: one mistake can be made many thousand times in one body.
    return refusing(request.scope, *shown, left_out=len(found) - len(shown))


_BY_STATUS: Final = {404: NO_ADDRESS.at(), 405: METHOD_NOT_ALLOWED.at()}


async def on_http(request: Request, error: Exception) -> Response:
    """What the router itself refuses: an address that is none, a method that it does not take."""
    status = getattr(error, "status_code", 500)
    response = refusing(request.scope, _BY_STATUS.get(status) or REQUEST_INVALID.at())
    allowed = (getattr(error, "headers", None) or {}).get("Allow")
    if status == 405 and allowed:
        response.headers["Allow"] = allowed
    return response


async def _on_unavailable(request: Request, error: Exception) -> Response:
    log.warning("unavailable", error=str(error), sqlstate=getattr(error, "sqlstate", None))
    is_full = isinstance(error, DatabaseUnreachable) and error.wants_room
    return refusing(request.scope, (NO_ROOM if is_full else UNAVAILABLE).at())
