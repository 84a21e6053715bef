"""Problem details (RFC 9457): one shape for every refusal and every failure.

Our own forty lines, because the packages for it put exception text into a 500 answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from services.kernel.clock import rfc3339
from services.kernel.messages import Answer
from services.kernel.refusal import Refusal

MEDIA_TYPE: Final = "application/problem+json"

STATUS: Final[dict[str, int]] = {
    "UNAUTHENTICATED": 401,
    "SIGNATURE_INVALID": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "IDEMPOTENCY_KEY_REQUIRED": 400,
    "REQUEST_INVALID": 422,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "VERSION_MISMATCH": 412,
    "TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "TOO_MANY_REQUESTS": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
}
"""Code -> HTTP status where it is not 409 (a rule or a state stands against the request)."""

UNPROCESSABLE: Final = {"CURRENCY_UNKNOWN", "AMOUNT_INVALID", "WEIGHT_INVALID", "ID_INVALID"}


def status_of(code: str) -> int:
    """The HTTP status of a refusal code."""
    return 422 if code in UNPROCESSABLE else STATUS.get(code, 409)


def answer(refusals: Sequence[Refusal], *, at: datetime, request_id: str | None = None) -> Answer:
    """The answer for one or more reasons; the first one names the problem as a whole."""
    first = refusals[0]
    status = status_of(first.code)
    body: dict[str, Any] = {
        "type": f"urn:tradewindow:problem:{first.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": first.code,
        "detail": first.detail,
        "at": rfc3339(at),
        "errors": [_error(r) for r in refusals],
    }
    if request_id is not None:
        body["request_id"] = request_id
    return Answer(status=status, body=body)


def _error(refusal: Refusal) -> dict[str, Any]:
    error: dict[str, Any] = {
        "code": refusal.code,
        "pointer": refusal.pointer,
        "detail": refusal.detail,
    }
    if refusal.facts:
        error["facts"] = dict(refusal.facts)
    return error
