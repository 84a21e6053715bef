"""Problem details (RFC 9457): one shape for every refusal and every failure.

Our own few lines, because the packages for it put exception text into a 500 answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import islice
from typing import Any, Final

from services.kernel.clock import rfc3339
from services.kernel.messages import Answer
from services.kernel.refusal import Refusal

MEDIA_TYPE: Final = "application/problem+json"

STATUS: Final[dict[str, int]] = {
    "UNAUTHENTICATED": 401,
    "AUTHENTICATION_TOO_OLD": 401,
    "SIGNATURE_INVALID": 401,
    "FORBIDDEN": 403,
    "OFFICER_NOT_ON_FILE": 403,
    "NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 405,
    "TOO_SLOW": 408,
    "IDEMPOTENCY_KEY_REQUIRED": 400,
    "REQUEST_INVALID": 422,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "VERSION_MISMATCH": 412,
    "TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "TOO_MANY_REQUESTS": 429,
    "HEADERS_TOO_LARGE": 431,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
}
"""Code -> HTTP status where it is not 409 (a rule or a state stands against the request)."""

MISTAKES_MAX: Final = 100
"""Mistakes of form in one answer: what is written wrongly everywhere is mended by rereading it."""
ERRORS_MAX: Final = 1_000
"""Reasons in one answer: as many as a lot has tickets, for each of which its rule may speak."""
_DETAIL_MAX: Final = 1_000
_POINTER_MAX: Final = 300

UNPROCESSABLE: Final = {"CURRENCY_UNKNOWN", "AMOUNT_INVALID", "WEIGHT_INVALID", "ID_INVALID"}


def status_of(code: str) -> int:
    """The HTTP status of a refusal code."""
    return 422 if code in UNPROCESSABLE else STATUS.get(code, 409)


def answer(
    refusals: Sequence[Refusal],
    *,
    at: datetime | None = None,
    request_id: str | None = None,
    left_out: int = 0,
) -> Answer:
    """The answer for one or more reasons; the first one names the problem as a whole.

    It shows at most ERRORS_MAX of them, each code at least once, and says how many it leaves out,
    with those that the caller has left out already.
    """
    first = refusals[0]
    status = status_of(first.code)
    shown = _shown(refusals)
    body: dict[str, Any] = {
        "type": f"urn:tradewindow:problem:{first.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": first.code,
        "detail": _fit(first.detail, _DETAIL_MAX),
        "at": rfc3339(at or datetime.now(UTC)),
        "errors": [_error(r) for r in shown],
    }
    if left_out := left_out + len(refusals) - len(shown):
        body["errors_left_out"] = left_out
    if request_id is not None:
        body["request_id"] = request_id
    return Answer(status=status, body=body)


def _shown(refusals: Sequence[Refusal]) -> Sequence[Refusal]:
    if len(refusals) <= ERRORS_MAX:
        return refusals
    first_of = {refusal.code: place for place, refusal in reversed(list(enumerate(refusals)))}
    places = sorted(first_of.values())[:ERRORS_MAX]
    kept = set(places)
    others = (place for place in range(len(refusals)) if place not in kept)
    places += islice(others, ERRORS_MAX - len(places))
    return [refusals[place] for place in sorted(places)]


def _fit(text: str, most: int) -> str:
    """The text as an answer can carry it: of bounded length, and without halves of characters."""
    whole = text if len(text) <= most else text[: most - 1] + "…"
    return whole.encode("utf-8", "replace").decode()


def _error(refusal: Refusal) -> dict[str, Any]:
    error: dict[str, Any] = {
        "code": refusal.code,
        "pointer": _fit(refusal.pointer, _POINTER_MAX),
        "detail": _fit(refusal.detail, _DETAIL_MAX),
    }
    if refusal.facts:
        error["facts"] = dict(refusal.facts)
    return error
