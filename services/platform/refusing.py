"""How a service's application says no: every refusal and every failure as problem details."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import Scope

from services.kernel.refusal import Refusal, Refused
from services.platform import problem, telemetry
from services.platform.database import DatabaseUnreachable

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
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(DatabaseUnreachable, _on_unavailable)


def refusing(scope: Scope, *refusals: Refusal, left_out: int = 0) -> Response:
    """The response that refuses a request for these reasons and so many more, each counted."""
    service = scope["app"].state.service_name
    for refusal in refusals:
        telemetry.refusals.labels(service, refusal.code).inc()
    return problem_response(refusals, scope["state"]["request_id"], left_out=left_out)


def problem_response(
    refusals: Sequence[Refusal], request_id: str, *, left_out: int = 0
) -> JSONResponse:
    """The response of these reasons, with the headers that its first code asks for."""
    first = refusals[0]
    answer = problem.answer(
        refusals, at=datetime.now(UTC), request_id=request_id, left_out=left_out
    )
    headers = {}
    if first.code in _AGAIN:
        headers["Retry-After"] = "1"
    if first.code in _CHALLENGE:
        headers["WWW-Authenticate"] = _CHALLENGE[first.code]
    return JSONResponse(
        answer.body, status_code=answer.status, media_type=problem.MEDIA_TYPE, headers=headers
    )


async def _on_refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return refusing(request.scope, *error.refusals)


async def _on_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    shown = [_invalid(item, error.body) for item in found[: problem.MISTAKES_MAX]]
    # The rest is only counted: one mistake can be made many thousand times in one body.
    return refusing(request.scope, *shown, left_out=len(found) - len(shown))


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


_BY_STATUS: Final = {
    404: Refusal("NOT_FOUND", "There is nothing at this address; see the API explorer."),
    405: Refusal("METHOD_NOT_ALLOWED", "This address does not take this method."),
}
_UNREADABLE: Final = Refusal("REQUEST_INVALID", "The request could not be read.")


async def _on_http(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    response = refusing(request.scope, _BY_STATUS.get(status, _UNREADABLE))
    allowed = (getattr(error, "headers", None) or {}).get("Allow")
    if status == 405 and allowed:
        response.headers["Allow"] = allowed
    return response


async def _on_unavailable(request: Request, error: Exception) -> Response:
    log.warning("unavailable", error=type(error).__name__)
    refusal = Refusal(
        "UNAVAILABLE",
        "The window cannot reach its database right now. Nothing is known of this request: send it"
        " again with the same Idempotency-Key.",
    )
    return refusing(request.scope, refusal)
