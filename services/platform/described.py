"""How an API's description tells of its refusals: the shape of a problem, and the codes.

The codes are those of the tables, so the description names what the code can say and nothing else.
"""

from __future__ import annotations

from typing import Any, Final

from services.platform import problem, words
from services.platform.language import LANGUAGES

_RETRY_AFTER: Final = {
    "Retry-After": {"description": "seconds", "schema": {"type": "integer"}},
}
_LANGUAGE: Final = {
    "Content-Language": {
        "description": "the language of title and detail, chosen by Accept-Language;"
        f" without it {LANGUAGES[0]}",
        "schema": {"type": "string", "enum": list(LANGUAGES)},
    },
}


def responses_of(service: str) -> dict[int | str, dict[str, Any]]:
    """What every route of a service may answer besides what it promises."""
    content = {problem.MEDIA_TYPE: {"schema": _problem(_codes(service))}}
    return {
        "4XX": {
            "description": "Problem details (RFC 9457)",
            "headers": _LANGUAGE,
            "content": content,
        },
        "500": {
            "description": "Our fault, logged under the request id. Nothing is known of an act:"
            " send it again with the same Idempotency-Key.",
            "headers": _LANGUAGE,
            "content": content,
        },
        "503": {
            "description": "A server behind the window cannot be reached right now; send it again"
            " with the same Idempotency-Key.",
            "headers": _LANGUAGE | _RETRY_AFTER,
            "content": content,
        },
    }


def _codes(service: str) -> list[str]:
    """The codes that a service can answer with: its own, and those of the whole house."""
    rooms = (words.rooms().get(name, {}) for name in (service, "house", "mistakes"))
    return sorted({reason.code for room in rooms for reason in room.values()})


def _problem(codes: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "title", "status", "code", "detail", "errors"],
        "properties": {
            "type": {"type": "string", "description": "urn:tradewindow:problem: and the code"},
            "title": {"type": "string", "description": "the code in a few words"},
            "status": {"type": "integer"},
            "code": {"type": "string", "enum": codes},
            "detail": {"type": "string", "description": "for a person; says what to do"},
            "at": {"type": "string"},
            "request_id": {"type": "string"},
            "errors_left_out": {
                "type": "integer",
                "description": "reasons found beyond those that are shown: at most"
                f" {problem.MISTAKES_MAX} mistakes of form and {problem.ERRORS_MAX} others",
            },
            "errors": {"type": "array", "items": _error(codes)},
        },
    }


def _error(codes: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["code", "pointer", "detail"],
        "properties": {
            "code": {"type": "string", "enum": codes},
            "pointer": {"type": "string", "description": "JSON pointer (RFC 6901)"},
            "detail": {"type": "string"},
            "facts": {
                "type": "object",
                "description": "the values of the sentence and others, the same in every language:"
                " weights, days and instants as text, a sum as amount and currency",
            },
            "rule": {"type": "string", "description": "the rule that made it, when one did"},
        },
    }
